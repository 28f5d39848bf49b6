/* Both ends of ours over external PSKs: a pair (pair_rig.h) without a certificate anywhere, so that
 * it also works in builds that have none.
 */
#ifndef HF_TESTS_EXTERNAL_PSK_RIG_H
#define HF_TESTS_EXTERNAL_PSK_RIG_H

#include "unit/pair_rig.h"

static const uint8_t PSK_KEY[HF_PSK_KEY_MAX] = {
    0x5d, 0x1e, 0x88, 0x0c, 0xb3, 0x47, 0xf2, 0x69, 0xa4, 0x90, 0x3b, 0xe7, 0x16, 0xcd, 0x72, 0x5f,
    0x09, 0xb8, 0x64, 0xda, 0x31, 0x8e, 0xf5, 0x42, 0x9c, 0x07, 0xeb, 0x50, 0x2d, 0xa6, 0x7b, 0x13};
static const uint8_t PSK_OTHER_KEY[32] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

typedef struct psk_pair {
    pair *p;
    hf_psk client;    /* the client's; change it before psk_start() */
    hf_psk server[3]; /* the server's */
    hf_psk_list list;
} psk_pair;

static inline hf_span psk_text(const char *s)
{
    return (hf_span){(const uint8_t *)s, strlen(s)};
}

static inline void psk_end_new(pair_end *end)
{
    end->in_cap = HF_TLS_INPUT_MAX;
    end->out_cap = HF_TLS_OUTPUT_SIZE;
    end->slot_cap = 2048;
    hf_config_init(&end->config, NULL, 0);
}

/* A client and a server with the same key for "device-1"; the server has two more before it. */
static inline psk_pair psk_new(void)
{
    psk_pair q = {.p = calloc(1, sizeof *q.p)};
    assert_non_null(q.p);
    psk_end_new(&q.p->client);
    psk_end_new(&q.p->server);
    q.p->server.config.role = HF_SERVER;
    q.client = (hf_psk){.identity = psk_text("device-1"), .key = {PSK_KEY, 32}};
    q.server[0] = (hf_psk){.identity = psk_text("device-2"), .key = {PSK_OTHER_KEY, 32}};
    q.server[1] = (hf_psk){.identity = psk_text("device"), .key = {PSK_OTHER_KEY, 31}};
    q.server[2] = q.client;
    return q;
}

/* A server's list must not move, so it is set when nothing moves any more. */
static inline void psk_start(psk_pair *q)
{
    q->list = (hf_psk_list){q->server, 3};
    q->p->client.config.psk = &q->client;
    if (q->p->server.config.psks.find == NULL) {
        q->p->server.config.psks = (hf_psk_source){hf_psk_list_find, &q->list};
    }
    pair_start(q->p);
}

static inline void psk_run(psk_pair *q)
{
    psk_start(q);
    pair_run(q->p);
}

/* Asserts what both know of each other: that they have the PSK with this identity. */
static inline void psk_expect_peers(const psk_pair *q, const uint8_t sha256[32])
{
    const pair_end *ends[] = {&q->p->client, &q->p->server};
    for (size_t i = 0; i < 2; i++) {
        const hf_peer *peer = hf_tls_peer(&ends[i]->tls);
        assert_non_null(peer);
        assert_int_equal(peer->credential, HF_CREDENTIAL_PSK);
        assert_int_equal(peer->verified, HF_VERIFIED_PSK);
        assert_false(peer->resumed);
        assert_memory_equal(peer->sha256, sha256, 32);
    }
}

#endif
