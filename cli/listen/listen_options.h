/* The command line of `handfast listen`, as values. Strings are borrowed from it. */
#ifndef HF_CLI_LISTEN_OPTIONS_H
#define HF_CLI_LISTEN_OPTIONS_H

#include "options.h"

#define LISTEN_IDENTITIES_MAX 8

typedef enum listen_mode {
    LISTEN_ECHO = 0,
    LISTEN_WWW,
    LISTEN_FORWARD,
} listen_mode;

typedef struct listen_options {
    const char *address; /* [ADDR:]PORT */
    const char *cert[LISTEN_IDENTITIES_MAX];
    const char *key[LISTEN_IDENTITIES_MAX];
    const char *staple[LISTEN_IDENTITIES_MAX];
    size_t cert_count;
    size_t key_count;
    const char *client_ca[CLI_CA_MAX];
    size_t client_ca_count;
    const char *key_password_file;
    const char *registry;
    cli_psk_options psk;
    const char *forward;
    const char *alpn[CLI_ALPN_MAX];
    size_t alpn_count;
    unsigned long max_connections; /* 0: what the limit of open files allows */
    unsigned long count;           /* 0: no end */
    uint32_t handshake_ms;
    uint32_t idle_ms; /* 0: none */
    uint32_t grace_ms;
    uint32_t fold_ms;
    uint16_t version;              /* 0: 1.2 and 1.3 */
    const char *ticket_keys;       /* a file; NULL: keys of our own */
    unsigned long tickets;         /* after a handshake of TLS 1.3; 0: the library's default */
    unsigned long ticket_lifetime; /* seconds; 0: the library's default */
    cli_trace_options trace;
    bool no_tickets;
    bool www;
    bool require;
    bool request;
    bool any_name;
    bool send_authorities;
    bool quiet;
    bool help;
} listen_options;

/* Reads everything; the words of --alpn are split in place. `help` is set when --help is there, and
 * then nothing else counts. */
cli_exit listen_options_read(listen_options *options, int argc, char **argv);

listen_mode listen_options_mode(const listen_options *options);

/* Whether clients need a certificate (hf_client_auth). */
uint8_t listen_options_auth(const listen_options *options);

void listen_help_print(void);

#endif
