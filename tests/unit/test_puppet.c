/* Plain handshakes with the puppet server: both versions, each suite and group, with and without
 * client certificate, in large pieces and byte by byte. */
#include "puppet/rig.h"
#include "unit/cmocka_all.h"
#include "unit/needs.h"

#include <stdio.h>
#include <string.h>

typedef struct plain {
    uint16_t version, suite, group;
    bool request, identity, identity384, rsa, retry, join, compatible;
    size_t cookie, cut, pad, input;
    uint16_t scheme;
    uint8_t shares;
    bool long_chain;
    const char *alpn;
} plain;

static void talk(rig *r, const char *name)
{
    r->p->pad = 0; /* application records must fit into the buffer */
    assert_true(rig_send(r, "ping", 4));
    puppet_record(r->p, R_DATA, (const uint8_t *)"pong!", 5);
    rig_run(r);
    rig_expect_open(r, name);
    assert_int_equal(r->p->data_len, 4);
    assert_memory_equal(r->p->data, "ping", 4);
    assert_int_equal(r->data_len, 5);
    assert_memory_equal(r->data, "pong!", 5);
}

static void run(const plain *c, bool bytewise)
{
    char name[160];
    (void)snprintf(name, sizeof name, "version %x suite %x group %x request %d identity %d%s",
                   c->version, c->suite, c->group, c->request, c->identity,
                   bytewise ? ", byte by byte" : "");
    rig *r = rig_new();
    puppet *p = r->p;
    p->version = c->version;
    p->suite = c->suite;
    p->group = c->group;
    p->request = c->request;
    p->retry = c->retry;
    p->cookie_len = c->cookie;
    p->join = c->join;
    p->cut = c->cut;
    p->pad = c->pad;
    p->compatible = c->compatible;
    p->scheme = c->scheme == 0 ? p->scheme : c->scheme;
    p->request_scheme = c->identity384 ? HF_ECDSA_SECP384R1_SHA384 : 0;
    r->identity = c->identity;
    r->identity384 = c->identity384;
    r->rsa = c->rsa;
    r->compatibility = c->compatible;
    r->input = c->input;
    r->shares = c->shares;
    r->long_chain = c->long_chain;
    r->alpn = &c->alpn;
    r->alpn_count = c->alpn != NULL;
    p->alpn = c->alpn;
    r->feed = r->drain = bytewise ? 1 : 0;
    rig_start(r);
    rig_run(r);
    rig_expect_open(r, name);
    bool certificate = c->request && (c->identity || c->identity384);
    assert_int_equal(hf_tls_version(&r->tls), c->version);
    assert_int_equal(hf_tls_sent_certificate(&r->tls), certificate);
    assert_int_equal(p->certificate_verified, certificate);
    assert_int_equal(hf_tls_retried(&r->tls), c->retry);
    assert_int_equal(hf_tls_group(&r->tls), p->group);
    assert_int_equal(hf_tls_suite(&r->tls), p->chosen->id);
    assert_int_equal(hf_tls_peer_scheme(&r->tls), p->scheme);
    assert_ptr_equal(hf_tls_alpn(&r->tls), c->alpn);
    assert_int_equal(p->peer_chain_count, !certificate ? 0 : c->long_chain ? 3 : 1);
    talk(r, name);
    assert_int_equal(hf_tls_close(&r->tls), HF_OK);
    rig_run(r);
    assert_int_equal(p->alerts, 1);
    assert_int_equal(p->alert, 0);
    assert_int_equal(p->alert_level, 1);
    rig_free(r);
}

static const plain PLAIN[] = {
    {.version = HF_TLS13},
    {.version = HF_TLS12},
    {.version = HF_TLS13, .join = true},
    {.version = HF_TLS12, .join = true},
    {.version = HF_TLS13, .request = true},
    {.version = HF_TLS12, .request = true},
    {.version = HF_TLS13, .request = true, .identity = true},
    {.version = HF_TLS12, .request = true, .identity = true},
    {.version = HF_TLS13, .request = true, .identity384 = true},
    {.version = HF_TLS12, .request = true, .identity384 = true},
    {.version = HF_TLS13, .identity = true},
    {.version = HF_TLS12, .identity = true},
    {.version = HF_TLS13, .suite = 0x1302, .request = true, .identity = true},
    {.version = HF_TLS13, .suite = 0x1303},
    {.version = HF_TLS13, .suite = 0x1304},
    {.version = HF_TLS12, .suite = 0xc02c, .request = true, .identity = true},
    {.version = HF_TLS12, .suite = 0xcca9},
    {.version = HF_TLS12, .suite = 0xc02b},
    {.version = HF_TLS12, .group = HF_X25519},
    {.version = HF_TLS12, .group = HF_SECP384R1},
    {.version = HF_TLS13, .group = HF_SECP256R1, .retry = true},
    {.version = HF_TLS13, .group = HF_SECP384R1, .retry = true, .cookie = 30},
    {.version = HF_TLS13, .retry = true, .cookie = 500},
    {.version = HF_TLS13, .suite = 0x1302, .group = HF_SECP256R1, .retry = true, .join = true},
    {.version = HF_TLS13, .group = HF_SECP256R1, .shares = 2},
    {.version = HF_TLS13, .group = HF_X25519, .shares = 2},
    {.version = HF_TLS13, .group = HF_SECP384R1, .shares = 2, .retry = true},
    {.version = HF_TLS13, .alpn = "mqtt"},
    {.version = HF_TLS12, .alpn = "mqtt"},
    {.version = HF_TLS13, .request = true, .identity = true, .long_chain = true},
    {.version = HF_TLS12, .request = true, .identity = true, .long_chain = true},
    {.version = HF_TLS13, .compatible = true},
    {.version = HF_TLS13, .compatible = true, .group = HF_SECP256R1, .retry = true},
    {.version = HF_TLS13, .join = true, .cut = 1},
    {.version = HF_TLS12, .join = true, .cut = 1},
    {.version = HF_TLS13, .join = true, .cut = 7, .pad = 9},
    {.version = HF_TLS13, .rsa = true},
    {.version = HF_TLS12, .rsa = true},
    {.version = HF_TLS13, .rsa = true, .scheme = HF_RSA_PSS_RSAE_SHA384},
    {.version = HF_TLS12, .rsa = true, .scheme = HF_RSA_PKCS1_SHA256},
    {.version = HF_TLS12, .rsa = true, .scheme = HF_RSA_PKCS1_SHA384},
    {.version = HF_TLS13, .join = true, .pad = 3000, .input = 512},
    {.version = HF_TLS13, .join = true, .rsa = true, .input = 2048, .pad = 2000},
    {.version = HF_TLS12, .join = true, .input = 512},
};

static void test_plain_handshakes(void **state)
{
    (void)state;
    needs_pieces();
    for (size_t i = 0; i < sizeof PLAIN / sizeof PLAIN[0]; i++) {
        const plain *c = &PLAIN[i];
        const hf_suite *suite = c->suite == 0 ? NULL : hf_suite_find(c->suite);
        if (suite != NULL && !hf_crypto_has_aead(suite->aead)) {
            continue;
        }
        run(c, false);
        run(c, true);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_plain_handshakes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
