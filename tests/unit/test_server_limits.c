/* The server role and hf_config.limits: each one reached exactly, which succeeds, and missed by
 * one, which ends in its error, with the limit as its detail and the right alert.
 * Early data and certificates: test_server_refusals.c.
 */
#include "puppet/served.h"
#include "unit/cmocka_all.h"

#include <stdio.h>
#include <string.h>

static const uint16_t VERSIONS[] = {HF_TLS13, HF_TLS12};

static hf_limits limits_at_work; /* for configure() */

static void configure(server_rig *s, hf_config *config)
{
    (void)s;
    config->limits = limits_at_work;
}

/* ---- before the handshake is complete */

/* What a guest sends until it is done; RSA, since its signatures have always the same length. */
typedef struct cost {
    size_t message, bytes, records, messages;
} cost;

static cost counted;

static bool count_message(puppet *p, int step, puppet_message *m)
{
    (void)p;
    if (step < M_CCS || step == M_SECOND_HELLO) {
        counted.message = m->len > counted.message ? m->len : counted.message;
        counted.messages++;
    }
    return true;
}

static void count_record(puppet *p, puppet_out *record)
{
    (void)p;
    counted.bytes += record->inner == R_HANDSHAKE ? record->len : 0;
    counted.records++;
}

typedef struct plan {
    uint16_t version;
    bool with_certificate, retry, compatible;
} plan;

static server_rig *play(const plan *how, hf_limits limits)
{
    server_rig *s = server_rig_new();
    s->g->only = how->version;
    s->g->no_shares = how->retry;
    s->r.p->compatible = how->compatible;
    s->r.p->change = count_message;
    s->r.p->on_record = count_record;
    s->auth = how->with_certificate ? HF_CLIENT_AUTH_REQUIRE : HF_CLIENT_AUTH_NONE;
    s->shown = how->with_certificate ? ID_RSA : ID_DEFAULT;
    s->configure = configure;
    limits_at_work = limits;
    counted = (cost){0};
    server_rig_start(s);
    server_rig_run(s);
    return s;
}

static void expect_limit(const plan *how, const char *what, hf_limits exact, hf_limits small,
                         hf_code code, uint8_t alert, size_t limit)
{
    char name[100];
    (void)snprintf(name, sizeof name, "%x, %s %zu, certificate %d, retry %d", how->version, what,
                   limit, how->with_certificate, how->retry);
    server_rig *s = play(how, exact);
    server_expect_open(s, name);
    server_rig_free(s);
    s = play(how, small);
    served_expect_failed(s, code, alert, (uint32_t)limit - 1, name);
    server_rig_free(s);
}

static const plan PLAYS[] = {
    {.version = HF_TLS13},
    {.version = HF_TLS13, .retry = true},
    {.version = HF_TLS13, .with_certificate = true},
    {.version = HF_TLS13, .retry = true, .with_certificate = true, .compatible = true},
    {.version = HF_TLS12},
    {.version = HF_TLS12, .with_certificate = true},
};

static void test_handshake(void **state)
{
    (void)state;
    static const size_t MESSAGES[COUNT(PLAYS)] = {2, 3, 4, 5, 3, 5};
    for (size_t i = 0; i < COUNT(PLAYS); i++) {
        const plan *how = &PLAYS[i];
        server_rig *s = play(how, (hf_limits){0});
        server_expect_open(s, "counting");
        server_rig_free(s);
        const cost c = counted;
        assert_int_equal(c.messages, MESSAGES[i]);
        expect_limit(how, "message", (hf_limits){.message = (uint32_t)c.message},
                     (hf_limits){.message = (uint32_t)c.message - 1}, HF_E_MESSAGE_OVER_LIMIT, 47,
                     c.message);
        expect_limit(how, "bytes", (hf_limits){.bytes = (uint32_t)c.bytes},
                     (hf_limits){.bytes = (uint32_t)c.bytes - 1}, HF_E_HANDSHAKE_LIMIT, 10,
                     c.bytes);
        expect_limit(how, "records", (hf_limits){.records = (uint16_t)c.records},
                     (hf_limits){.records = (uint16_t)(c.records - 1)}, HF_E_HANDSHAKE_LIMIT, 10,
                     c.records);
        expect_limit(how, "messages", (hf_limits){.messages = (uint16_t)c.messages},
                     (hf_limits){.messages = (uint16_t)(c.messages - 1)}, HF_E_HANDSHAKE_LIMIT, 10,
                     c.messages);
    }
}

/* A length that nobody has sent yet is refused by its header. */
static void test_announced(void **state)
{
    (void)state;
    static const uint8_t HEADER[] = {1, 1, 0, 1};
    server_rig *s = server_rig_new();
    s->r.p->mute = true;
    server_rig_start(s);
    s->r.p->mute = false;
    puppet_plain(s->r.p, R_HANDSHAKE, HEADER, sizeof HEADER);
    server_rig_run(s);
    served_expect_failed(s, HF_E_MESSAGE_TOO_LARGE, 80, 0, "header alone");
    assert_in_range(hf_tls_error(&s->r.tls)->detail, 0x10001, 0x10100);
    server_rig_free(s);
}

/* ---- after it */

static void update(puppet *p)
{
    puppet_update(p, 0);
}

static void hello_again(puppet *p)
{
    guest_renegotiate((guest *)(void *)p);
}

static void nothing(puppet *p)
{
    puppet_record(p, R_DATA, (const uint8_t *)"", 0);
}

static void data(puppet *p)
{
    puppet_record(p, R_DATA, (const uint8_t *)"x", 1);
}

static void user_canceled(puppet *p)
{
    puppet_alert(p, 1, 90);
}

typedef struct after {
    const char *name;
    uint16_t version; /* 0: both */
    hf_limits limits;
    unsigned most; /* so many go well */
    void (*say)(puppet *p);
    bool reset; /* data between begin a new count */
    hf_code code;
    bool has_detail;
} after;

static const after AFTER[] = {
    {"later, KeyUpdates", HF_TLS13, {.later = 3}, 3, update, true, HF_E_TOO_MANY_MESSAGES, true},
    {"later, one", HF_TLS13, {.later = 1}, 1, update, true, HF_E_TOO_MANY_MESSAGES, true},
    {"KeyUpdates", HF_TLS13, {.key_updates = 2}, 2, update, true, HF_E_TOO_MANY_MESSAGES, true},
    {"KeyUpdates, default", HF_TLS13, {0}, 32, update, true, HF_E_TOO_MANY_MESSAGES, true},
    {"later, hellos", HF_TLS12, {.later = 3}, 3, hello_again, true, HF_E_TOO_MANY_MESSAGES, true},
    {"empty", 0, {.empty = 3}, 3, nothing, true, HF_E_TOO_MANY_RECORDS, false},
    {"empty, default", 0, {0}, 32, nothing, true, HF_E_TOO_MANY_RECORDS, false},
    {"warnings", 0, {.warnings = 2}, 2, user_canceled, false, HF_E_TOO_MANY_RECORDS, false},
    {"warnings, default", 0, {0}, 4, user_canceled, false, HF_E_TOO_MANY_RECORDS, false},
};

/* Refusals of another handshake are alerts, too: no_renegotiation, a warning. */
static void expect_refused(server_rig *s, const after *a, unsigned warned)
{
    puppet *p = s->r.p;
    assert_int_equal(p->alerts, warned + 1);
    p->alerts -= warned;
    served_expect_failed(s, a->code, 10, a->has_detail ? a->most : 0, a->name);
}

static void play_after(const after *a, uint16_t version, bool reset)
{
    const plan how = {.version = version};
    server_rig *s = play(&how, a->limits);
    server_expect_open(s, a->name);
    for (unsigned i = 0; i < a->most * (reset ? 2 : 1); i++) {
        if (reset && i == a->most) {
            data(s->r.p);
        }
        a->say(s->r.p);
        server_rig_run(s);
        assert_int_equal(hf_tls_wants(&s->r.tls) & HF_IS_FAILED, 0);
    }
    unsigned warned = s->r.p->alerts;
    assert_int_equal(warned > 0, a->say == hello_again);
    a->say(s->r.p);
    server_rig_run(s);
    expect_refused(s, a, warned);
    server_rig_free(s);
}

static void test_after(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * COUNT(AFTER); i++) {
        const after *a = &AFTER[i / 2];
        uint16_t version = VERSIONS[i % 2];
        if (a->version == 0 || a->version == version) {
            play_after(a, version, false);
        }
        if (a->reset && (a->version == 0 || a->version == version)) {
            play_after(a, version, true);
        }
    }
}

/* RFC 8446 D.4 allows one change_cipher_spec; 32 are dropped. */
static void test_dropped_ccs(void **state)
{
    (void)state;
    for (unsigned more = 32; more < 34; more++) {
        server_rig *s = server_rig_new();
        s->g->only = HF_TLS13;
        server_rig_start(s);
        for (unsigned i = 0; i < more; i++) {
            puppet_plain(s->r.p, R_CCS, (const uint8_t *)"\1", 1);
        }
        server_rig_run(s);
        if (more == 32) {
            server_expect_open(s, "32 dropped");
        } else {
            served_expect_failed(s, HF_E_TOO_MANY_RECORDS, 10, 0, "33 dropped");
        }
        server_rig_free(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_handshake),
        cmocka_unit_test(test_announced),
        cmocka_unit_test(test_after),
        cmocka_unit_test(test_dropped_ccs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
