/* A connection in a few lines. See summary.h. */
#include "summary.h"

#include "remember.h"

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

void cli_summary_print(FILE *out, const hf_conn *conn, const cli_setup *setup,
                       const cli_account *account)
{
    if (account->peer[0] == 0) {
        return; /* nothing is known */
    }
    (void)fprintf(out, "connection to %s\n  address      %s\n", conn->address.host, account->peer);
    if (hf_tls_suite(&conn->tls) != 0) {
        print_agreed(out, &conn->tls);
        print_resumed(out, &conn->tls, &setup->resume);
    }
    if ((hf_conn_wants(conn) & HF_IS_OPEN) != 0) {
        print_ours(out, &conn->tls);
        cli_remember_print(out, setup, &conn->tls);
    }
    print_chain(out, conn, setup);
    cli_budget_print(out, account);
}
