/* One value of one message changed: a case is a line of a table. */
#ifndef HF_TESTS_MUTATION_H
#define HF_TESTS_MUTATION_H

#include "puppet/flow_oracle.h"
#include "puppet/past.h"

/* A line of a table names what it changes; the rest is zero. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

typedef enum edit_kind {
    NO_EDIT = 0, /* the settings alone are the case */
    SPLICE,      /* `cut` bytes at `at` (from the end when negative) give way to `bytes` */
    FLIP,        /* one bit of the byte at `at` */
    ADD,         /* an extension `type` with `bytes` */
    SET,         /* the extension `type` gets `bytes` as its body */
    CUT,         /* the extension `type` goes */
    FLIP_IN,     /* one bit of the byte at `at` inside the extension `type` */
    BODY,        /* the whole body becomes `bytes` */
    BY_HAND,     /* `edit` does it */
} edit_kind;

typedef struct mutation {
    const char *name;
    int step;
    hf_code code; /* HF_OK: the handshake succeeds */
    edit_kind kind;
    int at;
    size_t cut;
    uint16_t type;
    size_t len;
    uint8_t bytes[72];
    void (*edit)(puppet *p, puppet_message *m);
    /* settings */
    bool retry, request, identity, compatible, rsa, small; /* small: 2048 bytes of input */
    bool strict; /* the extended master secret is required */
    uint16_t group, only_group, version_min, version_max, limit, scheme;
    size_t cookie;
    uint8_t fragment;
    const char *alpn, *offered_alpn;
    /* A session of before is offered, and resumed where the server knows it. */
    oracle_resume resume;
    uint8_t modes; /* hf_psk_modes of the client */
    bool unknown;  /* the server does not know it */
    bool ticket;   /* TLS 1.2: it gives a new one */
    uint16_t suite;
} mutation;

/* Plays the case in large pieces and byte by byte. */
void mutation_run(const mutation *c, uint16_t version);

/* Changes the message; the settings are the caller's. */
void mutation_apply(const mutation *c, puppet *p, puppet_message *m);

#define B(...) .len = sizeof((const uint8_t[]){__VA_ARGS__}), .bytes = {__VA_ARGS__}

#endif
