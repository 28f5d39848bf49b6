/* Everything that is known about a connection when it has ended, in one place: what its events told
 * (budget.h, chain.h) and what the connection counts itself. The table, the advice and the page are
 * made from it, and nothing else, so all of them can be tried with made-up numbers.
 */
#ifndef HF_CLI_ACCOUNT_H
#define HF_CLI_ACCOUNT_H

#include "budget.h"
#include "chain.h"

#include <handfast/conn.h>
#include <stdio.h>

#define CLI_PEER_SIZE 64

struct cli_setup;

/* Bytes of memory. */
typedef struct cli_memory_use {
    size_t connection; /* with its engine */
    size_t engine;
    size_t input;
    size_t output;
    size_t certificate;
    size_t names;
    size_t mqtt; /* 0: there is no MQTT */
} cli_memory_use;

/* Borrowed while it is in use: everything that is a pointer. */
typedef struct cli_account {
    const cli_budget *budget;
    const cli_chain *chain;
    const hf_span *ours; /* our certificates, DER, leaf first */
    size_t ours_count;
    const char *address;      /* as it was given */
    char peer[CLI_PEER_SIZE]; /* "192.0.2.1:8883"; "": none has answered */
    int64_t now;              /* the time that dates were checked against */
    uint64_t bytes[2];        /* on the TCP connection; received, sent */
    uint32_t records[2];
    uint32_t round_trips;
    bool open;          /* the handshake is over */
    bool psk;           /* with a key agreed beforehand */
    bool unchecked;     /* certificates were not checked */
    bool keeps_session; /* --session, and whether it has one for the next time */
    bool has_session;
    bool remembers; /* --remember */
    cli_memory_use memory;
    const char *verdict;   /* in words; NULL: it has failed */
    const hf_error *error; /* then this; else NULL */
} cli_account;

/* Before hf_conn_close(). `mqtt`: bytes that the program gave to MQTT. Verdict, error and address
 * are the caller's to fill in. */
void cli_account_make(cli_account *account, const hf_conn *conn, const struct cli_setup *setup,
                      size_t mqtt);

/* "192.0.2.1:8883", "[2001:db8::1]:8883", or "" while no address has answered. */
void cli_peer_text(const hf_conn *conn, char text[CLI_PEER_SIZE]);

/* ---- budget_print.c: the table of what it cost, and what would make it cheaper */
void cli_budget_print(FILE *out, const cli_account *account);

/* "full", "resumed", ... */
const char *cli_handshake_text(const cli_account *account);

/* Appends one kind of public-key operation in words, "1 key pair made (x25519)", with a comma where
 * text is there; all of them, or "none". */
void cli_work_text(const cli_work *work, char *text, size_t cap);
void cli_works_text(const cli_budget *budget, char *text, size_t cap);

#endif
