/* The server's certificates: collected while the handshake goes on, printed afterwards. */
#ifndef HF_CLI_CHAIN_H
#define HF_CLI_CHAIN_H

#include <handfast/trace.h>
#include <handfast/x509.h>
#include <stdio.h>

#define CLI_CHAIN_MAX 10

/* All zero is empty. */
typedef struct cli_chain {
    uint8_t *der[CLI_CHAIN_MAX]; /* owned; NULL: came after the anchor and was not looked at */
    size_t len[CLI_CHAIN_MAX];
    size_t count; /* as sent; those beyond CLI_CHAIN_MAX are counted only */
} cli_chain;

/* A watcher with a cli_chain as its context. */
void cli_chain_trace(void *ctx, const hf_event *event);

/* Names, key, dates with the days left at `now`; each line indented. */
void cli_chain_print(FILE *out, const cli_chain *chain, int64_t now);

/* "FROM to TO: N days left" and a line end; says what is wrong with the dates at `now`. */
void cli_chain_dates(FILE *out, int64_t not_before, int64_t not_after, int64_t now);

/* Its subjectAltNames, each behind a blank, or " none"; its kind of key. No line end. */
void cli_chain_names(FILE *out, const hf_certificate *certificate);
void cli_chain_key(FILE *out, const hf_public_key *key);

void cli_chain_clear(cli_chain *chain);

#endif
