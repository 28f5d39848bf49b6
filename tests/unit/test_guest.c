/* The scripted client against the scripted server: both versions, each suite and group, both see a
 * complete handshake and the same secrets. What the guest
 * offers is in test_guest_hello.c, what it notices in test_guest_check.c.
 */
#include "puppet/puppet_inside.h"
#include "unit/scripted_pair.h"

#include <stdio.h>

typedef struct plain {
    uint16_t version, suite, group, scheme;
    bool request, identity, identity384, identity_rsa, rsa, retry, join, compatible, legacy, grease;
    size_t cookie, cut, pad;
    uint16_t limit;
    uint8_t fragment;
    const char *alpn;
} plain;

static void identify(scripted_pair *t, const plain *c)
{
    static const char *const RSA[] = {"leaf-rsa", "int-rsa"};
    if (c->rsa) {
        scripted_identity(t, t->s, RSA, "key-leaf-rsa.pkcs8",
                          c->scheme == 0 ? (uint16_t)HF_RSA_PSS_RSAE_SHA256 : c->scheme);
    }
    if (c->identity) {
        scripted_mutual(t, "leaf", "key-leaf.pkcs8", HF_ECDSA_SECP256R1_SHA256);
    } else if (c->identity384) {
        scripted_mutual(t, "int-p384", "key-int-p384.pkcs8", HF_ECDSA_SECP384R1_SHA384);
    } else if (c->identity_rsa) {
        scripted_mutual(t, "leaf-rsa", "key-leaf-rsa.pkcs8", HF_RSA_PSS_RSAE_SHA384);
    }
}

static scripted_pair *dress(const plain *c)
{
    scripted_pair *t = scripted_new(c->version);
    identify(t, c);
    t->g->only = c->version == HF_TLS12 ? HF_TLS12 : 0;
    t->g->alpn[0] = c->alpn;
    t->g->grease = c->grease;
    t->s->alpn = c->alpn;
    t->s->suite = c->suite;
    t->s->group = c->group;
    t->s->retry = c->retry;
    t->s->cookie_len = c->cookie;
    t->s->request = t->s->request || c->request;
    puppet *const ends[] = {&t->g->p, t->s};
    for (size_t i = 0; i < 2; i++) {
        ends[i]->join = c->join;
        ends[i]->cut = c->cut;
        ends[i]->pad = c->pad;
        ends[i]->compatible = c->compatible;
        ends[i]->limit = c->limit;
        ends[i]->fragment = c->fragment;
        ends[i]->legacy = c->legacy;
    }
    return t;
}

static void expect_same_secrets(const scripted_pair *t, uint16_t version)
{
    const puppet *g = &t->g->p;
    const puppet *s = t->s;
    if (version == HF_TLS12) {
        assert_memory_equal(&g->master, &s->master, sizeof g->master);
        return;
    }
    assert_memory_equal(&g->client_application, &s->client_application, sizeof g->exporter);
    assert_memory_equal(&g->server_application, &s->server_application, sizeof g->exporter);
    assert_memory_equal(&g->exporter, &s->exporter, sizeof g->exporter);
}

static void expect_seen(const puppet *p, const int *words, size_t count)
{
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        if (words[i] >= 0) {
            assert_in_range(at, 0, p->seen_count);
            assert_int_equal(p->seen[at], words[i]);
            at++;
        }
    }
    assert_int_equal(p->seen_count, at);
}

/* RFC 8446 figures 1 and 2, RFC 5246 figure 1; -1: not in this flow. */
static void expect_order(const scripted_pair *t, const plain *c)
{
    bool request = t->s->request;
    bool shown = c->identity || c->identity384 || c->identity_rsa;
    if (c->version == HF_TLS13) {
        bool ccs = c->compatible;
        const int server[] = {c->retry ? M_RETRY : -1,
                              c->retry && ccs ? M_CCS : -1,
                              M_SERVER_HELLO,
                              !c->retry && ccs ? M_CCS : -1,
                              M_ENCRYPTED_EXTENSIONS,
                              request ? M_CERTIFICATE_REQUEST : -1,
                              M_CERTIFICATE,
                              M_CERTIFICATE_VERIFY,
                              M_FINISHED};
        const int client[] = {M_CLIENT_HELLO,
                              ccs ? M_CCS : -1,
                              c->retry ? M_CLIENT_HELLO : -1,
                              request ? M_CERTIFICATE : -1,
                              shown ? M_CERTIFICATE_VERIFY : -1,
                              M_FINISHED};
        expect_seen(&t->g->p, server, sizeof server / sizeof server[0]);
        expect_seen(t->s, client, sizeof client / sizeof client[0]);
        return;
    }
    const int server[] = {M_SERVER_HELLO,
                          M_CERTIFICATE,
                          M_SERVER_KEY_EXCHANGE,
                          request ? M_CERTIFICATE_REQUEST : -1,
                          M_SERVER_HELLO_DONE,
                          M_CCS,
                          M_FINISHED};
    const int client[] = {M_CLIENT_HELLO,
                          request ? M_CERTIFICATE : -1,
                          M_CLIENT_KEY_EXCHANGE,
                          shown ? M_CERTIFICATE_VERIFY : -1,
                          M_CCS,
                          M_FINISHED};
    expect_seen(&t->g->p, server, sizeof server / sizeof server[0]);
    expect_seen(t->s, client, sizeof client / sizeof client[0]);
}

static void expect_agreed(const scripted_pair *t, const plain *c)
{
    const guest *g = t->g;
    bool shown = c->identity || c->identity384 || c->identity_rsa;
    assert_int_equal(g->p.version, c->version);
    assert_ptr_equal(g->p.chosen, t->s->chosen);
    assert_int_equal(g->p.group, t->s->group);
    assert_int_equal(g->server_scheme, t->s->scheme);
    assert_int_equal(g->retried, c->retry);
    assert_int_equal(g->p.peer_chain_count, t->s->chain_count);
    assert_int_equal(t->s->certificate_verified, shown);
    assert_int_equal(t->s->peer_chain_count, shown ? 2 : 0);
    assert_int_equal(g->server_limit, c->limit);
    assert_int_equal(g->server_fragment, c->fragment);
    assert_int_equal(g->sentinel, GUEST_NO_SENTINEL);
    assert_string_equal(g->alpn_chosen, c->alpn == NULL ? "" : c->alpn);
    assert_int_equal(g->extended, c->version == HF_TLS12 && !c->legacy);
    assert_int_equal(g->safe, c->version == HF_TLS12);
    assert_int_equal(g->id_len, c->version == HF_TLS13 && c->compatible ? 32 : 0);
    assert_int_equal(g->asked, t->s->request);
    if (g->asked) {
        assert_int_equal(g->request_schemes_count, 1);
    }
}

static void talk(scripted_pair *t, size_t most, const char *name)
{
    puppet_record(&t->g->p, R_DATA, (const uint8_t *)"ping", 4);
    puppet_record(t->s, R_DATA, (const uint8_t *)"pong!", 5);
    scripted_run(t, most);
    scripted_expect_open(t, name);
    assert_int_equal(t->s->data_len, 4);
    assert_memory_equal(t->s->data, "ping", 4);
    assert_int_equal(t->g->p.data_len, 5);
    assert_memory_equal(t->g->p.data, "pong!", 5);
}

static void close_both(scripted_pair *t)
{
    puppet_alert(&t->g->p, 1, 0);
    puppet_alert(t->s, 1, 0);
    scripted_run(t, 0);
    assert_int_equal(t->s->alerts, 1);
    assert_int_equal(t->g->p.alerts, 1);
    assert_int_equal(t->g->p.alert_level, 1);
    assert_int_equal(t->g->p.alert, 0);
}

static void run(const plain *c, size_t most)
{
    char name[120];
    (void)snprintf(name, sizeof name, "version %x suite %x group %x, piece %zu", c->version,
                   c->suite, c->group, most);
    scripted_pair *t = dress(c);
    guest_start(t->g);
    scripted_run(t, most);
    scripted_expect_open(t, name);
    expect_agreed(t, c);
    expect_order(t, c);
    expect_same_secrets(t, c->version);
    talk(t, most, name);
    close_both(t);
    scripted_free(t);
}

static void run_both(const plain *c)
{
    run(c, 0);
    run(c, 1);
}

static const uint16_t GROUPS[] = {HF_X25519, HF_SECP256R1, HF_SECP384R1};

static void test_suites_and_groups(void **state)
{
    (void)state;
    unsigned played = 0;
    for (size_t i = 0; hf_suite_at(i) != NULL; i++) {
        const hf_suite *suite = hf_suite_at(i);
        for (size_t g = 0; g < 3 && hf_crypto_has_aead(suite->aead); g++) {
            plain c = {.version = suite->version,
                       .suite = suite->id,
                       .group = GROUPS[g],
                       .retry = suite->version == HF_TLS13 && GROUPS[g] != HF_X25519,
                       .rsa = suite->key_kinds == HF_SUITE_RSA};
            run_both(&c);
            played++;
        }
    }
    assert_in_range(played, 15, 100);
}

static const plain PLAIN[] = {
    {.version = HF_TLS13, .identity = true},
    {.version = HF_TLS12, .identity = true},
    {.version = HF_TLS13, .identity384 = true},
    {.version = HF_TLS12, .identity384 = true},
    {.version = HF_TLS13, .identity_rsa = true},
    {.version = HF_TLS12, .identity_rsa = true, .suite = 0xc02c},
    {.version = HF_TLS13, .request = true},
    {.version = HF_TLS12, .request = true},
    {.version = HF_TLS13, .retry = true, .group = HF_SECP384R1, .cookie = 40},
    {.version = HF_TLS13, .retry = true, .cookie = 1000},
    {.version = HF_TLS13, .retry = true, .group = HF_SECP256R1, .compatible = true},
    {.version = HF_TLS13, .suite = 0x1302, .retry = true, .group = HF_SECP256R1, .identity = true},
    {.version = HF_TLS13, .compatible = true, .identity = true},
    {.version = HF_TLS12, .compatible = true},
    {.version = HF_TLS13, .join = true, .identity = true},
    {.version = HF_TLS12, .join = true, .identity = true},
    {.version = HF_TLS13, .cut = 7, .pad = 3, .identity = true},
    {.version = HF_TLS12, .cut = 7, .join = true, .identity = true},
    {.version = HF_TLS13, .limit = 512, .alpn = "mqtt"},
    {.version = HF_TLS12, .limit = 512, .alpn = "mqtt"},
    {.version = HF_TLS12, .fragment = 2},
    {.version = HF_TLS13, .fragment = 2},
    {.version = HF_TLS12, .legacy = true},
    {.version = HF_TLS13, .grease = true, .group = HF_X25519},
    {.version = HF_TLS13, .grease = true, .retry = true, .group = HF_SECP256R1},
    {.version = HF_TLS12, .grease = true},
    {.version = HF_TLS13, .rsa = true, .scheme = HF_RSA_PSS_RSAE_SHA384},
    {.version = HF_TLS12, .rsa = true, .scheme = HF_RSA_PKCS1_SHA256},
    {.version = HF_TLS12, .rsa = true, .scheme = HF_RSA_PKCS1_SHA384},
};

static void test_plain_handshakes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof PLAIN / sizeof PLAIN[0]; i++) {
        const hf_suite *suite = PLAIN[i].suite == 0 ? NULL : hf_suite_find(PLAIN[i].suite);
        if (suite == NULL || hf_crypto_has_aead(suite->aead)) {
            run_both(&PLAIN[i]);
        }
    }
}

/* ---- after the handshake */

static void test_updates(void **state)
{
    (void)state;
    scripted_pair *t = scripted_new(HF_TLS13);
    guest_start(t->g);
    scripted_run(t, 0);
    for (uint8_t i = 0; i < 3; i++) {
        puppet_update(&t->g->p, 1);
        puppet_update(t->s, 0);
        puppet_ticket(t->s, 100);
    }
    talk(t, 1, "updates");
    assert_int_equal(t->s->updates, 3);
    assert_int_equal(t->s->updates_asking, 3);
    assert_int_equal(t->g->p.updates, 3);
    assert_int_equal(t->g->p.updates_asking, 0);
    assert_int_equal(t->g->tickets, 3);
    scripted_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_suites_and_groups),
        cmocka_unit_test(test_plain_handshakes),
        cmocka_unit_test(test_updates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
