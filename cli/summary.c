/* A connection in a few lines. See summary.h. */
#include "summary.h"

#include "remember.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

void cli_peer_text(const hf_conn *conn, char text[CLI_PEER_SIZE])
{
    char ip[INET6_ADDRSTRLEN];
    const hf_ip *peer = &conn->stats.peer;
    text[0] = 0;
    if (peer->family != 0 &&
        inet_ntop(peer->family == 4 ? AF_INET : AF_INET6, peer->bytes, ip, sizeof ip) != NULL) {
        (void)snprintf(text, CLI_PEER_SIZE, peer->family == 4 ? "%s:%u" : "[%s]:%u", ip,
                       conn->address.port);
    }
}

static const char *known(const char *name)
{
    return name != NULL && name[0] != 0 ? name : "unknown";
}

static void print_agreed(FILE *out, const hf_tls *tls)
{
    (void)fprintf(out, "  version      TLS %s\n", hf_tls_version(tls) == HF_TLS13 ? "1.3" : "1.2");
    (void)fprintf(out, "  suite        %s\n", known(hf_tls_suite_name(hf_tls_suite(tls))));
    if (hf_tls_group(tls) != 0) {
        (void)fprintf(out, "  group        %s%s\n", known(hf_tls_group_name(hf_tls_group(tls))),
                      hf_tls_retried(tls) ? ", after a HelloRetryRequest (one round trip more)"
                                          : "");
    }
    if (hf_tls_peer_scheme(tls) != 0) {
        (void)fprintf(out, "  signature    %s\n",
                      known(hf_tls_scheme_name(hf_tls_peer_scheme(tls))));
    }
    const char *alpn = hf_tls_alpn(tls);
    (void)fprintf(out, "  ALPN         %s\n", alpn == NULL ? "none" : alpn);
}

static void print_resumed(FILE *out, const hf_tls *tls, const cli_resume *resume)
{
    const char *text = hf_tls_resumed(tls)           ? "yes"
                       : hf_tls_offered_session(tls) ? "no: the server did not take the session"
                       : resume->read ? "no: the session in the file is damaged, too old, or for "
                                        "another server or other settings"
                                      : "no";
    if (resume->path != NULL) {
        (void)fprintf(out, "  resumed      %s%s\n", text,
                      resume->session.taken > 0 ? "; there is a session for the next time" : "");
    }
}

static void print_ours(FILE *out, const hf_tls *tls)
{
    if (tls->config->psk != NULL) {
        const hf_span *name = &tls->config->psk->identity;
        (void)fprintf(out, "  known by     pre-shared key of %.*s%s%s\n", (int)name->len,
                      (const char *)name->ptr, tls->config->psk->plain ? ", not imported" : "",
                      hf_tls_group(tls) == 0 ? ", without a key exchange: no forward secrecy" : "");
        return;
    }
    const char *text = "not asked for";
    if (hf_tls_sent_certificate(tls)) {
        text = "asked for and sent";
    } else if (hf_tls_asked_certificate(tls)) {
        text = tls->config->identity.chain_count > 0
                   ? "asked for, but not of a kind that the server takes"
                   : "asked for, and none is configured";
    }
    (void)fprintf(out, "  our cert     %s\n", text);
}

static void print_chain(FILE *out, const hf_conn *conn, const cli_setup *setup)
{
    if (setup->chain.count > 0) {
        (void)fputs("  server's certificates\n", out);
        cli_chain_print(out, &setup->chain, cli_setup_now(setup));
    } else if (hf_tls_resumed(&conn->tls)) {
        (void)fputs("  server's certificates were shown when the session began\n", out);
    } else if ((hf_conn_wants(conn) & HF_IS_OPEN) != 0 && conn->tls.config->psk == NULL) {
        (void)fputs("  server's certificates were read in pieces, so they are not shown (larger "
                    "--input-buffer)\n",
                    out);
    }
}

static void print_time(FILE *out, const char *stage, uint32_t us)
{
    if (us > 0) {
        (void)fprintf(out, " %s %u.%02u ms,", stage, us / 1000u, us / 10u % 100u);
    }
}

static void print_costs(FILE *out, const hf_conn *conn)
{
    const hf_conn_stats *stats = &conn->stats;
    uint32_t total = stats->resolve_us + stats->tcp_us + stats->tls_us + stats->mqtt_us;
    (void)fputs("  time        ", out);
    print_time(out, "resolve", stats->resolve_us);
    print_time(out, "TCP", stats->tcp_us);
    print_time(out, "TLS", stats->tls_us);
    print_time(out, "MQTT", stats->mqtt_us);
    (void)fprintf(out, " together %u.%02u ms\n", total / 1000u, total / 10u % 100u);
    (void)fprintf(out, "  sent         %" PRIu64 " bytes in %u records\n", stats->bytes_out,
                  hf_tls_records_out(&conn->tls));
    (void)fprintf(out, "  received     %" PRIu64 " bytes in %u records\n", stats->bytes_in,
                  hf_tls_records_in(&conn->tls));
    (void)fprintf(out, "  round trips  %u, with TCP's own\n", stats->round_trips);
}

void cli_summary_print(FILE *out, const hf_conn *conn, const cli_setup *setup, size_t more_memory)
{
    char peer[CLI_PEER_SIZE];
    cli_peer_text(conn, peer);
    if (peer[0] == 0) {
        return; /* nothing is known */
    }
    (void)fprintf(out, "connection to %s\n  address      %s\n", conn->address.host, peer);
    if (hf_tls_suite(&conn->tls) != 0) {
        print_agreed(out, &conn->tls);
        print_resumed(out, &conn->tls, &setup->resume);
    }
    if ((hf_conn_wants(conn) & HF_IS_OPEN) != 0) {
        print_ours(out, &conn->tls);
        cli_remember_print(out, setup, &conn->tls);
    }
    print_chain(out, conn, setup);
    print_costs(out, conn);
    size_t buffers = cli_setup_memory(setup);
    (void)fprintf(out,
                  "  memory       connection %zu (of which the TLS engine %zu), TLS buffers %zu",
                  sizeof *conn, sizeof conn->tls, buffers);
    if (more_memory > 0) {
        (void)fprintf(out, ", MQTT %zu", more_memory);
    }
    (void)fputs(" bytes\n", out);
}
