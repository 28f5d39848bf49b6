/* Folding an end of the pair rig or of the puppet's rig: asserts on the way that nothing secret is
 * left behind, and goes on in fresh buffers.
 */
#ifndef HF_TESTS_FOLD_RIG_H
#define HF_TESTS_FOLD_RIG_H

#include "puppet/rig.h"
#include "tls/keys/suite.h"
#include "unit/pair_rig.h"

#include "crypto/crypto.h"

#include <handfast/fold.h>

static inline bool fold_finds(const void *where, size_t len, const uint8_t *secret, size_t size)
{
    const uint8_t *at = where;
    for (size_t i = 0; i + size <= len; i++) {
        if (memcmp(at + i, secret, size) == 0) {
            return true;
        }
    }
    return false;
}

static inline bool fold_is_zero(const void *where, size_t len)
{
    const uint8_t *at = where;
    size_t i = 0;
    while (i < len && at[i] == 0) {
        i++;
    }
    return i == len;
}

/* The secrets in `folded` stand in it, and neither in `tls` nor in its buffers. */
static inline void fold_expect_moved(const hf_folded *folded, const hf_tls *tls,
                                     const hf_tls_memory *memory)
{
    const hf_suite *suite = hf_suite_find(folded->suite);
    size_t size = suite->version == HF_TLS13 ? hf_hash_size(suite->hash) : 48;
    for (size_t i = 0; i < (suite->version == HF_TLS13 ? 4u : 1u); i++) {
        const uint8_t *secret = folded->secret.tls13 + i * size; /* or the master secret */
        assert_false(fold_is_zero(secret, 16));
        assert_false(fold_finds(tls, sizeof *tls, secret, 16));
    }
    assert_true(fold_is_zero(memory->input.ptr, memory->input.cap));
    assert_true(fold_is_zero(memory->output.ptr, memory->output.cap));
    assert_true(fold_is_zero(memory->certificate.ptr, memory->certificate.cap));
}

static inline void fold_tls(hf_tls *tls, hf_folded *folded)
{
    const hf_tls_memory before = {
        .input = tls->in.buffer, .output = tls->out.buffer, .certificate = tls->handshake.slot};
    assert_true(hf_tls_is_idle(tls));
    memset(folded, 0xa5, sizeof *folded);
    assert_int_equal(hf_tls_fold(tls, folded), HF_OK);
    fold_expect_moved(folded, tls, &before);
    assert_false(hf_tls_is_idle(tls));
    assert_int_equal(hf_tls_wants(tls), HF_IS_FAILED);
}

static inline void fold_free(uint8_t *memory[5])
{
    for (size_t i = 1; i < 5; i++) {
        free(memory[i]);
        memory[i] = NULL;
    }
}

static inline void unfold_tls(hf_tls *tls, hf_folded *folded, const hf_tls_memory *memory)
{
    memset(tls, 0x5a, sizeof *tls);
    assert_string_equal(hf_error_name(hf_tls_unfold(tls, folded, memory)), "HF_OK");
    assert_true(fold_is_zero(folded, sizeof *folded));
    assert_true(hf_tls_is_idle(tls));
}

/* An end of a pair: its buffers are gone while it is folded. */
static inline void fold_end(pair_end *end, hf_folded *folded)
{
    fold_tls(&end->tls, folded);
    fold_free(end->memory);
}

static inline void unfold_end(pair_end *end, hf_folded *folded)
{
    const hf_tls_memory memory = pair_memory(end);
    unfold_tls(&end->tls, folded, &memory);
}

static inline void refold_end(pair_end *end)
{
    hf_folded folded;
    fold_end(end, &folded);
    unfold_end(end, &folded);
}

static inline void refold_both(pair *p)
{
    refold_end(&p->client);
    refold_end(&p->server);
}

/* The engine of a rig with a puppet. */
static inline void refold_rig(rig *r)
{
    hf_folded folded;
    fold_tls(&r->tls, &folded);
    fold_free(r->memory);
    const hf_tls_memory memory = rig_memory(r);
    unfold_tls(&r->tls, &folded, &memory);
}

/* ---- pairs of one suite */

/* Both ends show certificates; an RSA suite of TLS 1.2 has its identity in `rsa`. NULL: the backend
 * lacks the suite. */
static inline pair *fold_pair(uint16_t *suite, hf_identity *rsa)
{
    const hf_suite *facts = hf_suite_find(*suite);
    if (!hf_crypto_has_aead(facts->aead) || !hf_crypto_has_hash(facts->hash)) {
        return NULL;
    }
    pair *p = pair_new();
    pair_mutual(p, HF_CLIENT_AUTH_REQUIRE, true);
    p->client.config.version_min = p->client.config.version_max = facts->version;
    p->client.config.suites = p->server.config.suites = suite;
    p->client.config.suites_count = p->server.config.suites_count = 1;
    if (facts->key_kinds == HF_SUITE_RSA) {
        hf_span chain = pair_file(p, "leaf-rsa");
        hf_span key = pair_file(p, "key-leaf-rsa.pkcs8");
        memset(rsa, 0, sizeof *rsa);
        assert_int_equal(hf_config_add_identity(&p->server.config, rsa, chain.ptr, chain.len,
                                                key.ptr, key.len, NULL),
                         HF_OK);
        rsa->chain[rsa->chain_count++] = pair_file(p, "int-rsa");
        pair_anchor(p, &p->client.config, "root-rsa");
    }
    return p;
}

static inline pair *fold_open(uint16_t *suite, hf_identity *rsa)
{
    pair *p = fold_pair(suite, rsa);
    if (p != NULL) {
        pair_start(p);
        pair_run(p);
        pair_expect_open(p, "before");
    }
    return p;
}

#endif
