/* Ends of a connection: close_notify, truncation, fatal alerts and warnings at every stage, in both
 * versions (RFC 8446 6, RFC 5246 7.2). */
#include "puppet/injection.h"
#include "unit/cmocka_all.h"

#include <stdio.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static const int STAGES13[] = {M_SERVER_HELLO, M_ENCRYPTED_EXTENSIONS, M_CERTIFICATE_REQUEST,
                               M_CERTIFICATE,  M_CERTIFICATE_VERIFY,   M_FINISHED,
                               M_AFTER};
static const int STAGES12[] = {M_SERVER_HELLO,
                               M_CERTIFICATE,
                               M_SERVER_KEY_EXCHANGE,
                               M_CERTIFICATE_REQUEST,
                               M_SERVER_HELLO_DONE,
                               M_CCS,
                               M_FINISHED,
                               M_AFTER};

typedef void each_stage(uint16_t version, int stage, uint8_t before, size_t piece);

/* `before`: the message handled last, as error.step says it. */
static void at_every_stage(each_stage *run)
{
    static const uint8_t BEFORE13[] = {
        M_CLIENT_HELLO,        M_SERVER_HELLO, M_ENCRYPTED_EXTENSIONS,
        M_CERTIFICATE_REQUEST, M_CERTIFICATE,  M_CERTIFICATE_VERIFY,
        HF_STEP_NONE};
    static const uint8_t BEFORE12[] = {
        M_CLIENT_HELLO,        M_SERVER_HELLO, M_CERTIFICATE, M_SERVER_KEY_EXCHANGE,
        M_CERTIFICATE_REQUEST, M_FINISHED,     M_FINISHED,    HF_STEP_NONE};
    for (size_t piece = 0; piece < 2; piece++) {
        for (size_t i = 0; i < COUNT(STAGES13); i++) {
            run(HF_TLS13, STAGES13[i], BEFORE13[i], piece);
        }
        for (size_t i = 0; i < COUNT(STAGES12); i++) {
            run(HF_TLS12, STAGES12[i], BEFORE12[i], piece);
        }
    }
}

static rig *play(uint16_t version, int stage, void (*act)(puppet *p), int arg, size_t piece,
                 bool ends)
{
    const injection c = {.name = "stage",
                         .version = version,
                         .step = stage,
                         .act = act,
                         .stop = true,
                         .arg = arg,
                         .request = true,
                         .identity = true,
                         .ended = ends ? HF_E_TRUNCATED : HF_OK};
    return injection_play(&c, piece);
}

static void expect_error(const rig *r, hf_code code, hf_alert_by by, uint8_t alert, uint8_t step)
{
    const hf_error *error = hf_tls_error(&r->tls);
    if (error->code != code || error->alert_by != by || error->step != step ||
        (by != HF_ALERT_NONE && error->alert != alert) || error->stage != HF_STAGE_TLS) {
        fail_msg("%s, alert %u by %u, step %u, stage %u; expected %s, %u by %u, %u",
                 hf_error_name((hf_code)error->code), error->alert, error->alert_by, error->step,
                 error->stage, hf_error_name(code), alert, by, step);
    }
}

/* ---- fatal alerts */

static void say_alert(puppet *p)
{
    puppet_alert(p, (uint8_t)(p->arg >> 8), (uint8_t)p->arg);
}

static void fatal_at(uint16_t version, int stage, uint8_t before, size_t piece)
{
    static const uint8_t ALERTS[] = {40, 48, 80, 116, 255};
    for (size_t i = 0; i < COUNT(ALERTS); i++) {
        rig *r = play(version, stage, say_alert, 2 << 8 | ALERTS[i], piece, true);
        expect_error(r, HF_E_ALERT, HF_ALERT_RECEIVED, ALERTS[i], before);
        assert_int_equal(r->p->alerts, 0); /* RFC 8446 6.2: no alert answers an alert */
        assert_int_equal(r->ended, HF_E_ALERT);
        assert_int_equal(hf_tls_wants(&r->tls) & HF_WANT_INPUT, 0);
        rig_free(r);
    }
}

static void test_fatal_alerts(void **state)
{
    (void)state;
    at_every_stage(fatal_at);
}

/* RFC 8446 6: in 1.3 every alert but two is fatal, whatever its level says. */
static void test_levels(void **state)
{
    (void)state;
    rig *r = play(HF_TLS13, M_AFTER, say_alert, 1 << 8 | 40, 0, false);
    expect_error(r, HF_E_ALERT, HF_ALERT_RECEIVED, 40, HF_STEP_NONE);
    rig_free(r);
    r = play(HF_TLS13, M_AFTER, say_alert, 3 << 8 | 40, 0, false);
    expect_error(r, HF_E_ALERT, HF_ALERT_RECEIVED, 40, HF_STEP_NONE);
    rig_free(r);
    r = play(HF_TLS12, M_AFTER, say_alert, 3 << 8 | 40, 0, false);
    rig_expect_failed(r, HF_E_ALERT_SYNTAX, "level 3");
    rig_free(r);
    r = play(HF_TLS12, M_AFTER, say_alert, 2 << 8 | 90, 0, false);
    expect_error(r, HF_E_ALERT, HF_ALERT_RECEIVED, 90, HF_STEP_NONE);
    rig_free(r);
}

static void say_split(puppet *p)
{
    puppet_record(p, R_ALERT, (const uint8_t[]){2}, 1);
    puppet_record(p, R_ALERT, (const uint8_t[]){40}, 1);
}

static void say_joined(puppet *p)
{
    puppet_record(p, R_ALERT, (const uint8_t[]){1, 90, 2, 40}, 4);
}

static void form_at(uint16_t version, int stage, uint8_t before, size_t piece)
{
    (void)before;
    rig *r = play(version, stage, say_split, 0, piece, false);
    rig_expect_failed(r, HF_E_ALERT_SYNTAX, "split alert");
    rig_free(r);
    r = play(version, stage, say_joined, 0, piece, false);
    rig_expect_failed(r, HF_E_ALERT_SYNTAX, "joined alerts");
    rig_free(r);
}

static void test_alert_form(void **state)
{
    (void)state;
    at_every_stage(form_at);
}

/* ---- warnings */

static void say_warnings(puppet *p)
{
    for (int i = 0; i < p->arg >> 8; i++) {
        puppet_alert(p, 1, (uint8_t)p->arg);
    }
}

static void warnings_at(uint16_t version, int stage, uint8_t before, size_t piece)
{
    (void)before;
    injection c = {.name = "a warning",
                   .version = version,
                   .step = stage,
                   .act = say_warnings,
                   .arg = 4 << 8 | 90,
                   .request = true,
                   .identity = true};
    rig *r = injection_play(&c, piece);
    rig_expect_open(r, "four warnings");
    assert_int_equal(r->p->alerts, 0);
    rig_free(r);
    c.arg = 5 << 8 | 90;
    c.stop = true;
    r = injection_play(&c, piece);
    rig_expect_failed(r, HF_E_TOO_MANY_RECORDS, "five warnings");
    rig_free(r);
}

static void test_warnings(void **state)
{
    (void)state;
    at_every_stage(warnings_at);
}

/* ---- close_notify and the end of the transport */

static void say_close(puppet *p)
{
    puppet_alert(p, 1, 0);
}

static void close_at(uint16_t version, int stage, uint8_t before, size_t piece)
{
    rig *r = play(version, stage, say_close, 0, piece, true);
    if (stage == M_AFTER) {
        assert_int_equal(hf_tls_wants(&r->tls) & (HF_IS_CLOSED | HF_IS_FAILED), HF_IS_CLOSED);
        assert_int_equal(r->ended, HF_OK);
        assert_int_equal(hf_tls_error(&r->tls)->code, HF_OK);
    } else {
        expect_error(r, HF_E_CLOSED_IN_HANDSHAKE, HF_ALERT_RECEIVED, 0, before);
        assert_int_equal(r->ended, HF_E_CLOSED_IN_HANDSHAKE);
    }
    /* RFC 5246 7.2.1: TLS 1.2 answers at once; in 1.3 our side stays open. */
    assert_int_equal(r->p->alerts, stage == M_AFTER && version == HF_TLS12 ? 1 : 0);
    assert_int_equal(r->p->alert, 0);
    rig_free(r);
}

static void say_nothing(puppet *p)
{
    (void)p;
}

static void end_at(uint16_t version, int stage, uint8_t before, size_t piece)
{
    rig *r = play(version, stage, say_nothing, 0, piece, true);
    hf_code code = stage == M_AFTER ? HF_E_TRUNCATED : HF_E_CLOSED_IN_HANDSHAKE;
    expect_error(r, code, HF_ALERT_NONE, 0, before);
    assert_int_equal(r->ended, code);
    assert_int_equal(hf_tls_input_end(&r->tls), code); /* said again, it stays the same */
    rig_free(r);
}

/* In the middle of a record. */
static void say_part(puppet *p)
{
    uint8_t type = p->tx.active && p->wire13 ? R_DATA : R_HANDSHAKE;
    puppet_raw(p, (const uint8_t[]){type, 3, 3, 0, 90, 1, 2, 3}, (size_t)p->arg);
}

static void part_at(uint16_t version, int stage, uint8_t before, size_t piece)
{
    static const int LENS[] = {1, 4, 5, 8};
    for (size_t i = 0; i < COUNT(LENS); i++) {
        rig *r = play(version, stage, say_part, LENS[i], piece, true);
        hf_code code = stage == M_AFTER ? HF_E_TRUNCATED : HF_E_CLOSED_IN_HANDSHAKE;
        expect_error(r, code, HF_ALERT_NONE, 0, before);
        rig_free(r);
    }
}

static void test_ends(void **state)
{
    (void)state;
    at_every_stage(close_at);
    at_every_stage(end_at);
    at_every_stage(part_at);
}

/* ---- data around a close */

static rig *opened(uint16_t version)
{
    rig *r = rig_new();
    r->p->version = version;
    rig_start(r);
    rig_run(r);
    rig_expect_open(r, "before");
    return r;
}

static void test_data_before_close(void **state)
{
    (void)state;
    static const uint16_t VERSIONS[] = {HF_TLS13, HF_TLS12};
    for (size_t v = 0; v < 2; v++) {
        rig *r = opened(VERSIONS[v]);
        puppet_record(r->p, R_DATA, (const uint8_t *)"last", 4);
        say_close(r->p);
        puppet_record(r->p, R_DATA, (const uint8_t *)"late", 4);
        puppet_raw(r->p, (const uint8_t *)"garbage", 7);
        rig_run(r);
        assert_int_equal(r->data_len, 4); /* what comes behind close_notify is ignored */
        assert_int_equal(hf_tls_input_end(&r->tls), HF_OK);
        assert_int_equal(hf_tls_wants(&r->tls) & (HF_IS_CLOSED | HF_IS_FAILED), HF_IS_CLOSED);
        /* our direction is open still (RFC 8446 6.1) */
        assert_int_equal(hf_tls_error(&r->tls)->code, HF_OK);
        rig_free(r);
    }
}

static void test_own_close(void **state)
{
    (void)state;
    static const uint16_t VERSIONS[] = {HF_TLS13, HF_TLS12};
    for (size_t v = 0; v < 2; v++) {
        rig *r = opened(VERSIONS[v]);
        assert_int_equal(hf_tls_close(&r->tls), HF_OK);
        assert_int_equal(hf_tls_close(&r->tls), HF_OK);
        rig_run(r);
        assert_int_equal(r->p->alerts, 1);
        assert_int_equal(r->p->alert_level << 8 | r->p->alert, 1 << 8);
        assert_false(rig_send(r, "x", 1));
        puppet_record(r->p, R_DATA, (const uint8_t *)"still", 5);
        rig_run(r);
        assert_int_equal(r->data_len, 5);
        /* RFC 8446 6.1: nothing may follow our close_notify, not even answers */
        unsigned records = r->p->records;
        if (VERSIONS[v] == HF_TLS13) {
            puppet_update(r->p, 1);
        } else {
            puppet_content(r->p, (const uint8_t[]){M_HELLO_REQUEST, 0, 0, 0}, 4);
            puppet_flush(r->p);
        }
        puppet_record(r->p, R_DATA, (const uint8_t *)"more", 4);
        rig_run(r);
        assert_int_equal(r->data_len, 9);
        assert_int_equal(r->p->records, records);
        puppet_record(r->p, 99, (const uint8_t *)"?", 1); /* an error sends no alert any more */
        rig_run(r);
        assert_true((hf_tls_wants(&r->tls) & HF_IS_FAILED) != 0);
        assert_int_equal(r->p->records, records);
        rig_free(r);
    }
}

/* Closing before the handshake is over: RFC 8446 6.1 allows it. */
static void test_close_in_handshake(void **state)
{
    (void)state;
    rig *r = rig_new();
    rig_start(r);
    assert_int_equal(hf_tls_close(&r->tls), HF_OK);
    size_t len = 0;
    const uint8_t *bytes = hf_tls_output(&r->tls, &len);
    assert_non_null(bytes);
    puppet_receive(r->p, bytes, len);
    hf_tls_output_done(&r->tls, len);
    assert_int_equal(r->p->alerts, 1);
    assert_int_equal(r->p->alert, 0);
    r->p->mute = true;
    rig_run(r);
    assert_int_equal(r->p->records, 1); /* no ClientHello behind it */
    rig_free(r);
}

/* An alert that has arrived wins over what happens to the transport afterwards. */
static void test_alert_wins(void **state)
{
    (void)state;
    rig *r = opened(HF_TLS13);
    puppet_alert(r->p, 2, 44);
    rig_run(r);
    assert_int_equal(hf_tls_input_end(&r->tls), HF_E_ALERT);
    assert_int_equal(hf_tls_run(&r->tls), HF_E_ALERT);
    expect_error(r, HF_E_ALERT, HF_ALERT_RECEIVED, 44, HF_STEP_NONE);
    size_t room = 1;
    assert_null(hf_tls_room(&r->tls, &room));
    assert_int_equal(room, 0);
    assert_null(hf_tls_input(&r->tls, &room));
    assert_int_equal(hf_tls_input_done(&r->tls, 0), HF_E_USAGE);
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fatal_alerts), cmocka_unit_test(test_levels),
        cmocka_unit_test(test_alert_form),   cmocka_unit_test(test_warnings),
        cmocka_unit_test(test_ends),         cmocka_unit_test(test_data_before_close),
        cmocka_unit_test(test_own_close),    cmocka_unit_test(test_close_in_handshake),
        cmocka_unit_test(test_alert_wins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
