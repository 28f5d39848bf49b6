/* What is known about a connection, put together. See account.h. */
#include "account.h"

#include "setup.h"

#include <arpa/inet.h>
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

static cli_memory_use memory_of(const hf_conn *conn, const cli_setup *setup, size_t mqtt)
{
    return (cli_memory_use){.connection = sizeof *conn,
                            .engine = sizeof conn->tls,
                            .input = setup->memory.input.cap,
                            .output = setup->memory.output.cap,
                            .certificate = setup->memory.certificate.cap,
                            .names = setup->memory.names.cap,
                            .mqtt = mqtt};
}

void cli_account_make(cli_account *account, const hf_conn *conn, const cli_setup *setup,
                      size_t mqtt)
{
    const hf_config *config = &setup->config;
    *account = (cli_account){
        .budget = &setup->budget,
        .chain = &setup->chain,
        .ours = config->identity.chain,
        .ours_count = config->identity.chain_count,
        .now = cli_setup_now(setup),
        .bytes = {conn->stats.bytes_in, conn->stats.bytes_out},
        .records = {hf_tls_records_in(&conn->tls), hf_tls_records_out(&conn->tls)},
        .round_trips = conn->stats.round_trips,
        .open = conn->stats.tls_us > 0,
        .psk = config->psk != NULL,
        .unchecked = config->insecure_skip_certificate_check,
        .keeps_session = setup->resume.path != NULL,
        .has_session = setup->resume.session.taken > 0,
        .remembers = setup->remember != NULL,
        .memory = memory_of(conn, setup, mqtt),
    };
    cli_peer_text(conn, account->peer);
}
