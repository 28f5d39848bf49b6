/* The server role, early data and certificates: how much refused early data is passed over, what a
 * client's chain may cost, and each reason to refuse it with its own alert (RFC 8446 4.2.10, 4.4;
 * RFC 5246 7.4.6, 7.4.8).
 */
#include "puppet/served.h"
#include "unit/cmocka_all.h"

#include <stdio.h>
#include <string.h>

static const uint16_t VERSIONS[] = {HF_TLS13, HF_TLS12};

/* ---- early data */

typedef struct early {
    const char *name;
    bool retry, unasked;
    unsigned records;
    size_t len;
    uint32_t limit; /* 0: the default */
    size_t input;   /* 0: the largest */
    hf_code code;
    uint8_t alert;
    uint32_t detail;
} early;

static uint32_t early_limit;

static void configure_early(server_rig *s, hf_config *config)
{
    (void)s;
    config->limits.early_data = early_limit;
}

static const early EARLY[] = {
    {"one record", false, false, 1, 100, 0, 0, HF_OK, 0, 0},
    {"ten records", false, false, 10, 100, 0, 0, HF_OK, 0, 0},
    {"to the limit", false, false, 2, 95, 200, 0, HF_OK, 0, 0},
    {"over the limit", false, false, 2, 95, 199, 0, HF_E_EARLY_DATA, 10, 199},
    {"over the limit by a byte", false, false, 2, 96, 201, 0, HF_E_EARLY_DATA, 10, 201},
    {"one large record, to the limit", false, false, 1, 10000, 10005, 0, HF_OK, 0, 0},
    {"one large record, over it", false, false, 1, 10000, 10004, 0, HF_E_EARLY_DATA, 10, 10004},
    {"to the default", false, false, 2, 8187, 0, 0, HF_OK, 0, 0},
    {"over the default", false, false, 2, 8188, 0, 0, HF_E_EARLY_DATA, 10, 16384},
    {"larger than the buffer", false, false, 1, 10000, 0, 2048, HF_OK, 0, 0},
    {"larger than the buffer, twice", false, false, 2, 5000, 0, 2048, HF_OK, 0, 0},
    {"larger than buffer and limit", false, false, 1, 10000, 9000, 2048, HF_E_EARLY_DATA, 10, 9000},
    {"larger than a record may be", false, false, 1, 16641, 40000, 0, HF_E_RECORD_OVERFLOW, 22,
     16641},
    {"as large as a record may be", false, false, 1, 16640, 40000, 0, HF_OK, 0, 0},
    {"no limit to speak of", false, false, 3, 16640, UINT32_MAX, 0, HF_OK, 0, 0},
    {"never announced", false, true, 1, 100, 0, 0, HF_E_BAD_RECORD_MAC, 20, 0},
};

static void play_early(const early *e, bool retry, size_t piece)
{
    char name[100];
    (void)snprintf(name, sizeof name, "%s, retry %d, piece %zu", e->name, retry, piece);
    server_rig *s = server_rig_new();
    s->g->only = HF_TLS13;
    s->g->no_shares = retry;
    s->g->early = true;
    s->g->omit = e->unasked ? GUEST_WITHOUT(X_EARLY_DATA) : 0;
    s->g->psk_count = 1;
    s->g->early_records = e->records;
    s->g->early_len = e->len;
    s->r.input = e->input;
    s->r.feed = s->r.drain = piece;
    s->configure = configure_early;
    early_limit = e->limit;
    server_rig_start(s);
    server_rig_run(s);
    if (e->code == HF_OK) {
        server_expect_open(s, name);
        assert_int_equal(s->g->retried, retry);
        server_expect_talk(s, name);
    } else if (retry && e->unasked) { /* known by its type (RFC 8446 4.2.10), and not allowed */
        served_expect_failed(s, HF_E_RECORD_TYPE, 10, 0, name);
    } else {
        served_expect_failed(s, e->code, e->alert, e->detail, name);
    }
    server_rig_free(s);
}

static void test_early_data(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4 * COUNT(EARLY); i++) {
        play_early(&EARLY[i / 4], (i & 1) != 0, (i & 2) != 0);
    }
}

static void corrupt_sealed(puppet *p, puppet_out *record)
{
    (void)p;
    record->corrupt = record->seal;
}

/* Behind a HelloRetryRequest early data are known by their type and over with the second hello;
 * what does not open then was altered (RFC 8446 5.2). */
static void test_early_data_is_over(void **state)
{
    (void)state;
    server_rig *s = server_rig_new();
    s->g->only = HF_TLS13;
    s->g->no_shares = s->g->early = true;
    s->g->psk_count = s->g->early_records = 1;
    s->g->early_len = 100;
    s->r.p->on_record = corrupt_sealed;
    server_rig_start(s);
    server_rig_run(s);
    served_expect_failed(s, HF_E_BAD_RECORD_MAC, 20, 0, "altered behind a retry");
    server_rig_free(s);
}

/* ---- the client's certificates */

static hf_time late(void *ctx)
{
    (void)ctx;
    return (hf_time){.seconds = INT64_C(2600000000), .kind = HF_TIME_EXACT}; /* 2052 */
}

typedef struct shown {
    const char *name;
    hf_code code;
    uint8_t alert;
    const char *chain[5]; /* fixtures; the key is that of "leaf" */
    hf_limits limits;
    uint8_t max_depth;
    uint32_t detail;
    bool late;
} shown;

static void configure_shown(server_rig *s, hf_config *config)
{
    const shown *c = s->ctx;
    puppet *p = s->r.p;
    p->chain_count = 0;
    for (size_t i = 0; i < 5 && c->chain[i] != NULL; i++) {
        p->chain[p->chain_count++] = rig_fixture(&s->r, c->chain[i]);
    }
    config->limits = c->limits;
    config->max_depth = c->max_depth;
    config->clock.now = c->late ? late : config->clock.now;
}

/* The path is right, but the guest has another key. */
#define NOT_HIS HF_E_HANDSHAKE_SIGNATURE, 51

static const shown SHOWN[] = {
    {"right", HF_OK, 0, {"leaf", "int"}},
    {"nothing", HF_E_NO_CLIENT_CERTIFICATE, 116, {NULL}},
    {"for clients", NOT_HIS, {"leaf-clientAuth", "int"}},
    {"for any purpose", NOT_HIS, {"leaf-anyExtendedKeyUsage", "int"}},
    {"for servers", HF_E_CERT_PURPOSE, 43, {"leaf-serverAuth", "int"}},
    {"for code", HF_E_CERT_PURPOSE, 43, {"leaf-codeSigning", "int"}},
    {"not for signing", HF_E_CERT_KEY_USAGE, 43, {"leaf-encipher", "int"}},
    {"critical", HF_E_CERT_CRITICAL, 43, {"leaf-critical", "int"}},
    {"expired", HF_E_CERT_EXPIRED, 45, {"leaf-dates", "int"}, .late = true},
    {"no issuer", HF_E_CERT_UNKNOWN_CA, 48, {"leaf"}},
    {"issuer of another", HF_E_CERT_UNKNOWN_CA, 48, {"leaf", "int-rsa"}},
    {"unknown root", HF_E_CERT_UNKNOWN_CA, 48, {"self"}},
    {"issuer no CA", HF_E_CERT_NOT_CA, 42, {"leaf-int-not-ca", "int-not-ca", "int"}},
    {"two certificates", HF_OK, 0, {"leaf", "int"}, {.certificates = 2}},
    {"two certificates, one allowed",
     HF_E_CERT_UNKNOWN_CA,
     48,
     {"leaf", "int"},
     {.certificates = 1}},
    {"two signatures", HF_OK, 0, {"leaf", "int"}, {.signatures = 2}},
    {"two signatures, one allowed",
     HF_E_CERT_TOO_COSTLY,
     42,
     {"leaf", "int"},
     {.signatures = 1},
     .detail = 1},
    {"four intermediates", NOT_HIS, {"leaf4", "int4", "int3", "int2", "int"}},
    {"four, in any order", NOT_HIS, {"leaf4", "int2", "int", "int4", "int3"}, .max_depth = 4},
    {"four, three allowed",
     HF_E_CERT_TOO_DEEP,
     42,
     {"leaf4", "int4", "int3", "int2", "int"},
     .max_depth = 3,
     .detail = 3},
};

static server_rig *show(const shown *c, uint16_t version)
{
    server_rig *s = server_rig_new();
    s->g->only = version;
    s->auth = HF_CLIENT_AUTH_REQUIRE;
    s->shown = ID_P256;
    s->configure = configure_shown;
    s->ctx = c;
    return s;
}

static void test_certificates(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * COUNT(SHOWN); i++) {
        const shown *c = &SHOWN[i / 2];
        server_rig *s = show(c, VERSIONS[i % 2]);
        server_rig_start(s);
        server_rig_run(s);
        if (c->code == HF_OK) {
            server_expect_open(s, c->name);
        } else {
            served_expect_failed(s, c->code, c->alert, c->detail, c->name);
        }
        server_rig_free(s);
    }
}

/* Each error says what would have fitted up to there; at last it does. */
static void test_slot(void **state)
{
    (void)state;
    static const shown RIGHT = {"slot", HF_OK, 0, {"leaf", "int"}};
    for (size_t i = 0; i < 2; i++) {
        size_t slot = 1800;
        unsigned refused = 0;
        bool open = false;
        while (!open) {
            server_rig *s = show(&RIGHT, VERSIONS[i]);
            s->r.certificate = slot;
            server_rig_start(s);
            server_rig_run(s);
            const hf_error *error = hf_tls_error(&s->r.tls);
            open = error->code == HF_OK;
            if (open) {
                server_expect_open(s, "slot");
            } else {
                assert_true(error->detail > slot);
                slot = error->detail;
                refused++;
            }
            server_rig_free(s);
        }
        server_rig *s = show(&RIGHT, VERSIONS[i]);
        s->r.certificate = slot - 1;
        server_rig_start(s);
        server_rig_run(s);
        served_expect_failed(s, HF_E_CERT_TOO_LARGE, 80, (uint32_t)slot, "a byte too small");
        server_rig_free(s);
        assert_in_range(refused, 1, 4);
    }
}

/* ---- what the client says to prove it */

static void with_certificate(server_rig *s)
{
    s->auth = HF_CLIENT_AUTH_REQUIRE;
    s->shown = ID_P256;
}

#define VERIFY .step = M_CERTIFICATE_VERIFY, .dress = with_certificate
#define SCHEME .kind = SPLICE, .at = 0, .cut = 2
#define WRONG  HF_E_SCHEME, 47

static const served PROOFS[] = {
    {"signature altered", 0, HF_E_HANDSHAKE_SIGNATURE, 51, FLIP, -1, VERIFY},
    {"scheme unknown", 0, WRONG, SCHEME, B(0x5a, 0x5a), VERIFY},
    {"scheme of RSA", 0, WRONG, SCHEME, B(8, 4), VERIFY, .detail = 0x0804},
    {"scheme of SHA-1", 0, WRONG, SCHEME, B(2, 3), VERIFY, .detail = 0x0203},
    {"scheme of another curve", HF_TLS13, WRONG, SCHEME, B(5, 3), VERIFY, .detail = 0x0503},
    {"another hash", HF_TLS12, HF_E_HANDSHAKE_SIGNATURE, 51, SCHEME, B(5, 3), VERIFY},
    {"PKCS#1", 0, WRONG, SCHEME, B(4, 1), VERIFY, .detail = 0x0401},
    {"a byte behind", 0, HF_E_DECODE, 50, SPLICE, 0x7fff, B(0), VERIFY},
    {"empty", 0, HF_E_DECODE, 50, BODY, VERIFY},
    {"Finished altered", 0, HF_E_FINISHED, 51, FLIP, 0, .step = M_FINISHED},
    {"end of Finished altered", 0, HF_E_FINISHED, 51, FLIP, -1, .step = M_FINISHED},
    {"Finished altered behind a certificate", 0, HF_E_FINISHED, 51, FLIP, 5, .step = M_FINISHED,
     .dress = with_certificate},
    {"Finished too long", 0, HF_E_DECODE, 50, SPLICE, 0x7fff, B(0), .step = M_FINISHED},
    {"Finished too short", 0, HF_E_DECODE, 50, SPLICE, -1, 1, .step = M_FINISHED},
    {"Finished empty", 0, HF_E_DECODE, 50, BODY, .step = M_FINISHED},
    {"context in Certificate", HF_TLS13, HF_E_CERTIFICATE_CONTEXT, 47, SPLICE, 0, 1, B(1, 7),
     .step = M_CERTIFICATE, .dress = with_certificate},
    {"Certificate empty", 0, HF_E_DECODE, 50, BODY, .step = M_CERTIFICATE,
     .dress = with_certificate},
    {"Certificate with a byte behind", 0, HF_E_DECODE, 50, SPLICE, 0x7fff, B(0),
     .step = M_CERTIFICATE, .dress = with_certificate},
};

static void test_proofs(void **state)
{
    (void)state;
    served_run_all(PROOFS, COUNT(PROOFS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_early_data),   cmocka_unit_test(test_early_data_is_over),
        cmocka_unit_test(test_certificates), cmocka_unit_test(test_slot),
        cmocka_unit_test(test_proofs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
