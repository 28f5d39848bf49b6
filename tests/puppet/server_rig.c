/* See server_rig.h. */
#include "puppet/server_rig.h"

#include "unit/x509_fixtures.h"

static const struct {
    const char *leaf, *issuer, *key;
    uint16_t scheme;
} IDENTITIES[] = {
    [ID_P256] = {"leaf", "int", "key-leaf.pkcs8", HF_ECDSA_SECP256R1_SHA256},
    [ID_P384] = {"leaf-ec384", "int-p384", "key-leaf-ec384.pkcs8", HF_ECDSA_SECP384R1_SHA384},
    [ID_RSA] = {"leaf-rsa", "int-rsa", "key-leaf-rsa.pkcs8", HF_RSA_PSS_RSAE_SHA256},
    [ID_UNKNOWN] = {"leaf", NULL, "key-leaf.pkcs8", HF_ECDSA_SECP256R1_SHA256},
};

static const char *const ROOTS[] = {"root", "root-p384", "root-rsa"};

server_rig *server_rig_new(void)
{
    server_rig *s = calloc(1, sizeof *s);
    assert_non_null(s);
    s->g = calloc(1, sizeof *s->g);
    assert_non_null(s->g);
    guest_init(s->g);
    s->r.p = &s->g->p;
    return s;
}

static void identify_guest(server_rig *s)
{
    puppet *p = s->r.p;
    identity_kind kind = s->shown;
    rig_peer_key(&s->r, IDENTITIES[kind].key);
    p->scheme = IDENTITIES[kind].scheme;
    p->chain[0] = rig_fixture(&s->r, IDENTITIES[kind].leaf);
    p->chain_count = 1;
    if (s->raw_shown) {
        hf_certificate leaf;
        assert_int_equal(hf_x509_parse(&leaf, p->chain[0], NULL), HF_OK);
        p->chain[0] = leaf.spki;
        p->raw_key = true;
    } else if (IDENTITIES[kind].issuer != NULL) {
        p->chain[p->chain_count++] = rig_fixture(&s->r, IDENTITIES[kind].issuer);
    }
}

static void add_identity(server_rig *s, hf_identity *identity, identity_kind kind)
{
    hf_config *c = &s->r.config;
    bool first = identity == &c->identity;
    hf_span chain = rig_fixture(&s->r, IDENTITIES[kind].leaf);
    hf_span key = rig_fixture(&s->r, IDENTITIES[kind].key);
    if (first && s->r.signer.sign != NULL) {
        key = (hf_span){NULL, 0};
    }
    hf_code code =
        first ? hf_config_identity(c, chain.ptr, chain.len, key.ptr, key.len, NULL)
              : hf_config_add_identity(c, identity, chain.ptr, chain.len, key.ptr, key.len, NULL);
    assert_int_equal(code, HF_OK);
    if (IDENTITIES[kind].issuer != NULL) {
        identity->chain[identity->chain_count++] = rig_fixture(&s->r, IDENTITIES[kind].issuer);
    }
}

static void dress_sessions(server_rig *s)
{
    hf_config *c = &s->r.config;
    if (s->ring != NULL) {
        c->ticket_keys = (hf_ticket_keys){.find = hf_ticket_ring_find, .ctx = s->ring};
    }
    c->store = s->store;
    c->tickets = s->tickets;
    c->ticket_lifetime = s->ticket_lifetime;
    c->session_lifetime = s->session_lifetime;
    c->policy_epoch = s->policy_epoch;
}

static void dress_server(server_rig *s)
{
    hf_config *c = &s->r.config;
    rig_config(&s->r);
    c->role = HF_SERVER;
    c->client_auth = s->auth;
    c->send_authorities = s->send_authorities;
    c->require_alpn = s->require_alpn;
    c->unknown_name = s->unknown_name;
    c->cookie_key = s->cookie_key;
    c->suites = s->suites;
    c->suites_count = s->suites_count;
    c->hooks = s->hooks;
    dress_sessions(s);
    add_identity(s, &c->identity, s->identity == ID_DEFAULT ? ID_P256 : s->identity);
    c->identity.signer = s->r.signer;
    if (s->second != ID_DEFAULT) {
        add_identity(s, &s->second_identity, s->second);
    }
    for (size_t i = 0; s->auth != HF_CLIENT_AUTH_NONE && i < 3; i++) {
        hf_span root = rig_fixture(&s->r, ROOTS[i]);
        assert_int_equal(hf_config_anchors(c, root.ptr, root.len), HF_OK);
    }
    if (s->configure != NULL) {
        s->configure(s, c);
    }
    assert_string_equal(hf_error_name(hf_config_build(c)), "HF_OK");
}

void server_rig_start(server_rig *s)
{
    s->r.certificate = s->r.certificate == 0 ? HF_TLS_CERTIFICATE_WHOLE : s->r.certificate;
    if (s->shown != ID_DEFAULT) {
        identify_guest(s);
    }
    dress_server(s);
    const hf_tls_memory memory = rig_memory(&s->r);
    assert_int_equal(hf_tls_server(&s->r.tls, &s->r.config, &memory), HF_OK);
    guest_start(s->g);
}

void server_rig_run(server_rig *s)
{
    rig_run(&s->r);
}

void server_rig_free(server_rig *s)
{
    rig_release(&s->r);
    guest_release(s->g);
    free(s->g);
    free(s);
}

static void expect_same_material(server_rig *s, const char *name, int line)
{
    static const char LABEL[] = "EXPORTER-of-tests";
    puppet *p = s->r.p;
    uint8_t ours[32];
    uint8_t theirs[32];
    if (p->version == HF_TLS12 && !s->g->extended) {
        return;
    }
    assert_int_equal(hf_tls_export(&s->r.tls, LABEL, (hf_span){NULL, 0}, false, ours, 32), HF_OK);
    if (p->version == HF_TLS13) {
        hf_export13(p->chosen->hash, &p->exporter, LABEL, (hf_span){NULL, 0}, theirs, 32);
    } else {
        hf_export12(p->chosen->hash, &p->master, LABEL, p->client_random, p->server_random, NULL,
                    theirs, 32);
    }
    if (memcmp(ours, theirs, 32) != 0) {
        fail_msg("line %d, %s: different keying material", line, name);
    }
}

void server_expect_open_at(server_rig *s, const char *name, int line)
{
    rig_expect_open_at(&s->r, name, line);
    if (!s->g->open) {
        fail_msg("line %d, %s: the guest is not open", line, name);
    }
    expect_same_material(s, name, line);
}

void server_expect_failed_at(server_rig *s, hf_code code, const char *name, int line)
{
    uint8_t alert = hf_error_alert_of(code);
    if (s->r.p->version == HF_TLS12 && alert == 116) {
        alert = 40; /* certificate_required is of TLS 1.3; RFC 5246 7.4.6: handshake_failure */
    }
    rig_expect_alert_at(&s->r, code, alert, name, line);
}

void server_expect_talk(server_rig *s, const char *name)
{
    puppet *p = s->r.p;
    p->pad = 0; /* application records must fit into the buffer */
    p->data_len = s->r.data_len = 0;
    puppet_record(p, R_DATA, (const uint8_t *)"up", 2);
    assert_true(rig_send(&s->r, "down", 4));
    rig_run(&s->r);
    server_expect_open(s, name);
    assert_int_equal(s->r.data_len, 2);
    assert_memory_equal(s->r.data, "up", 2);
    assert_int_equal(p->data_len, 4);
    assert_memory_equal(p->data, "down", 4);
}
