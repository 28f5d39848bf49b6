/* Keys that change and end: KeyUpdate in both directions, key limits, explicit nonces, HelloRequest
 * (RFC 8446 4.6.3, 5.5; RFC 5246 7.4.1.1; RFC 9325 3.5, 4.4, 7.2.1). */
#include "puppet/rig.h"
#include "unit/cmocka_all.h"

#include <stdio.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static rig *opened_with(uint16_t version, uint32_t limit, size_t feed, uint16_t suite)
{
    rig *r = rig_new();
    r->p->version = version;
    r->p->suite = suite;
    r->feed = r->drain = feed;
    r->key_limit = limit;
    rig_start(r);
    rig_run(r);
    rig_expect_open(r, "before");
    return r;
}

static rig *opened(uint16_t version, size_t feed)
{
    return opened_with(version, 0, feed, 0);
}

/* Data in both directions. */
static void talk(rig *r)
{
    size_t sent = r->p->data_len;
    size_t got = r->data_len;
    assert_true(rig_send(r, "to the server", 13));
    puppet_record(r->p, R_DATA, (const uint8_t *)"to the client", 13);
    rig_run(r);
    rig_expect_open(r, "talk");
    assert_int_equal(r->p->data_len, sent + 13);
    assert_memory_equal(r->p->data + sent, "to the server", 13);
    assert_int_equal(r->data_len, got + 13);
    assert_memory_equal(r->data + got, "to the client", 13);
}

static void test_update_of_the_peer(void **state)
{
    (void)state;
    for (size_t feed = 0; feed < 2; feed++) {
        rig *r = opened(HF_TLS13, feed);
        puppet_update(r->p, 0);
        rig_run(r);
        assert_int_equal(r->p->updates, 0);
        talk(r);
        puppet_update(r->p, 1);
        rig_run(r);
        assert_int_equal(r->p->updates, 1);
        assert_int_equal(r->p->updates_asking, 0); /* an answer asks for none */
        talk(r);
        puppet_update(r->p, 1);
        puppet_update(r->p, 0);
        puppet_record(r->p, R_DATA, (const uint8_t *)"!", 1);
        rig_run(r);
        talk(r);
        assert_int_equal(r->p->updates, 2);
        rig_free(r);
    }
}

/* A burst is answered, at least once and at most as often; before the next data. */
static void test_burst(void **state)
{
    (void)state;
    for (size_t feed = 0; feed < 2; feed++) {
        rig *r = opened(HF_TLS13, feed);
        r->lazy = true;
        for (unsigned i = 0; i < 32; i++) {
            puppet_update(r->p, 1);
        }
        rig_run(r);
        rig_expect_open(r, "burst");
        assert_in_range(r->p->updates, 1, 32);
        r->lazy = false;
        talk(r);
        rig_free(r);
    }
}

static void test_too_many(void **state)
{
    (void)state;
    rig *r = opened(HF_TLS13, 0);
    for (unsigned i = 0; i < 32; i++) {
        puppet_update(r->p, 0);
    }
    rig_run(r);
    talk(r); /* data begin the count anew */
    for (unsigned i = 0; i < 33; i++) {
        puppet_update(r->p, 0);
    }
    rig_run(r);
    rig_expect_failed(r, HF_E_TOO_MANY_MESSAGES, "33 KeyUpdates");
    assert_int_equal(hf_tls_error(&r->tls)->detail, 32);
    rig_free(r);
    r = opened(HF_TLS13, 0);
    for (unsigned i = 0; i < 129; i++) {
        puppet_ticket(r->p, 10);
    }
    rig_run(r);
    rig_expect_failed(r, HF_E_TOO_MANY_MESSAGES, "129 tickets");
    rig_free(r);
    r = opened(HF_TLS12, 0);
    for (unsigned i = 0; i < 129; i++) {
        puppet_content(r->p, (const uint8_t[]){M_HELLO_REQUEST, 0, 0, 0}, 4);
        puppet_flush(r->p);
    }
    rig_run(r);
    assert_int_equal(hf_tls_error(&r->tls)->code, HF_E_TOO_MANY_MESSAGES);
    rig_free(r);
}

static void test_bad_updates(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint8_t bytes[8];
        uint8_t len;
        hf_code code;
    } CASES[] = {
        {"value 2", {M_KEY_UPDATE, 0, 0, 1, 2}, 5, HF_E_KEY_UPDATE},
        {"value 255", {M_KEY_UPDATE, 0, 0, 1, 255}, 5, HF_E_KEY_UPDATE},
        {"empty", {M_KEY_UPDATE, 0, 0, 0}, 4, HF_E_DECODE},
        {"two bytes", {M_KEY_UPDATE, 0, 0, 2, 0, 0}, 6, HF_E_DECODE},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        for (size_t feed = 0; feed < 2; feed++) {
            rig *r = opened(HF_TLS13, feed);
            puppet_content(r->p, CASES[i].bytes, CASES[i].len);
            puppet_flush(r->p);
            rig_run(r);
            rig_expect_failed(r, CASES[i].code, CASES[i].name);
            assert_int_equal(hf_tls_error(&r->tls)->step, M_KEY_UPDATE);
            rig_free(r);
        }
    }
    rig *r = opened(HF_TLS13, 0); /* the old keys after an update */
    puppet_content(r->p, (const uint8_t[]){M_KEY_UPDATE, 0, 0, 1, 0}, 5);
    puppet_flush(r->p);
    puppet_record(r->p, R_DATA, (const uint8_t *)"old", 3);
    rig_run(r);
    rig_expect_failed(r, HF_E_BAD_RECORD_MAC, "old keys");
    assert_int_equal(r->data_len, 0);
    rig_free(r);
}

static void test_own_update(void **state)
{
    (void)state;
    for (size_t feed = 0; feed < 2; feed++) {
        rig *r = opened(HF_TLS13, feed);
        assert_int_equal(hf_tls_update_keys(&r->tls, false), HF_OK);
        rig_run(r);
        assert_int_equal(r->p->updates, 1);
        assert_int_equal(r->p->updates_asking, 0);
        talk(r);
        assert_int_equal(hf_tls_update_keys(&r->tls, true), HF_OK);
        assert_int_equal(hf_tls_update_keys(&r->tls, true), HF_OK);
        rig_run(r);
        assert_int_equal(r->p->updates_asking, 1); /* RFC 9846: one open request */
        talk(r);
        puppet_update(r->p, 1); /* crosses ours: theirs wants an answer, ours has one now */
        rig_run(r);
        talk(r);
        assert_int_equal(hf_tls_update_keys(&r->tls, true), HF_OK);
        rig_run(r);
        assert_int_equal(r->p->updates_asking, 2);
        talk(r);
        rig_free(r);
    }
    rig *r = opened(HF_TLS12, 0);
    assert_int_equal(hf_tls_update_keys(&r->tls, false), HF_E_USAGE);
    talk(r);
    assert_int_equal(hf_tls_close(&r->tls), HF_OK);
    rig_free(r);
    r = opened(HF_TLS13, 0);
    assert_int_equal(hf_tls_close(&r->tls), HF_OK);
    assert_int_equal(hf_tls_update_keys(&r->tls, false), HF_E_USAGE);
    rig_free(r);
    r = rig_new();
    rig_start(r);
    assert_int_equal(hf_tls_update_keys(&r->tls, false), HF_E_USAGE);
    rig_free(r);
}

/* Asked while the output is full of data: the answer waits, then goes before any more data. */
static void test_update_with_full_output(void **state)
{
    (void)state;
    rig *r = rig_new();
    r->output = HF_TLS_OUTPUT_MIN;
    rig_start(r);
    rig_run(r);
    rig_expect_open(r, "before");
    size_t room = 0;
    size_t sent = 0;
    r->lazy = true;
    while (hf_tls_room(&r->tls, &room) != NULL) {
        assert_int_equal(hf_tls_room_done(&r->tls, room), HF_OK);
        sent += room;
        assert_true(sent < 1000);
    }
    puppet_update(r->p, 1);
    const uint8_t *bytes = r->p->out + r->p->out_at;
    size_t len = r->p->out_len - r->p->out_at;
    uint8_t *to = hf_tls_input(&r->tls, &room);
    assert_true(room >= len);
    memcpy(to, bytes, len);
    r->p->out_at += len;
    assert_int_equal(hf_tls_input_done(&r->tls, len), HF_OK);
    assert_int_equal(hf_tls_wants(&r->tls) & HF_HAS_ROOM, 0);
    assert_int_equal(r->p->updates, 0);
    r->drain = 1;
    rig_run(r);
    assert_int_equal(r->p->updates, 1);
    assert_int_equal(r->p->data_len, sent);
    r->drain = 0;
    talk(r);
    rig_free(r);
}

/* ---- limits */

static void test_limit13(void **state)
{
    (void)state;
    for (size_t feed = 0; feed < 2; feed++) {
        rig *r = opened_with(HF_TLS13, 10, feed, 0);
        for (unsigned i = 0; i < 9; i++) {
            assert_true(rig_send(r, "x", 1));
        }
        rig_run(r);
        assert_int_equal(r->p->updates, 0);
        assert_true(rig_send(r, "x", 1));
        rig_run(r);
        assert_int_equal(r->p->updates, 1);
        assert_int_equal(r->p->updates_asking, 0);
        for (unsigned i = 0; i < 35; i++) { /* rekeying goes on */
            assert_true(rig_send(r, "x", 1));
            rig_run(r);
        }
        assert_int_equal(r->p->updates, 4);
        assert_int_equal(r->p->data_len, 45);
        rig_expect_open(r, "sending");
        rig_free(r);

        /* too much received: the peer is asked, once */
        r = opened_with(HF_TLS13, 10, feed, 0);
        for (unsigned i = 0; i < 30; i++) {
            puppet_record(r->p, R_DATA, (const uint8_t *)"y", 1);
        }
        rig_run(r);
        assert_int_equal(r->data_len, 30);
        assert_int_equal(r->p->updates_asking, 1);
        puppet_update(r->p, 0);
        talk(r);
        assert_int_equal(r->p->updates_asking, 1);
        rig_free(r);
    }
}

/* RFC 8446 5.5: the sender keeps the limit; TLS 1.2 can only close. */
static void test_limit12(void **state)
{
    (void)state;
    rig *r = opened_with(HF_TLS12, 10, 0, 0);
    unsigned count = 0;
    while ((hf_tls_wants(&r->tls) & HF_IS_FAILED) == 0 && count < 100) {
        size_t room = 0;
        uint8_t *to = hf_tls_room(&r->tls, &room);
        assert_non_null(to);
        to[0] = 'x';
        (void)hf_tls_room_done(&r->tls, 1);
        rig_run(r);
        count++;
    }
    const hf_error *error = hf_tls_error(&r->tls);
    assert_int_equal(error->code, HF_E_KEY_LIMIT);
    assert_int_equal(error->alert_by, HF_ALERT_NONE);
    assert_int_equal(count, 9); /* Finished was the first of the ten */
    assert_int_equal(r->p->data_len, 9);
    assert_int_equal(r->p->alerts, 1); /* close_notify */
    assert_int_equal(r->p->alert_level << 8 | r->p->alert, 1 << 8);
    assert_null(r->p->fault);
    rig_free(r);
}

/* RFC 8446 5.5: a receiver does not enforce the limit. */
static void test_limit12_received(void **state)
{
    (void)state;
    rig *r = opened_with(HF_TLS12, 10, 0, 0);
    for (unsigned i = 0; i < 50; i++) {
        puppet_record(r->p, R_DATA, (const uint8_t *)"y", 1);
        rig_run(r);
    }
    assert_int_equal(hf_tls_wants(&r->tls) & (HF_IS_FAILED | HF_IS_OPEN), HF_IS_OPEN);
    assert_int_equal(r->p->alerts, 0);
    rig_free(r);
}

/* ---- TLS 1.2 */

static void test_explicit_nonces(void **state)
{
    (void)state;
    rig *r = opened_with(HF_TLS12, 0, 0, 0xc02b);
    for (unsigned i = 0; i < 20; i++) {
        talk(r);
    }
    assert_int_equal(r->p->first_nonce, 0); /* of Finished; the puppet checks each of them */
    assert_int_equal(r->p->last_nonce, 20);
    rig_free(r);
}

static void test_hello_request(void **state)
{
    (void)state;
    for (size_t feed = 0; feed < 2; feed++) {
        rig *r = opened(HF_TLS12, feed);
        for (unsigned i = 1; i <= 3; i++) {
            puppet_content(r->p, (const uint8_t[]){M_HELLO_REQUEST, 0, 0, 0}, 4);
            puppet_flush(r->p);
            rig_run(r);
            assert_int_equal(r->p->alerts, i);
            assert_int_equal(r->p->alert_level << 8 | r->p->alert, 1 << 8 | 100);
            talk(r);
        }
        puppet_content(r->p, (const uint8_t[]){M_HELLO_REQUEST, 0, 0, 1, 0}, 5);
        puppet_flush(r->p);
        rig_run(r);
        assert_int_equal(hf_tls_error(&r->tls)->code, HF_E_DECODE);
        assert_int_equal(r->p->alert, 50);
        rig_free(r);
    }
}

/* ---- empty application records (RFC 8446 5.1 allows them) */

static void test_empty_data(void **state)
{
    (void)state;
    static const uint16_t VERSIONS[] = {HF_TLS13, HF_TLS12};
    for (size_t v = 0; v < 2; v++) {
        rig *r = opened(VERSIONS[v], 0);
        for (unsigned round = 0; round < 3; round++) {
            for (unsigned i = 0; i < 32; i++) {
                puppet_record(r->p, R_DATA, NULL, 0);
            }
            talk(r);
        }
        for (unsigned i = 0; i < 33; i++) {
            puppet_record(r->p, R_DATA, NULL, 0);
        }
        rig_run(r);
        rig_expect_failed(r, HF_E_TOO_MANY_RECORDS, "33 empty records");
        rig_free(r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_update_of_the_peer),
        cmocka_unit_test(test_burst),
        cmocka_unit_test(test_too_many),
        cmocka_unit_test(test_bad_updates),
        cmocka_unit_test(test_own_update),
        cmocka_unit_test(test_update_with_full_output),
        cmocka_unit_test(test_limit13),
        cmocka_unit_test(test_limit12),
        cmocka_unit_test(test_limit12_received),
        cmocka_unit_test(test_explicit_nonces),
        cmocka_unit_test(test_hello_request),
        cmocka_unit_test(test_empty_data),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
