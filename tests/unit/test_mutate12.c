/* TLS 1.2: one value of a server message changed at a time; each ends in its own error and alert
 * (RFC 5246 7.4, RFC 8422, RFC 7627, RFC 5746, RFC 8449). And what holds for both versions:
 * messages cut at every length, and a bit flipped in every byte. */
#include "puppet/mutation.h"
#include "puppet/puppet_inside.h"
#include "unit/cmocka_all.h"
#include "unit/needs.h"

#include <stdio.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static void run_all(const mutation *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        mutation_run(&cases[i], HF_TLS12);
    }
}

static const mutation SERVER_HELLO[] = {
    {"version 1.1", M_SERVER_HELLO, HF_E_VERSION, SPLICE, 0, 2, B(3, 2)},
    {"version 1.0", M_SERVER_HELLO, HF_E_VERSION, SPLICE, 0, 2, B(3, 1)},
    {"version SSL 3", M_SERVER_HELLO, HF_E_VERSION, SPLICE, 0, 2, B(3, 0)},
    {"version 0304", M_SERVER_HELLO, HF_E_VERSION, SPLICE, 0, 2, B(3, 4)},
    {"1.2 not offered", M_SERVER_HELLO, HF_E_VERSION, .version_min = HF_TLS13},
    {"1.1 to a 1.2 client", M_SERVER_HELLO, HF_E_VERSION, SPLICE, 0, 2, B(3, 2),
     .version_max = HF_TLS12},
    {"downgrade mark 1", M_SERVER_HELLO, HF_E_DOWNGRADE, SPLICE, 26, 8,
     B('D', 'O', 'W', 'N', 'G', 'R', 'D', 1)},
    {"downgrade mark 0", M_SERVER_HELLO, HF_E_DOWNGRADE, SPLICE, 26, 8,
     B('D', 'O', 'W', 'N', 'G', 'R', 'D', 0)},
    {"suite of 1.3", M_SERVER_HELLO, HF_E_SUITE, SPLICE, 35, 2, B(0x13, 1)},
    {"suite static RSA", M_SERVER_HELLO, HF_E_SUITE, SPLICE, 35, 2, B(0, 0x9c)},
    {"suite CBC", M_SERVER_HELLO, HF_E_SUITE, SPLICE, 35, 2, B(0xc0, 9)},
    {"suite DHE", M_SERVER_HELLO, HF_E_SUITE, SPLICE, 35, 2, B(0, 0x9e)},
    {"suite CCM_8", M_SERVER_HELLO, HF_E_SUITE, SPLICE, 35, 2, B(0xc0, 0xae)},
    {"suite null", M_SERVER_HELLO, HF_E_SUITE, SPLICE, 35, 2, B(0, 0)},
    {"suite of RSA", M_SERVER_HELLO, HF_E_SCHEME, SPLICE, 35, 2, B(0xc0, 0x2f)},
    {"compression", M_SERVER_HELLO, HF_E_COMPRESSION, SPLICE, 37, 1, B(1)},
    {"session id of its own", M_SERVER_HELLO, HF_OK, SPLICE, 34, 1, B(2, 7, 8)},
    {"no extended master secret", M_SERVER_HELLO, HF_E_NO_EXTENDED_MASTER_SECRET, CUT, .type = 23,
     .strict = true},
    {"extended master secret with a body", M_SERVER_HELLO, HF_E_DECODE, SET, .type = 23, B(0)},
    {"no renegotiation_info", M_SERVER_HELLO, HF_E_NO_SAFE_RENEGOTIATION, CUT, .type = 0xff01},
    {"renegotiation_info not empty", M_SERVER_HELLO, HF_E_RENEGOTIATION_INFO, SET, .type = 0xff01,
     B(1, 7)},
    {"renegotiation_info too long", M_SERVER_HELLO, HF_E_DECODE, SET, .type = 0xff01, B(0, 7)},
    {"renegotiation_info without length", M_SERVER_HELLO, HF_E_DECODE, SET, .type = 0xff01},
    {"no extensions at all", M_SERVER_HELLO, HF_E_NO_SAFE_RENEGOTIATION, SPLICE, 38, 11},
    {"extension block empty", M_SERVER_HELLO, HF_E_NO_SAFE_RENEGOTIATION, SPLICE, 38, 11, B(0, 0)},
    {"ALPN", M_SERVER_HELLO, HF_OK, .alpn = "mqtt", .offered_alpn = "mqtt"},
    {"ALPN unasked", M_SERVER_HELLO, HF_E_EXTENSION_UNASKED, .alpn = "mqtt"},
    {"ALPN not offered", M_SERVER_HELLO, HF_E_ALPN_CHOICE, .alpn = "http", .offered_alpn = "mqtt"},
    {"key_share", M_SERVER_HELLO, HF_E_EXTENSION_NOT_ALLOWED, ADD, .type = 51, B(0, 0x1d, 0, 1, 9)},
    {"supported_versions 1.2", M_SERVER_HELLO, HF_E_EXTENSION_NOT_ALLOWED, ADD, .type = 43, B(3, 3),
     .version_max = HF_TLS13},
    {"session_ticket", M_SERVER_HELLO, HF_E_EXTENSION_UNASKED, ADD, .type = 35},
    {"status_request", M_SERVER_HELLO, HF_E_EXTENSION_UNASKED, ADD, .type = 5},
    {"encrypt_then_mac", M_SERVER_HELLO, HF_E_EXTENSION_UNASKED, ADD, .type = 22},
    {"heartbeat", M_SERVER_HELLO, HF_E_EXTENSION_UNASKED, ADD, .type = 15, B(1)},
    {"unknown", M_SERVER_HELLO, HF_E_EXTENSION_UNASKED, ADD, .type = 0x5a5a},
    {"signature_algorithms", M_SERVER_HELLO, HF_E_EXTENSION_NOT_ALLOWED, ADD, .type = 13,
     B(0, 2, 4, 3)},
    {"extension twice", M_SERVER_HELLO, HF_E_EXTENSION_TWICE, ADD, .type = 23},
    {"point formats", M_SERVER_HELLO, HF_OK, ADD, .type = 11, B(3, 1, 0, 2)},
    {"point formats compressed", M_SERVER_HELLO, HF_E_POINT_FORMAT, ADD, .type = 11, B(2, 1, 2)},
    {"point formats empty", M_SERVER_HELLO, HF_E_DECODE, ADD, .type = 11, B(0)},
    {"record_size_limit unasked", M_SERVER_HELLO, HF_E_EXTENSION_UNASKED, .limit = 1000},
    {"record_size_limit 63", M_SERVER_HELLO, HF_E_RECORD_SIZE_LIMIT, .limit = 63, .small = true},
    {"record_size_limit 64", M_SERVER_HELLO, HF_OK, .limit = 64, .small = true},
    {"record_size_limit 16384", M_SERVER_HELLO, HF_OK, .limit = 16384, .small = true},
    {"record_size_limit 16385", M_SERVER_HELLO, HF_E_RECORD_SIZE_LIMIT, .limit = 16385,
     .small = true},
    {"both limits", M_SERVER_HELLO, HF_E_RECORD_SIZE_LIMIT, .limit = 1000, .fragment = 2,
     .small = true},
    {"max_fragment_length", M_SERVER_HELLO, HF_OK, .fragment = 2, .small = true},
    {"max_fragment_length other", M_SERVER_HELLO, HF_E_FRAGMENT_LENGTH, .fragment = 1,
     .small = true},
    {"max_fragment_length 5", M_SERVER_HELLO, HF_E_FRAGMENT_LENGTH, .fragment = 5, .small = true},
    {"trailing byte", M_SERVER_HELLO, HF_E_DECODE, SPLICE, 0x7fff, 0, B(0)},
    {"one byte short", M_SERVER_HELLO, HF_E_DECODE, SPLICE, -1, 1},
    {"session id too long", M_SERVER_HELLO, HF_E_DECODE, SPLICE, 34, 1, B(33)},
};

static void test_server_hello(void **state)
{
    (void)state;
    run_all(SERVER_HELLO, COUNT(SERVER_HELLO));
}

/* With compatibility mode an echoed session id would resume a session that never was. */
static void echo_session(puppet *p, puppet_message *m)
{
    memmove(m->body + 35 + 32, m->body + 35, m->len - 35);
    m->body[34] = 32;
    memcpy(m->body + 35, p->session_id, 32);
    m->len += 32;
}

/* A 1.2 client does not care for the mark of a 1.3 server that chose 1.2 (RFC 8446 4.1.3). */
static void mark(puppet *p, puppet_message *m)
{
    memcpy(m->body + 26, "DOWNGRD\1", 8);
    memcpy(p->server_random, m->body + 2, 32);
}

static const mutation BY_HAND_HELLO[] = {
    {"session id echoed", M_SERVER_HELLO, HF_E_SESSION_ID, BY_HAND, .edit = echo_session,
     .compatible = true},
    {"mark to a 1.2 client", M_SERVER_HELLO, HF_OK, BY_HAND, .edit = mark, .version_max = HF_TLS12},
};

static void test_hello_by_hand(void **state)
{
    (void)state;
    run_all(BY_HAND_HELLO, COUNT(BY_HAND_HELLO));
}

static void sign_over(puppet *p, puppet_message *m, const uint8_t *client, const uint8_t *server,
                      uint16_t scheme)
{
    m->len = 4u + m->body[3];
    const hf_span parts[] = {{client, 32}, {server, 32}, {m->body, m->len}};
    puppet_sign(p, m, scheme, parts, 3);
}

static void foreign_client_random(puppet *p, puppet_message *m)
{
    static const uint8_t OTHER[32] = {1};
    sign_over(p, m, OTHER, p->server_random, p->scheme);
}

static void foreign_server_random(puppet *p, puppet_message *m)
{
    static const uint8_t OTHER[32] = {1};
    sign_over(p, m, p->client_random, OTHER, p->scheme);
}

static void off_curve(puppet *p, puppet_message *m)
{
    m->body[4 + 64] ^= 1;
    sign_over(p, m, p->client_random, p->server_random, p->scheme);
}

static void short_point(puppet *p, puppet_message *m)
{
    m->body[3] = 33;
    m->body[4] = 2;
    sign_over(p, m, p->client_random, p->server_random, p->scheme);
}

static void low_order(puppet *p, puppet_message *m)
{
    memset(m->body + 4, 0, 32);
    sign_over(p, m, p->client_random, p->server_random, p->scheme);
}

/* RFC 5246 7.4.1.4.1: in 1.2 the scheme names a hash, the curve is free. */
static void sha384_with_p256(puppet *p, puppet_message *m)
{
    sign_over(p, m, p->client_random, p->server_random, HF_ECDSA_SECP384R1_SHA384);
}

#define EXCHANGE M_SERVER_KEY_EXCHANGE
static const mutation KEY_EXCHANGE[] = {
    {"explicit prime curve", EXCHANGE, HF_E_EXPLICIT_CURVE, SPLICE, 0, 1, B(1)},
    {"explicit char2 curve", EXCHANGE, HF_E_EXPLICIT_CURVE, SPLICE, 0, 1, B(2)},
    {"curve type 0", EXCHANGE, HF_E_EXPLICIT_CURVE, SPLICE, 0, 1, B(0)},
    {"group unknown", EXCHANGE, HF_E_GROUP, SPLICE, 1, 2, B(0, 0x19)},
    {"group not offered", EXCHANGE, HF_E_GROUP, .group = HF_SECP256R1, .only_group = HF_X25519},
    {"point altered", EXCHANGE, HF_E_HANDSHAKE_SIGNATURE, FLIP, 40},
    {"signature altered", EXCHANGE, HF_E_HANDSHAKE_SIGNATURE, FLIP, -1},
    {"foreign client random", EXCHANGE, HF_E_HANDSHAKE_SIGNATURE, BY_HAND,
     .edit = foreign_client_random},
    {"foreign server random", EXCHANGE, HF_E_HANDSHAKE_SIGNATURE, BY_HAND,
     .edit = foreign_server_random},
    {"point off the curve", EXCHANGE, HF_E_KEY_SHARE, BY_HAND, .edit = off_curve},
    {"point compressed", EXCHANGE, HF_E_KEY_SHARE, BY_HAND, .edit = short_point},
    {"X25519 low order", EXCHANGE, HF_E_KEY_SHARE, BY_HAND, .edit = low_order, .group = HF_X25519},
    {"SHA-384 with P-256", EXCHANGE, HF_OK, BY_HAND, .edit = sha384_with_p256},
    {"SHA-1", EXCHANGE, HF_E_SCHEME, SPLICE, 69, 2, B(2, 3)},
    {"SHA-1 with RSA", EXCHANGE, HF_E_SCHEME, SPLICE, 69, 2, B(2, 1), .rsa = true},
    {"MD5 with RSA", EXCHANGE, HF_E_SCHEME, SPLICE, 69, 2, B(1, 1), .rsa = true},
    {"RSA scheme, EC key", EXCHANGE, HF_E_SCHEME, SPLICE, 69, 2, B(8, 4)},
    {"Ed25519", EXCHANGE, HF_E_SCHEME, SPLICE, 69, 2, B(8, 7)},
    {"SHA-512 (not offered)", EXCHANGE, HF_E_SCHEME, SPLICE, 69, 2, B(6, 3)},
    {"point empty", EXCHANGE, HF_E_DECODE, SPLICE, 3, 66, B(0)},
    {"trailing byte", EXCHANGE, HF_E_DECODE, SPLICE, 0x7fff, 0, B(0)},
    {"one byte short", EXCHANGE, HF_E_DECODE, SPLICE, -1, 1},
    {"empty", EXCHANGE, HF_E_DECODE, BODY},
};

static void test_key_exchange(void **state)
{
    (void)state;
    run_all(KEY_EXCHANGE, COUNT(KEY_EXCHANGE));
}

#define REQUEST M_CERTIFICATE_REQUEST
static const mutation OTHERS[] = {
    {"request without types", REQUEST, HF_E_DECODE, SPLICE, 0, 3, B(0), .request = true},
    {"request without schemes", REQUEST, HF_E_DECODE, SPLICE, 3, 4, B(0, 0), .request = true},
    {"request, odd schemes", REQUEST, HF_E_DECODE, SPLICE, 3, 4, B(0, 3, 4, 3, 5), .request = true},
    {"request, names", REQUEST, HF_OK, SPLICE, -2, 2, B(0, 4, 0, 2, 0x30, 0), .request = true},
    {"request, empty name", REQUEST, HF_E_DECODE, SPLICE, -2, 2, B(0, 2, 0, 0), .request = true},
    {"request, name past the list", REQUEST, HF_E_DECODE, SPLICE, -2, 2, B(0, 3, 0, 2, 0x30),
     .request = true},
    {"request, trailing byte", REQUEST, HF_E_DECODE, SPLICE, 0x7fff, 0, B(0), .request = true},
    {"request of RSA only", REQUEST, HF_OK, SPLICE, 0, 3, B(1, 1), .request = true,
     .identity = true},
    {"done with a body", M_SERVER_HELLO_DONE, HF_E_DECODE, BODY, B(0)},
    {"no certificate", M_CERTIFICATE, HF_E_NO_SERVER_CERTIFICATE, BODY, B(0, 0, 0)},
    {"entry of length 0", M_CERTIFICATE, HF_E_DECODE, BODY, B(0, 0, 3, 0, 0, 0)},
    {"list too long", M_CERTIFICATE, HF_E_DECODE, FLIP, 2},
    {"certificates, trailing byte", M_CERTIFICATE, HF_E_DECODE, SPLICE, 0x7fff, 0, B(0)},
    {"certificates, one byte short", M_CERTIFICATE, HF_E_DECODE, SPLICE, -1, 1},
    {"Finished: bit", M_FINISHED, HF_E_FINISHED, FLIP, 0},
    {"Finished: last bit", M_FINISHED, HF_E_FINISHED, FLIP, -1},
    {"Finished: short", M_FINISHED, HF_E_DECODE, SPLICE, -1, 1},
    {"Finished: long", M_FINISHED, HF_E_DECODE, SPLICE, 0x7fff, 0, B(0)},
};

static void test_others(void **state)
{
    (void)state;
    run_all(OTHERS, COUNT(OTHERS));
}

/* ---- both versions: cut at every length, flipped at every byte */

typedef struct sweep {
    int step;
    int size; /* of the message; found on the way */
    int at;
    bool cut;
} sweep;

static bool sweep_change(puppet *p, int step, puppet_message *m)
{
    sweep *s = (sweep *)p->ctx;
    if (step != s->step) {
        return true;
    }
    s->size = (int)m->len;
    if (s->at < s->size) {
        if (s->cut) {
            m->len = (size_t)s->at;
        } else {
            m->body[s->at] ^= (uint8_t)(1u << (s->at % 8));
        }
    }
    return true;
}

static void sweep_once(sweep *s, uint16_t version)
{
    rig *r = rig_new();
    r->p->version = version;
    r->p->request = true;
    r->p->change = sweep_change;
    r->p->ctx = s;
    r->p->join = s->at % 2 == 0;
    rig_start(r);
    rig_run(r);
    unsigned wants = hf_tls_wants(&r->tls);
    const hf_error *error = hf_tls_error(&r->tls);
    bool failed = (wants & HF_IS_FAILED) != 0;
    char name[80];
    (void)snprintf(name, sizeof name, "%x message %d %s at %d of %d: %s", version, s->step,
                   s->cut ? "cut" : "flipped", s->at, s->size, hf_error_name((hf_code)error->code));
    if (s->cut && s->at < s->size && !failed) {
        fail_msg("%s", name);
    }
    if (failed && (error->alert_by != HF_ALERT_SENT ||
                   error->alert != hf_error_alert_of((hf_code)error->code))) {
        fail_msg("%s: alert %u by %u", name, error->alert, error->alert_by);
    }
    if (!failed && (wants & (HF_IS_OPEN | HF_WANT_INPUT)) == 0) {
        fail_msg("%s: stands still, %x", name, wants);
    }
    rig_free(r);
}

static void test_every_length_and_byte(void **state)
{
    (void)state;
    static const int STEPS[] = {
        M_SERVER_HELLO,       M_ENCRYPTED_EXTENSIONS, M_CERTIFICATE_REQUEST, M_CERTIFICATE,
        M_CERTIFICATE_VERIFY, M_SERVER_KEY_EXCHANGE,  M_SERVER_HELLO_DONE,   M_FINISHED};
    static const uint16_t VERSIONS[] = {HF_TLS13, HF_TLS12};
    for (size_t v = 0; v < 2; v++) {
        for (size_t i = 0; i < COUNT(STEPS); i++) {
            for (unsigned cut = 0; cut < 2; cut++) {
                sweep s = {.step = STEPS[i], .size = 1, .cut = cut == 1};
                for (; s.at < s.size; s.at += (int)sweep_step() * (s.size > 200 ? 3 : 1)) {
                    s.size = 0; /* the message does not exist in this version */
                    sweep_once(&s, VERSIONS[v]);
                }
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_server_hello),          cmocka_unit_test(test_hello_by_hand),
        cmocka_unit_test(test_key_exchange),          cmocka_unit_test(test_others),
        cmocka_unit_test(test_every_length_and_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
