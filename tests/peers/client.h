/* The client that integration tests drive: hf_tls over a socket, everything settable, one line of
 * JSON as the result. It uses the engine directly, so that what is tested is the engine.
 *
 * client.c reads the options, client_setup.c makes the configuration, client_run.c moves the bytes,
 * client_report.c prints. The client decides nothing: tests judge by what it prints.
 */
#ifndef HF_TESTS_PEERS_CLIENT_H
#define HF_TESTS_PEERS_CLIENT_H

#include "crypto/crypto.h"

#include <handfast/fold.h>

#define CLIENT_LIST_MAX   16u
#define CLIENT_EXPORT_MAX 255u
#define CLIENT_KEPT_MAX   16384u /* bytes of received data that are printed */

typedef struct client_list {
    uint16_t numbers[CLIENT_LIST_MAX];
    size_t count;
} client_list;

typedef struct client_names {
    const char *names[8];
    size_t count;
} client_names;

typedef struct client_options {
    const char *host;
    uint32_t port;
    uint32_t timeout; /* ms, for everything together */
    const char *name;
    const char *sni;
    const char *ca;
    const char *cert;
    const char *key;
    const char *password;
    const char *pin;      /* 64 hex digits */
    client_list versions; /* least, largest */
    client_list suites;
    client_list groups;
    client_list schemes;
    uint32_t shares;
    client_names alpn;
    bool compatible;
    bool no_limits;
    bool skip_name;
    bool skip_check;
    bool raw_keys;    /* only raw public keys, both ways; the server's is the pin */
    bool whole_chain; /* certificates in any order */
    bool require_extended_master;
    uint32_t input;
    uint32_t output;
    uint32_t slot;
    uint32_t names;
    uint32_t depth;
    uint32_t key_limit;
    const char *clock;     /* exact (default), at-least, none */
    const char *time;      /* fixed, seconds since 1970 */
    const char *offset;    /* seconds added to this machine's clock */
    bool one_byte;         /* the engine is fed and drained one byte at a time */
    const char *signer;    /* at-once, later, fails, fails-later: the key is behind an hf_signer */
    const char *send_hex;  /* data to send */
    uint32_t fill;         /* then so many bytes of lines, see fill_byte() */
    uint32_t expect;       /* bytes to receive before closing */
    bool expect_close;     /* wait until the server closes */
    uint32_t updates;      /* KeyUpdates that we send, one before each of the first records */
    bool updates_both;     /* they ask the server to update too */
    const char *session;   /* a file: the session in it is offered, the newest one put there */
    uint32_t session_room; /* bytes for sessions */
    bool reuse_tickets;
    uint32_t psk_modes; /* hf_psk_modes */
    const char *export; /* LABEL:LEN or LABEL:LEN:CONTEXT: print keying material */
    const char *pcap;   /* a capture with secrets goes into this file */
    bool fold;          /* fold the connection whenever it is idle and something has passed */
} client_options;

typedef struct client {
    client_options options;
    hf_config config;
    hf_config signing; /* holds the key when it is behind a signer */
    hf_pin pin;
    hf_tls tls;
    hf_tls_memory memory;
    hf_session session;
    hf_code code;      /* what the connection ended with */
    const char *where; /* "setup", "connect", "run" */
    int fd;
    int system;
    bool eof;
    bool write_broken;
    bool closing;
    bool opened;
    uint64_t bytes_in;
    uint64_t bytes_out;
    uint32_t sent; /* application bytes */
    uint32_t received;
    uint32_t runs;
    uint32_t asked; /* times the engine wanted a signature */
    uint32_t certificates;
    uint32_t updates;
    uint32_t folds;
    uint32_t folded_at; /* records that had passed */
    uint8_t exported[CLIENT_EXPORT_MAX];
    uint32_t export_len;
    hf_code export_code; /* of hf_tls_export() */
    hf_hash data_hash;
    uint8_t kept[CLIENT_KEPT_MAX];
    uint16_t sign_scheme;
    uint8_t sign_hash[HF_HASH_MAX];
} client;

/* Makes config and memory. False: c->code says why. */
bool client_setup(client *c);
void client_tear_down(client *c);

/* What is there for the next time goes into the file of --session. */
void client_keep_session(client *c);

/* The answer of a signer that was pending. */
hf_code client_sign_now(client *c);

/* Connects and goes through with it; c->code is the result. */
void client_run(client *c);

void client_report(client *c);

#endif
