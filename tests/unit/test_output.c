/* What the client sends: through small output buffers drained byte by byte, under the server's
 * record limits, and with output that nobody takes (RFC 8446 5.1, RFC 8449 4, RFC 6066 4). */
#include "puppet/rig.h"
#include "unit/cmocka_all.h"
#include "unit/needs.h"

#include <stdio.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

/* ---- small output buffers */

typedef struct small {
    uint16_t version;
    size_t output, drain, feed;
    bool lazy, identity, retry;
} small;

static void play_small(const small *c)
{
    char name[120];
    (void)snprintf(name, sizeof name, "%x output %zu drain %zu feed %zu lazy %d", c->version,
                   c->output, c->drain, c->feed, c->lazy);
    rig *r = rig_new();
    r->p->version = c->version;
    r->p->request = c->identity;
    r->identity = c->identity;
    r->p->retry = c->retry;
    r->p->group = c->retry ? HF_SECP384R1 : 0;
    r->output = c->output;
    r->drain = c->drain;
    r->feed = c->feed;
    r->lazy = c->lazy;
    rig_start(r);
    rig_run(r);
    rig_expect_open(r, name);
    assert_int_equal(r->p->certificate_verified, c->identity);
    /* about 330 bytes of hello, 700 of the client's flight: no swarm of small records */
    size_t bytes = 2000 + (c->retry ? 500 : 0);
    size_t each = c->output - 60 < 128 ? 128 : c->output - 60;
    unsigned limit = (unsigned)(bytes / (each / 2)) + 6;
    if (r->p->records > limit) {
        fail_msg("%s: %u records", name, r->p->records);
    }
    assert_true(rig_send(r, "data", 4));
    rig_run(r);
    assert_int_equal(r->p->data_len, 4);
    rig_free(r);
}

static void test_small_output(void **state)
{
    (void)state;
    static const size_t OUTPUTS[] = {HF_TLS_OUTPUT_MIN, 300, 400, 1024, 4096};
    static const size_t DRAINS[] = {0, 1, 50, 255};
    for (size_t i = 0; i < COUNT(OUTPUTS); i++) {
        for (size_t k = 0; k < COUNT(DRAINS); k++) {
            for (unsigned way = 0; way < 8; way++) {
                const small c = {.version = (way & 1) != 0 ? HF_TLS12 : HF_TLS13,
                                 .output = OUTPUTS[i],
                                 .drain = DRAINS[k],
                                 .feed = way / 4,
                                 .lazy = (way & 2) != 0,
                                 .identity = true,
                                 .retry = way == 0 || way == 6};
                play_small(&c);
            }
        }
    }
}

/* ---- the server's limit */

static bool fits(const puppet *p, size_t len, size_t limit)
{
    return len > 0 && len <= limit && p->fault == NULL;
}

static void expect_limit(rig *r, size_t limit)
{
    static uint8_t data[3000];
    size_t sent = 0;
    assert_int_equal(hf_tls_record_limit(&r->tls), limit);
    while (sent < sizeof data) {
        size_t room = 0;
        uint8_t *to = hf_tls_room(&r->tls, &room);
        if (to == NULL) {
            assert_true(rig_step(r));
            continue;
        }
        assert_true(fits(r->p, room, limit));
        room = room < sizeof data - sent ? room : sizeof data - sent;
        memset(to, 7, room);
        assert_int_equal(hf_tls_room_done(&r->tls, room), HF_OK);
        sent += room;
    }
    rig_run(r);
    assert_int_equal(r->p->data_len, sizeof data);
    assert_null(r->p->fault);
}

static void play_limits(uint16_t version, uint16_t limit, uint8_t fragment, size_t expected)
{
    rig *r = rig_new();
    r->input = 2048; /* so that both extensions are offered */
    r->output = 4096;
    r->p->version = version;
    r->p->limit = limit;
    r->p->fragment = fragment;
    r->p->request = r->identity = true;
    rig_start(r);
    rig_run(r);
    rig_expect_open(r, "limit");
    expect_limit(r, expected);
    rig_free(r);
}

static void test_limits_of_the_server(void **state)
{
    (void)state;
    play_limits(HF_TLS13, 64, 0, 63); /* the content type counts */
    play_limits(HF_TLS12, 64, 0, 64);
    play_limits(HF_TLS13, 1000, 0, 999);
    play_limits(HF_TLS12, 1000, 0, 1000);
    play_limits(HF_TLS13, 16385, 0, 16384);
    play_limits(HF_TLS12, 16384, 0, 16384);
    play_limits(HF_TLS13, 0, 2, 1024);
    play_limits(HF_TLS12, 0, 2, 1024);
}

/* Also in the handshake: the client's Certificate is cut. */
static void test_limit_in_the_flight(void **state)
{
    (void)state;
    rig *r = rig_new();
    r->input = 2048;
    r->output = 4096;
    r->p->limit = 64;
    r->p->request = r->identity = true;
    rig_start(r);
    while (r->p->out_len == 0) {
        assert_true(rig_step(r));
    }
    r->p->largest = r->p->smallest = 0; /* ClientHello is exempt: it is not protected */
    rig_run(r);
    rig_expect_open(r, "limit 64");
    assert_in_range(r->p->largest, 1, 63);
    rig_free(r);
}

/* What we ask for: a limit that our buffer can hold (P-43). */
static uint16_t offered_limit(const puppet *p)
{
    for (size_t i = 4; i + 6 <= p->hello_len; i++) {
        if (memcmp(p->hello + i, "\0\x1c\0\x02", 4) == 0) {
            return (uint16_t)(p->hello[i + 4] << 8 | p->hello[i + 5]);
        }
    }
    return 0;
}

static void test_offered_limit(void **state)
{
    (void)state;
    needs_pieces();
    static const struct {
        size_t input;
        uint16_t min, max, limit;
        bool off;
    } CASES[] = {
        {512, 0, 0, 512 - 29, false},
        {2048, 0, 0, 2048 - 29, false},
        {2048, HF_TLS13, HF_TLS13, 2048 - 21, false},
        {2048, HF_TLS12, HF_TLS12, 2048 - 29, false},
        {HF_TLS_INPUT_MAX, 0, 0, 0, false},
        {2048, 0, 0, 0, true},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        rig *r = rig_new();
        r->input = CASES[i].input;
        r->version_min = CASES[i].min;
        r->version_max = CASES[i].max;
        r->p->version = CASES[i].max == HF_TLS12 ? HF_TLS12 : HF_TLS13;
        r->no_limits = CASES[i].off;
        rig_start(r);
        rig_run(r);
        rig_expect_open(r, "offered limit");
        assert_int_equal(offered_limit(r->p), CASES[i].limit);
        rig_free(r);
    }
}

/* ---- output that nobody takes */

static void test_output_stays(void **state)
{
    (void)state;
    static const uint16_t VERSIONS[] = {HF_TLS13, HF_TLS12};
    for (size_t v = 0; v < 2; v++) {
        rig *r = rig_new();
        r->p->version = VERSIONS[v];
        r->output = HF_TLS_OUTPUT_MIN;
        rig_start(r);
        rig_run(r);
        rig_expect_open(r, "before");
        size_t room = 0;
        while (hf_tls_room(&r->tls, &room) != NULL) {
            assert_int_equal(hf_tls_room_done(&r->tls, room), HF_OK);
        }
        assert_int_equal(hf_tls_wants(&r->tls) & HF_HAS_ROOM, 0);
        /* room for one alert is always kept */
        puppet_record(r->p, 99, (const uint8_t *)"?", 1);
        r->lazy = true;
        rig_run(r);
        assert_int_equal(hf_tls_error(&r->tls)->code, HF_E_RECORD_TYPE);
        assert_int_equal(r->p->alerts, 1);
        assert_int_equal(r->p->alert, 10);
        assert_null(r->p->fault);
        rig_free(r);
    }
}

static void test_misuse(void **state)
{
    (void)state;
    rig *r = rig_new();
    size_t len = 1;
    rig_start(r);
    assert_null(hf_tls_room(&r->tls, &len));
    assert_int_equal(len, 0);
    assert_int_equal(hf_tls_room_done(&r->tls, 1), HF_E_USAGE);
    assert_null(hf_tls_data(&r->tls, &len));
    assert_int_equal(hf_tls_data_done(&r->tls, 1), HF_E_USAGE);
    assert_int_equal(hf_tls_input_done(&r->tls, 1u << 20), HF_E_USAGE);
    assert_int_equal(hf_tls_sign_done(&r->tls, HF_OK, (hf_span){NULL, 0}), HF_E_USAGE);
    rig_run(r);
    rig_expect_open(r, "misuse changed nothing");
    assert_non_null(hf_tls_room(&r->tls, &len));
    assert_int_equal(hf_tls_room_done(&r->tls, len + 1), HF_E_USAGE);
    assert_int_equal(hf_tls_room_done(&r->tls, 0), HF_OK);
    assert_null(hf_tls_output(&r->tls, &len)); /* no empty record */
    rig_expect_open(r, "misuse changed nothing");
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small_output),        cmocka_unit_test(test_limits_of_the_server),
        cmocka_unit_test(test_limit_in_the_flight), cmocka_unit_test(test_offered_limit),
        cmocka_unit_test(test_output_stays),        cmocka_unit_test(test_misuse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
