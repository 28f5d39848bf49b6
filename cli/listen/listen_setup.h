/* What a server's connections share: files read, and the configuration made of them. */
#ifndef HF_CLI_LISTEN_SETUP_H
#define HF_CLI_LISTEN_SETUP_H

#include "file.h"
#include "listen_options.h"
#include "listen_tickets.h"
#include "token.h"

typedef struct listen_setup {
    hf_config config;
    /* ---- private */
    hf_identity more[LISTEN_IDENTITIES_MAX]; /* the first is the configuration's own */
    cli_file cert[LISTEN_IDENTITIES_MAX];
    cli_file key[LISTEN_IDENTITIES_MAX];
    cli_token *token[LISTEN_IDENTITIES_MAX]; /* NULL: the key is in a file */
    cli_file staple[LISTEN_IDENTITIES_MAX];
    cli_file ca[CLI_CA_MAX];
    cli_file password;
    cli_psks psks;
    void *memory;
} listen_setup;

/* Fills a zeroed `setup`; says on stderr what is wrong. `hooks` and `tickets` are the server's.
 * Everything is borrowed until release, which must be called in either case. */
cli_exit listen_setup_make(listen_setup *setup, const listen_options *options, hf_hooks hooks,
                           listen_tickets *tickets);
void listen_setup_release(listen_setup *setup);

#endif
