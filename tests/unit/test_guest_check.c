/* What the guest notices: each byte of the server's messages altered on its way, and servers that
 * lie, with a transcript of their own that fits.
 */
#include "puppet/puppet_inside.h"
#include "unit/scripted_pair.h"

#include <stdio.h>

/* ---- a byte altered on its way: the server's transcript has the true one */

typedef struct alteration {
    int step;
    size_t at;
    size_t len; /* of the message, once it was said */
} alteration;

static bool alter(puppet *p, int step, puppet_message *m)
{
    alteration *a = (alteration *)p->ctx;
    if (step != a->step) {
        return true;
    }
    const uint8_t header[] = {m->type, (uint8_t)(m->len >> 16), (uint8_t)(m->len >> 8),
                              (uint8_t)m->len};
    puppet_flush(p);
    puppet_remember(p, header, 4);
    puppet_remember(p, m->body, m->len);
    a->len = m->len;
    if (a->at < m->len) {
        m->body[a->at] ^= 1;
    }
    puppet_content(p, header, 4);
    puppet_content(p, m->body, m->len);
    puppet_flush(p);
    return false;
}

/* In TLS 1.2 the client's records come first under keys out of the transcript (RFC 7627): then the
 * puppet is the one who cannot open them, and says no more. */
static void try_alteration(uint16_t version, alteration *a)
{
    scripted_pair *t = scripted_new(version);
    scripted_mutual(t, "leaf", "key-leaf.pkcs8", HF_ECDSA_SECP256R1_SHA256);
    t->g->alpn[0] = t->s->alpn = "mqtt";
    t->g->p.compatible = version == HF_TLS13;
    t->s->retry = version == HF_TLS13;
    t->s->group = HF_SECP256R1;
    t->s->cookie_len = 5;
    t->s->change = alter;
    t->s->ctx = a;
    guest_start(t->g);
    scripted_run(t, 0);
    if (a->at >= a->len) {
        scripted_expect_open(t, "nothing is altered");
    } else if (t->g->open ||
               (t->g->p.fault == NULL && (version == HF_TLS13 || t->s->fault == NULL))) {
        fail_msg("version %x, message %d: byte %zu of %zu was altered, and nobody noticed", version,
                 a->step, a->at, a->len);
    }
    scripted_free(t);
}

static void test_altered_bytes(void **state)
{
    (void)state;
    static const struct {
        uint16_t version;
        int step;
        size_t stride;
    } MESSAGES[] = {
        {HF_TLS13, M_RETRY, 1},
        {HF_TLS13, M_SERVER_HELLO, 1},
        {HF_TLS13, M_ENCRYPTED_EXTENSIONS, 1},
        {HF_TLS13, M_CERTIFICATE_REQUEST, 1},
        {HF_TLS13, M_CERTIFICATE, 13},
        {HF_TLS13, M_CERTIFICATE_VERIFY, 1},
        {HF_TLS13, M_FINISHED, 1},
        {HF_TLS12, M_SERVER_HELLO, 1},
        {HF_TLS12, M_CERTIFICATE, 13},
        {HF_TLS12, M_SERVER_KEY_EXCHANGE, 1},
        {HF_TLS12, M_CERTIFICATE_REQUEST, 1},
        {HF_TLS12, M_FINISHED, 1},
    };
    for (size_t i = 0; i < sizeof MESSAGES / sizeof MESSAGES[0]; i++) {
        alteration a = {.step = MESSAGES[i].step, .at = SIZE_MAX};
        try_alteration(MESSAGES[i].version, &a);
        assert_true(a.len > 0);
        size_t len = a.len;
        for (size_t at = 0; at < len; at += MESSAGES[i].stride) {
            a.at = at;
            try_alteration(MESSAGES[i].version, &a);
        }
    }
}

/* ---- lies */

/* The rest of a line is zero. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

typedef struct lie {
    const char *name, *fault;
    uint16_t version;
    int step;
    void (*tell)(puppet *p, puppet_message *m);
    bool retry, join;
    const char *alpn;
} lie;

static size_t extensions_of(const puppet_message *m)
{
    return m->type == M_SERVER_HELLO ? puppet_hello_extensions(m) : 0;
}

static void tell_version(puppet *p, puppet_message *m)
{
    (void)p;
    m->body[1] = 4;
}
static void tell_id(puppet *p, puppet_message *m)
{
    (void)p;
    m->body[35] ^= 1;
}
static void tell_suite(puppet *p, puppet_message *m)
{
    (void)p;
    m->body[35 + m->body[34]] = 0x77;
}
static void tell_suite_of_12(puppet *p, puppet_message *m)
{
    (void)p;
    m->body[35 + m->body[34]] = 0xc0;
    m->body[36 + m->body[34]] = 0x2b;
}
static void tell_other_suite(puppet *p, puppet_message *m)
{
    (void)p;
    m->body[36 + m->body[34]] = 2; /* 0x1302 */
}
static void tell_compression(puppet *p, puppet_message *m)
{
    (void)p;
    m->body[37 + m->body[34]] = 1;
}
static void tell_unasked(puppet *p, puppet_message *m)
{
    (void)p;
    puppet_add_extension(m, extensions_of(m), X_RECORD_SIZE_LIMIT, (const uint8_t[]){2, 0}, 2);
}
static void tell_twice(puppet *p, puppet_message *m)
{
    (void)p;
    puppet_add_extension(m, extensions_of(m), X_RENEGOTIATION_INFO, (const uint8_t[]){0}, 1);
}
static void tell_misplaced(puppet *p, puppet_message *m)
{
    (void)p;
    puppet_add_extension(m, extensions_of(m), X_KEY_SHARE, (const uint8_t[]){0, 29}, 2);
}
static void tell_protocol(puppet *p, puppet_message *m)
{
    (void)p;
    m->body[m->len - 1] ^= 1;
}
static void tell_retry_group(puppet *p, puppet_message *m)
{
    size_t len = 0;
    size_t at = puppet_extension(m, puppet_hello_extensions(m), X_KEY_SHARE, &len);
    (void)p;
    assert_int_equal(len, 2);
    m->body[at + 1] = HF_X25519; /* whose share is there */
}
static void tell_retry_again(puppet *p, puppet_message *m)
{
    static puppet_message again;
    again.len = 0;
    (void)m;
    puppet_make(p, M_RETRY, &again);
    puppet_say(p, again.type, again.body, again.len);
}
static void tell_scheme(puppet *p, puppet_message *m)
{
    (void)p;
    size_t at = m->type == M_CERTIFICATE_VERIFY ? 0 : 4u + m->body[3];
    m->body[at] = 2; /* ecdsa_sha1 */
}
static void tell_scheme_of_12(puppet *p, puppet_message *m)
{
    (void)p;
    m->body[0] = 4; /* rsa_pkcs1_sha256 */
    m->body[1] = 1;
}
static void tell_group(puppet *p, puppet_message *m)
{
    (void)p;
    m->body[2] = 25; /* secp521r1 */
}
static void tell_curve(puppet *p, puppet_message *m)
{
    (void)p;
    m->body[0] = 1;
}
static void tell_context(puppet *p, puppet_message *m)
{
    (void)p;
    memmove(m->body + 2, m->body + 1, m->len - 1);
    m->body[0] = 1;
    m->body[1] = 9;
    m->len++;
}
static void tell_nobody(puppet *p, puppet_message *m)
{
    m->len = p->version == HF_TLS13 ? 4 : 3;
    memset(m->body, 0, m->len);
}
static void tell_more(puppet *p, puppet_message *m)
{
    (void)p;
    m->body[m->len++] = 0;
}
static void tell_finished(puppet *p, puppet_message *m)
{
    (void)p;
    m->body[3] ^= 1;
}
static void tell_status(puppet *p, puppet_message *m)
{
    (void)m;
    puppet_say(p, M_CERTIFICATE_STATUS, (const uint8_t[]){1, 0, 0, 1, 7}, 5);
}
static void tell_ccs(puppet *p, puppet_message *m)
{
    (void)m;
    puppet_flush(p);
    puppet_ccs(p);
}
static void tell_resumed(puppet *p, puppet_message *m)
{
    memmove(m->body + 35 + 32, m->body + 35, m->len - 35);
    m->body[34] = 32;
    memcpy(m->body + 35, p->session_id, 32);
    m->len += 32;
}
static void tell_renegotiated(puppet *p, puppet_message *m)
{
    static const uint8_t DATA[] = {3, 1, 2, 3};
    (void)p;
    puppet_cut_extension(m, puppet_hello_extensions(m), X_RENEGOTIATION_INFO);
    puppet_add_extension(m, puppet_hello_extensions(m), X_RENEGOTIATION_INFO, DATA, 4);
}
static void tell_hello_done(puppet *p, puppet_message *m)
{
    (void)m;
    puppet_say(p, M_SERVER_HELLO_DONE, NULL, 0);
}

/* ServerHello, and in the same record what should be under keys already. */
static void tell_joined(puppet *p, puppet_message *m)
{
    puppet_say(p, m->type, m->body, m->len);
    m->type = M_ENCRYPTED_EXTENSIONS;
    m->len = 2;
    m->body[0] = m->body[1] = 0;
}

static const lie LIES[] = {
    {"version", "legacy_version is not TLS 1.2", HF_TLS13, M_SERVER_HELLO, tell_version},
    {"version", "legacy_version is not TLS 1.2", HF_TLS12, M_SERVER_HELLO, tell_version},
    {"id", "the session id did not come back", HF_TLS13, M_SERVER_HELLO, tell_id},
    {"id", "the session id did not come back", HF_TLS13, M_RETRY, tell_id, .retry = true},
    {"id", "a session is resumed that does not exist", HF_TLS12, M_SERVER_HELLO, tell_resumed},
    {"suite", "a suite that was not offered or does not fit the version", HF_TLS13, M_SERVER_HELLO,
     tell_suite},
    {"suite", "a suite that was not offered or does not fit the version", HF_TLS13, M_SERVER_HELLO,
     tell_suite_of_12},
    {"suite", "a suite that was not offered or does not fit the version", HF_TLS12, M_SERVER_HELLO,
     tell_suite},
    {"compression", "compression", HF_TLS13, M_SERVER_HELLO, tell_compression},
    {"compression", "compression", HF_TLS12, M_SERVER_HELLO, tell_compression},
    {"unasked", "an extension that was not offered", HF_TLS13, M_SERVER_HELLO, tell_unasked},
    {"unasked", "an extension that was not offered", HF_TLS13, M_ENCRYPTED_EXTENSIONS,
     tell_unasked},
    {"unasked", "an extension that was not offered", HF_TLS12, M_SERVER_HELLO, tell_unasked},
    {"twice", "an extension stands twice", HF_TLS12, M_SERVER_HELLO, tell_twice},
    {"renegotiated", "an extension says something wrong", HF_TLS12, M_SERVER_HELLO,
     tell_renegotiated},
    {"misplaced", "an extension where it may not stand", HF_TLS13, M_ENCRYPTED_EXTENSIONS,
     tell_misplaced},
    {"protocol", "an extension says something wrong", HF_TLS13, M_ENCRYPTED_EXTENSIONS,
     tell_protocol, .alpn = "mqtt"},
    {"protocol", "an extension says something wrong", HF_TLS12, M_SERVER_HELLO, tell_protocol,
     .alpn = "mqtt"},
    {"retry group", "an extension says something wrong", HF_TLS13, M_RETRY, tell_retry_group,
     .retry = true},
    {"retry again", "a message that may not stand here", HF_TLS13, M_SERVER_HELLO, tell_retry_again,
     .retry = true},
    {"other suite", "another suite after the retry", HF_TLS13, M_SERVER_HELLO, tell_other_suite,
     .retry = true},
    {"scheme", "a scheme that was not offered", HF_TLS13, M_CERTIFICATE_VERIFY, tell_scheme},
    {"scheme", "a scheme that was not offered", HF_TLS12, M_SERVER_KEY_EXCHANGE, tell_scheme},
    {"scheme of 1.2", "a scheme that does not fit TLS 1.3 or the key", HF_TLS13,
     M_CERTIFICATE_VERIFY, tell_scheme_of_12},
    {"group", "a group that was not offered", HF_TLS12, M_SERVER_KEY_EXCHANGE, tell_group},
    {"curve", "not a named curve", HF_TLS12, M_SERVER_KEY_EXCHANGE, tell_curve},
    {"context", "the request has a context", HF_TLS13, M_CERTIFICATE_REQUEST, tell_context},
    {"no certificate", "the server has no certificate", HF_TLS13, M_CERTIFICATE, tell_nobody},
    {"no certificate", "the server has no certificate", HF_TLS12, M_CERTIFICATE, tell_nobody},
    {"a rest", "EncryptedExtensions has a rest", HF_TLS13, M_ENCRYPTED_EXTENSIONS, tell_more},
    {"a rest", "a message that must be empty is not", HF_TLS12, M_SERVER_HELLO_DONE, tell_more},
    {"Finished", "the peer's Finished is wrong", HF_TLS13, M_FINISHED, tell_finished},
    {"Finished", "the peer's Finished is wrong", HF_TLS12, M_FINISHED, tell_finished},
    {"status", "a message that may not stand here", HF_TLS13, M_CERTIFICATE_VERIFY, tell_status},
    {"status", "CertificateStatus was not promised", HF_TLS12, M_SERVER_KEY_EXCHANGE, tell_status},
    {"early ccs", "change_cipher_spec may not stand here", HF_TLS12, M_SERVER_KEY_EXCHANGE,
     tell_ccs},
    {"late ccs", "change_cipher_spec after the handshake", HF_TLS13, M_AFTER, tell_ccs},
    {"early done", "a message that may not stand here", HF_TLS12, M_SERVER_KEY_EXCHANGE,
     tell_hello_done},
    {"joined", "keys change inside a record", HF_TLS13, M_SERVER_HELLO, tell_joined, .join = true},
};

static bool tell(puppet *p, int step, puppet_message *m)
{
    const lie *l = p->ctx;
    if (step == l->step) {
        p->arg++;
        l->tell(p, m);
    }
    return true;
}

static void test_lies(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof LIES / sizeof LIES[0]; i++) {
        const lie *l = &LIES[i];
        scripted_pair *t = scripted_new(l->version);
        t->g->p.compatible = true; /* so that there is a session id */
        t->g->alpn[0] = t->s->alpn = l->alpn;
        t->s->request = true;
        t->s->suite = l->version == HF_TLS13 ? 0x1301 : 0xc02b;
        t->s->retry = l->retry;
        t->s->group = l->retry ? HF_SECP256R1 : 0;
        t->s->join = l->join;
        t->s->change = tell;
        t->s->ctx = l;
        guest_start(t->g);
        scripted_run(t, 0);
        const char *fault = t->g->p.fault == NULL ? "none" : t->g->p.fault;
        if (t->s->arg != 1 || strcmp(fault, l->fault) != 0) {
            fail_msg("%x %s: told %d times, fault: %s", l->version, l->name, t->s->arg, fault);
        }
        assert_int_equal(t->g->open, l->step == M_AFTER);
        scripted_free(t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_altered_bytes),
        cmocka_unit_test(test_lies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
