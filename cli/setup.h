/* From options to what a connection needs: files read, configuration built, memory at hand.
 *
 * The setup outlives every connection that uses it and must not move: the configuration borrows
 * from it, and its watch is told what happens.
 */
#ifndef HF_CLI_SETUP_H
#define HF_CLI_SETUP_H

#include "budget.h"
#include "chain.h"
#include "file.h"
#include "options.h"
#include "resume.h"
#include "token.h"
#include "trace_out.h"
#include "watch.h"

#include <handfast/conn.h>

typedef struct cli_setup {
    hf_config config;
    hf_tls_memory memory;
    hf_conn_options conn;
    cli_watch watch;     /* add to it before the connection begins */
    cli_trace_out trace; /* its end is the command's to tell: cli_trace_end() */
    cli_chain chain;
    cli_budget budget;
    cli_capture *capture; /* NULL: none */
    cli_resume resume;
    int64_t as_of; /* the time of --time */
    hf_remembered remembered;
    const char *remember; /* the file of --remember, or NULL */
    /* ---- private */
    cli_file ca[CLI_CA_MAX];
    cli_file cert;
    cli_file key;
    cli_file password;
    cli_token *token; /* that holds the key; NULL: the key is in a file */
    cli_psks psks;
    void *config_memory;
    void *buffers;
} cli_setup;

/* Zeroes `setup` and fills it; says on stderr what is wrong. `options` is borrowed until release,
 * which must be called in either case. */
cli_exit cli_setup_make(cli_setup *setup, const cli_options *options);
void cli_setup_release(cli_setup *setup);

/* After the last connection, before the release: closes what --pcap and --keylog write. Gives
 * `result` back, or what went wrong with these files. */
cli_exit cli_setup_finish(cli_setup *setup, cli_exit result);

/* The time that dates of certificates are checked against. */
int64_t cli_setup_now(const cli_setup *setup);

#endif
