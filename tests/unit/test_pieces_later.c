/* Records larger than the input buffer after the handshake (TLS 1.3): tickets, alerts and
 * KeyUpdates are read, application data are refused with the size that would do. */
#include "puppet/rig.h"
#include "unit/cmocka_all.h"
#include "unit/needs.h"

#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static void corrupt_all(puppet *p, puppet_out *record)
{
    (void)p;
    record->corrupt = record->seal;
}

static rig *opened(size_t input, size_t feed)
{
    rig *r = rig_new();
    r->input = input;
    r->feed = feed;
    rig_start(r);
    rig_run(r);
    rig_expect_open(r, "before");
    return r;
}

static void expect_data_flows(rig *r, const char *name)
{
    size_t before = r->data_len;
    r->p->pad = 0;
    puppet_record(r->p, R_DATA, (const uint8_t *)"on we go", 8);
    rig_run(r);
    rig_expect_open(r, name);
    assert_int_equal(r->data_len, before + 8);
    assert_memory_equal(r->data + before, "on we go", 8);
}

static void test_tickets(void **state)
{
    (void)state;
    needs_pieces();
    static const size_t SIZES[] = {1, 200, 466, 467, 468, 700, 2000, 16300, 16384, 40000, 65535};
    static const size_t INPUTS[] = {512, 1024, 0};
    static const size_t CUTS[] = {0, 100, 600};
    for (size_t i = 0; i < COUNT(SIZES); i++) {
        for (size_t k = 0; k < COUNT(INPUTS); k++) {
            for (size_t c = 0; c < COUNT(CUTS); c++) {
                rig *r = opened(INPUTS[k], (i + k + c) % 2);
                r->p->cut = CUTS[c];
                r->p->pad = c == 1 && SIZES[i] < 20000 ? 900 : 0;
                puppet_ticket(r->p, SIZES[i]);
                puppet_ticket(r->p, 40);
                rig_run(r);
                expect_data_flows(r, "ticket");
                rig_free(r);
            }
        }
    }
}

static void test_bad_tickets(void **state)
{
    (void)state;
    needs_pieces();
    static const struct {
        const char *name;
        uint8_t bytes[24];
        uint8_t len;
        hf_code code;
    } CASES[] = {
        {"good", {0, 0, 1, 0, 1, 2, 3, 4, 1, 9, 0, 1, 7, 0, 0}, 15, HF_OK},
        {"no nonce", {0, 0, 1, 0, 1, 2, 3, 4, 0, 0, 1, 7, 0, 0}, 14, HF_OK},
        {"extension", {0, 0, 1, 0, 1, 2, 3, 4, 0, 0, 1, 7, 0, 4, 0x5a, 0x5a, 0, 0}, 18, HF_OK},
        {"empty", {0}, 0, HF_E_DECODE},
        {"no ticket", {0, 0, 1, 0, 1, 2, 3, 4, 0, 0, 0, 0, 0}, 13, HF_E_DECODE},
        {"no extensions", {0, 0, 1, 0, 1, 2, 3, 4, 0, 0, 1, 7}, 12, HF_E_DECODE},
        {"a rest", {0, 0, 1, 0, 1, 2, 3, 4, 0, 0, 1, 7, 0, 0, 0}, 15, HF_E_DECODE},
        {"ticket too long", {0, 0, 1, 0, 1, 2, 3, 4, 0, 0, 9, 7, 0, 0}, 14, HF_E_DECODE},
        {"nonce too long", {0, 0, 1, 0, 1, 2, 3, 4, 9, 0, 1, 7, 0, 0}, 14, HF_E_DECODE},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        for (unsigned pieces = 0; pieces < 2; pieces++) {
            rig *r = opened(512, pieces);
            r->p->pad = pieces * 700;
            puppet_content(r->p, (const uint8_t[]){M_NEW_SESSION_TICKET, 0, 0, CASES[i].len}, 4);
            puppet_content(r->p, CASES[i].bytes, CASES[i].len);
            puppet_flush(r->p);
            rig_run(r);
            if (CASES[i].code == HF_OK) {
                expect_data_flows(r, CASES[i].name);
            } else {
                rig_expect_failed(r, CASES[i].code, CASES[i].name);
                assert_int_equal(hf_tls_error(&r->tls)->step, M_NEW_SESSION_TICKET);
            }
            rig_free(r);
        }
    }
}

/* Data that do not fit: the error says which buffer would have done, and it does. */
static void play_large_data(size_t len, size_t pad, uint8_t first, bool corrupt)
{
    static uint8_t data[16384];
    memset(data, 0, sizeof data);
    data[0] = first; /* may look like a handshake message */
    data[len - 1] = 0;
    size_t input = 512;
    for (unsigned round = 0; round < 2; round++) {
        rig *r = opened(input, 0);
        r->p->pad = pad;
        r->p->on_record = corrupt ? corrupt_all : NULL;
        puppet_record(r->p, R_DATA, data, len);
        rig_run(r);
        if (corrupt) {
            rig_expect_failed(r, HF_E_BAD_RECORD_MAC, "large data, bad tag");
            rig_free(r);
            return;
        }
        if (round == 0) {
            rig_expect_failed(r, HF_E_RECORD_TOO_LARGE, "large data");
            assert_int_equal(hf_tls_error(&r->tls)->step, HF_STEP_NONE);
            assert_int_equal(hf_tls_error(&r->tls)->detail, 5 + len + 1 + pad + 16);
            assert_int_equal(r->data_len, 0);
            input = hf_tls_error(&r->tls)->detail;
        } else {
            rig_expect_open(r, "large data in the buffer that was named");
            assert_int_equal(r->data_len, len);
            assert_memory_equal(r->data, data, len);
        }
        rig_free(r);
    }
}

static void test_large_data(void **state)
{
    (void)state;
    needs_pieces();
    static const uint8_t FIRST[] = {'x', 0, M_NEW_SESSION_TICKET, M_KEY_UPDATE, M_FINISHED};
    for (size_t i = 0; i < COUNT(FIRST); i++) {
        play_large_data(491, 0, FIRST[i], false); /* one byte more than fits */
        play_large_data(491, 0, FIRST[i], true);
        play_large_data(3000, 77, FIRST[i], false);
        play_large_data(16384, 0, FIRST[i], false);
        play_large_data(16384, 0, FIRST[i], true);
    }
    rig *r = opened(512, 0);
    static const uint8_t FITS[490] = {1};
    puppet_record(r->p, R_DATA, FITS, sizeof FITS);
    rig_run(r);
    assert_int_equal(r->data_len, sizeof FITS);
    rig_free(r);
}

static void test_large_alerts(void **state)
{
    (void)state;
    needs_pieces();
    for (size_t feed = 0; feed < 2; feed++) {
        rig *r = opened(512, feed);
        r->p->pad = 700;
        puppet_alert(r->p, 2, 49);
        rig_run(r);
        assert_int_equal(hf_tls_error(&r->tls)->code, HF_E_ALERT);
        assert_int_equal(hf_tls_error(&r->tls)->alert, 49);
        assert_int_equal(hf_tls_error(&r->tls)->alert_by, HF_ALERT_RECEIVED);
        assert_int_equal(hf_tls_error(&r->tls)->step, HF_STEP_NONE);
        assert_int_equal(r->p->alerts, 0);
        rig_free(r);

        r = opened(512, feed);
        r->p->pad = 700;
        puppet_alert(r->p, 1, 90); /* user_canceled, close_notify */
        puppet_alert(r->p, 1, 0);
        rig_run(r);
        assert_int_equal(hf_tls_wants(&r->tls) & (HF_IS_CLOSED | HF_IS_FAILED), HF_IS_CLOSED);
        rig_free(r);

        r = opened(512, feed);
        r->p->pad = 700;
        puppet_record(r->p, R_ALERT, (const uint8_t[]){2, 40, 2}, 3);
        rig_run(r);
        rig_expect_failed(r, HF_E_ALERT_SYNTAX, "three bytes");
        rig_free(r);

        r = opened(512, feed);
        r->p->pad = 700;
        puppet_record(r->p, R_ALERT, (const uint8_t[]){2}, 1);
        rig_run(r);
        rig_expect_failed(r, HF_E_ALERT_SYNTAX, "one byte");
        rig_free(r);

        r = opened(512, feed);
        r->p->pad = 700;
        r->p->on_record = corrupt_all;
        puppet_alert(r->p, 2, 49);
        rig_run(r);
        rig_expect_failed(r, HF_E_BAD_RECORD_MAC, "alert with a bad tag");
        rig_free(r);
    }
}

static void test_large_key_update(void **state)
{
    (void)state;
    needs_pieces();
    for (size_t feed = 0; feed < 2; feed++) {
        for (uint8_t request = 0; request < 2; request++) {
            rig *r = opened(512, feed);
            r->p->pad = 1200;
            puppet_update(r->p, request);
            rig_run(r);
            expect_data_flows(r, "large KeyUpdate");
            assert_int_equal(r->p->updates, request);
            rig_free(r);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tickets),          cmocka_unit_test(test_bad_tickets),
        cmocka_unit_test(test_large_data),       cmocka_unit_test(test_large_alerts),
        cmocka_unit_test(test_large_key_update),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
