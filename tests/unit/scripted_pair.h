/* Both scripted ends, joined by memory: the guest (client) and the puppet (server). Each has
 * leaf under int, unless another identity is loaded. */
#ifndef HF_TESTS_SCRIPTED_PAIR_H
#define HF_TESTS_SCRIPTED_PAIR_H

#include "puppet/guest.h"
#include "unit/cmocka_all.h"
#include "unit/x509_fixtures.h"

typedef struct scripted_pair {
    guest *g;
    puppet *s;
    hf_key keys[2]; /* of the guest, of the puppet */
    hf_private_key parts[2];
    hf_span files[12];
    size_t files_count;
} scripted_pair;

static inline hf_span scripted_file(scripted_pair *t, const char *name)
{
    assert_true(t->files_count < sizeof t->files / sizeof t->files[0]);
    return t->files[t->files_count++] = fixture(name);
}

/* `names`: of the certificates, leaf first, up to two; `key`: of the leaf. */
static inline void scripted_identity(scripted_pair *t, puppet *p, const char *const names[2],
                                     const char *key, uint16_t scheme)
{
    size_t end = p == t->s ? 1 : 0;
    hf_span der = scripted_file(t, key);
    hf_key_release(&t->keys[end]);
    assert_int_equal(hf_key_parse(&t->parts[end], der, NULL), HF_OK);
    assert_int_equal(hf_key_load(&t->keys[end], &p->crypto, &t->parts[end]), HF_OK);
    p->key = &t->keys[end];
    p->scheme = scheme;
    for (p->chain_count = 0; p->chain_count < 2 && names[p->chain_count] != NULL;
         p->chain_count++) {
        p->chain[p->chain_count] = scripted_file(t, names[p->chain_count]);
    }
}

static inline scripted_pair *scripted_new(uint16_t version)
{
    static const char *const LEAF[] = {"leaf", "int"};
    scripted_pair *t = calloc(1, sizeof *t);
    assert_non_null(t);
    t->g = calloc(1, sizeof *t->g);
    t->s = calloc(1, sizeof *t->s);
    assert_true(t->g != NULL && t->s != NULL);
    guest_init(t->g);
    puppet_init(t->s);
    t->s->version = version;
    scripted_identity(t, t->s, LEAF, "key-leaf.pkcs8", HF_ECDSA_SECP256R1_SHA256);
    return t;
}

/* The guest gets a certificate of its own; the server asks. */
static inline void scripted_mutual(scripted_pair *t, const char *leaf, const char *key,
                                   uint16_t scheme)
{
    const char *const names[] = {leaf, "int"};
    scripted_identity(t, &t->g->p, names, key, scheme);
    t->s->request = true;
    t->s->request_scheme = scheme;
}

static inline bool scripted_move(puppet *from, puppet *to, size_t most)
{
    uint8_t bytes[4096];
    size_t len = from->out_len - from->out_at;
    len = len < sizeof bytes ? len : sizeof bytes;
    len = most != 0 && len > most ? most : len;
    if (len == 0) {
        return false;
    }
    memcpy(bytes, from->out + from->out_at, len);
    from->out_at += len;
    puppet_receive(to, bytes, len);
    return true;
}

/* Until nothing moves; `most` bytes at once, 0: many. */
static inline void scripted_run(scripted_pair *t, size_t most)
{
    bool moved = true;
    while (moved) {
        moved = scripted_move(&t->g->p, t->s, most);
        moved = scripted_move(t->s, &t->g->p, most) || moved;
    }
}

static inline void scripted_free(scripted_pair *t)
{
    hf_key_release(&t->keys[0]);
    hf_key_release(&t->keys[1]);
    guest_release(t->g);
    puppet_release(t->s);
    for (size_t i = 0; i < t->files_count; i++) {
        fixture_free(t->files[i]);
    }
    free(t->g);
    free(t->s);
    free(t);
}

#define scripted_expect_open(t, name) scripted_expect_open_at(t, name, __LINE__)
static inline void scripted_expect_open_at(scripted_pair *t, const char *name, int line)
{
    if (!t->g->open || !t->s->peer_finished || t->g->p.fault != NULL || t->s->fault != NULL ||
        t->g->p.alerts + t->s->alerts > 0) {
        fail_msg("line %d, %s: guest %s (%s), puppet %s (%s)", line, name,
                 t->g->open ? "open" : "not open", t->g->p.fault == NULL ? "-" : t->g->p.fault,
                 t->s->peer_finished ? "open" : "not open",
                 t->s->fault == NULL ? "-" : t->s->fault);
    }
}

#endif
