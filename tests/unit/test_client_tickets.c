/* What a client does with tickets of both versions: every size, in pieces and byte by byte, more
 * than there is room for, broken ones, ones that end with the connection; how long it offers them.
 */
#include "puppet/past.h"
#include "puppet/puppet_inside.h"
#include "unit/cmocka_all.h"
#include "unit/x509_fixtures.h"

#include <stdio.h>

#pragma GCC diagnostic ignored "-Wmissing-field-initializers" /* the rest of a line is zero */

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

typedef struct visit {
    uint16_t version;
    size_t ticket_len, feed, input, cut, pad, cap;
    unsigned tickets;
    uint32_t lifetime;
    bool reuse;
} visit;

/* A rig for one visit, not started; `past` NULL: a first one. psk_ke, so that it is quick. */
static rig *prepare(const visit *v, const client_past *past)
{
    rig *r = rig_new();
    r->p->version = v->version;
    r->p->psk_ke = true;
    r->p->tickets = v->tickets;
    r->p->ticket_len = v->ticket_len;
    r->p->lifetime = v->lifetime;
    r->p->cut = v->cut;
    r->p->pad = v->pad;
    r->psk_modes = HF_PSK_DHE_OR_KE;
    r->reuse_tickets = v->reuse;
    r->feed = r->drain = v->feed;
    r->input = v->input;
    r->session_cap = v->cap;
    if (past != NULL) {
        client_past_use(past, r);
    }
    return r;
}

static void take_over(client_past *past, const rig *r)
{
    assert_true(r->session.len <= sizeof past->blob);
    memcpy(past->blob, r->session.ptr, r->session.len);
    past->len = r->session.len;
    past->given = r->p->given[r->p->given_count - 1];
}

/* One visit to its end; what came of it is in `past`. */
static void make(const visit *v, client_past *past, bool again)
{
    char name[80];
    (void)snprintf(name, sizeof name, "%x, ticket of %zu, feed %zu, input %zu, cut %zu", v->version,
                   v->ticket_len, v->feed, v->input, v->cut);
    rig *r = prepare(v, again ? past : NULL);
    rig_start(r);
    rig_run(r);
    rig_expect_open(r, name);
    assert_int_equal(hf_tls_resumed(&r->tls), again);
    if (r->session.taken != v->tickets) {
        fail_msg("%s: %u taken", name, r->session.taken);
    }
    take_over(past, r);
    assert_in_range(past->len, v->ticket_len + 1, v->ticket_len + HF_SESSION_HEAD);
    assert_memory_equal(past->blob + past->len - v->ticket_len, past->given.ticket, v->ticket_len);
    rig_free(r);
}

/* ---- sizes */

static void every_size(uint16_t version)
{
    static client_past past;
    static const size_t FEEDS[] = {0, 1, 7};
    visit v = {.version = version, .tickets = 1, .lifetime = 7200};
    for (size_t size = 1; size <= 4096; size++) {
        v.ticket_len = size;
        v.cap = HF_SESSION_HEAD + 4096;
        v.feed = size % 8 == 0 ? FEEDS[size / 8 % COUNT(FEEDS)] : 0;
        v.input = version == HF_TLS13 && size % 2 == 1 ? 512 : 0;
        v.cut = size % 3 == 0 ? 100 : 0;
        v.pad = size % 5 == 0 ? 300 : 0;
        make(&v, &past, size > 1);
    }
}

static void test_every_size13(void **state)
{
    (void)state;
    every_size(HF_TLS13);
}

static void test_every_size12(void **state)
{
    (void)state;
    every_size(HF_TLS12);
}

/* So large that the ClientHello takes several records, and their tickets too. */
static void test_large(void **state)
{
    (void)state;
    static client_past past;
    static const size_t SIZES[] = {16383, 16384, 20000, 40000, 60000};
    for (unsigned version = HF_TLS12; version <= HF_TLS13; version++) {
        for (size_t i = 0; i < COUNT(SIZES); i++) {
            visit v = {.version = (uint16_t)version,
                       .tickets = 1,
                       .lifetime = 7200,
                       .cap = sizeof past.blob,
                       .ticket_len = SIZES[i]};
            make(&v, &past, i > 0);
        }
    }
}

static size_t head_of(uint16_t version)
{
    static client_past past;
    visit v = {.version = version, .tickets = 1, .lifetime = 7200, .ticket_len = 50, .cap = 1000};
    make(&v, &past, false);
    return past.len - 50;
}

/* One byte of room too little, and much too little: passed over, and nothing is wrong. */
static void test_too_large(void **state)
{
    (void)state;
    static const size_t SIZES[] = {1, 100, 101, 1000, 4097, 16384, 65535};
    for (unsigned version = HF_TLS12; version <= HF_TLS13; version++) {
        size_t head = head_of((uint16_t)version);
        assert_in_range(head, 1, HF_SESSION_HEAD);
        for (size_t i = 0; i < 4 * COUNT(SIZES); i++) {
            visit v = {.version = (uint16_t)version,
                       .tickets = 1,
                       .lifetime = 7200,
                       .ticket_len = SIZES[i / 4],
                       .feed = i % 2,
                       .cap = head + (i % 4 < 2 ? SIZES[i / 4] - 1 : 0)};
            rig *r = prepare(&v, NULL);
            rig_start(r);
            rig_run(r);
            rig_expect_open(r, "too large");
            assert_int_equal(r->session.taken, 0);
            assert_int_equal(r->session.len, 0);
            rig_free(r);
        }
        visit v = {.version = (uint16_t)version,
                   .tickets = 1,
                   .lifetime = 7200,
                   .ticket_len = 100,
                   .cap = head + 100};
        static client_past past;
        make(&v, &past, false); /* and that fits */
        make(&v, &past, true);
    }
}

/* RFC 5077 3.3: the server has thought better of it. */
static void test_empty12(void **state)
{
    (void)state;
    for (size_t feed = 0; feed < 2; feed++) {
        visit v = {.version = HF_TLS12, .tickets = 1, .lifetime = 7200, .feed = feed, .cap = 1000};
        rig *r = prepare(&v, NULL);
        rig_start(r);
        rig_run(r);
        rig_expect_open(r, "empty");
        assert_int_equal(r->session.taken, 0);
        assert_int_equal(r->session.len, 0);
        rig_free(r);
    }
}

/* ---- nonces and numbers of TLS 1.3 */

static void test_nonces(void **state)
{
    (void)state;
    for (size_t len = 0; len <= 255; len++) {
        visit v = {.version = HF_TLS13,
                   .tickets = 1,
                   .lifetime = 7200,
                   .ticket_len = 40,
                   .cap = 400,
                   .feed = len % 2};
        static client_past past;
        for (unsigned round = 0; round < 2; round++) {
            rig *r = prepare(&v, round == 0 ? NULL : &past);
            r->p->nonce_len = len;
            rig_start(r);
            rig_run(r);
            rig_expect_open(r, "nonce");
            assert_int_equal(hf_tls_resumed(&r->tls), round > 0);
            take_over(&past, r);
            rig_free(r);
        }
    }
}

/* The age that the server sees is the session's in milliseconds, masked (RFC 8446 4.2.11.1). */
static void test_age(void **state)
{
    (void)state;
    static client_past past;
    static const uint32_t MASKS[] = {0, 1, 0x80000000, 0xffffffff, 0xffffffff - 3000};
    for (size_t i = 0; i < COUNT(MASKS); i++) {
        visit v = {
            .version = HF_TLS13, .tickets = 1, .lifetime = 7200, .ticket_len = 40, .cap = 400};
        rig *r = prepare(&v, NULL);
        r->p->age_add = MASKS[i];
        rig_start(r);
        rig_run(r);
        take_over(&past, r);
        rig_free(r);
        r = prepare(&v, &past);
        r->later = 5;
        rig_start(r);
        rig_run(r);
        rig_expect_open(r, "age");
        assert_int_equal(r->p->psk_age, (uint32_t)(MASKS[i] + 5000));
        rig_free(r);
    }
}

/* ---- how long */

typedef struct offer {
    const char *name;
    uint16_t version;
    uint32_t lifetime;
    int64_t later;
    uint8_t clock;
    bool offered;
} offer;

static const offer OFFERS[] = {
    {"at once", HF_TLS13, 7200, 0, HF_TIME_EXACT, true},
    {"its last second", HF_TLS13, 7200, 7199, HF_TIME_EXACT, true},
    {"over", HF_TLS13, 7200, 7200, HF_TIME_EXACT, false},
    {"over, no sure clock", HF_TLS13, 7200, 7200, HF_TIME_AT_LEAST, false},
    {"one second", HF_TLS13, 1, 0, HF_TIME_EXACT, true},
    {"clock back", HF_TLS13, 7200, -1, HF_TIME_EXACT, false},
    {"clock back, no sure clock", HF_TLS13, 7200, -1, HF_TIME_AT_LEAST, true},
    {"1970", HF_TLS13, 7200, -FIXTURES_NOW, HF_TIME_EXACT, false},
    {"a year on", HF_TLS13, 7200, 31536000, HF_TIME_EXACT, false},
    {"seven days", HF_TLS13, 604800, 604799, HF_TIME_EXACT, true},
    {"more than seven days", HF_TLS13, 0xffffffff, 604799, HF_TIME_EXACT, true},
    {"is seven days", HF_TLS13, 0xffffffff, 604800, HF_TIME_EXACT, false},
    {"at once", HF_TLS12, 7200, 0, HF_TIME_EXACT, true},
    {"its last second", HF_TLS12, 7200, 7199, HF_TIME_EXACT, true},
    {"over", HF_TLS12, 7200, 7200, HF_TIME_EXACT, false},
    {"clock back", HF_TLS12, 7200, -1, HF_TIME_EXACT, false},
    {"a day, when nothing is said", HF_TLS12, 0, 86399, HF_TIME_EXACT, true},
    {"no longer", HF_TLS12, 0, 86400, HF_TIME_EXACT, false},
    {"more than seven days", HF_TLS12, 0xffffffff, 604799, HF_TIME_EXACT, true},
    {"is seven days", HF_TLS12, 0xffffffff, 604800, HF_TIME_EXACT, false},
};

static void test_lifetimes(void **state)
{
    (void)state;
    static client_past past;
    for (size_t i = 0; i < COUNT(OFFERS); i++) {
        const offer *o = &OFFERS[i];
        visit v = {.version = o->version,
                   .tickets = 1,
                   .lifetime = o->lifetime,
                   .ticket_len = 40,
                   .cap = 400};
        make(&v, &past, false);
        rig *r = prepare(&v, &past);
        r->later = o->later;
        r->clock = o->clock;
        rig_start(r);
        if (hf_tls_offered_session(&r->tls) != o->offered) {
            fail_msg("%x %s: %soffered", o->version, o->name, o->offered ? "not " : "");
        }
        rig_run(r);
        assert_int_equal(hf_tls_resumed(&r->tls), o->offered);
        rig_free(r);
    }
}

/* RFC 8446 4.6.1: to be forgotten at once. */
static void test_lifetime_zero(void **state)
{
    (void)state;
    visit v = {.version = HF_TLS13, .tickets = 2, .lifetime = 0, .ticket_len = 40, .cap = 400};
    rig *r = prepare(&v, NULL);
    rig_start(r);
    rig_run(r);
    rig_expect_open(r, "zero");
    assert_int_equal(r->session.taken, 0);
    assert_int_equal(r->session.len, 0);
    r->p->lifetime = 60;
    puppet_give_ticket(r->p);
    rig_run(r);
    assert_int_equal(r->session.taken, 1);
    rig_free(r);
}

/* RFC 8446 C.4: a ticket is offered once, and gone when it has been, unless the caller wants. */
static void test_offered_once(void **state)
{
    (void)state;
    static client_past past;
    for (unsigned reuse = 0; reuse < 2; reuse++) {
        visit v = {.version = HF_TLS13,
                   .tickets = 1,
                   .lifetime = 7200,
                   .ticket_len = 40,
                   .cap = 400,
                   .reuse = reuse == 1};
        make(&v, &past, false);
        v.tickets = 0;
        rig *r = prepare(&v, &past);
        rig_start(r);
        rig_run(r);
        rig_expect_open(r, "offered");
        assert_true(hf_tls_resumed(&r->tls));
        assert_int_equal(r->session.len, reuse == 1 ? past.len : 0);
        assert_int_equal(r->session.taken, 0);
        rig_free(r);
    }
}

/* ---- several, and the end in the middle */

static void use_once(const visit *v, const client_past *past, const char *name)
{
    rig *r = prepare(v, past);
    rig_start(r);
    rig_run(r);
    rig_expect_open(r, name);
    assert_true(hf_tls_resumed(&r->tls));
    rig_free(r);
}

static void test_two(void **state)
{
    (void)state;
    static client_past past;
    size_t head = head_of(HF_TLS13);
    for (size_t i = 0; i < 4; i++) { /* the last is kept, whether both fit or not */
        visit v = {.version = HF_TLS13,
                   .tickets = i < 2 ? 2 : 3,
                   .lifetime = 7200,
                   .ticket_len = 100,
                   .cap = head + 100,
                   .feed = i % 2};
        make(&v, &past, false);
        use_once(&v, &past, "the last of several");
        v.cap *= 2;
        make(&v, &past, false);
        use_once(&v, &past, "the last of several");
    }
}

static bool shorter(puppet *p, int step, puppet_message *m)
{
    (void)p;
    m->len -= step == M_NEW_SESSION_TICKET ? 1 : 0;
    return true;
}

static bool longer(puppet *p, int step, puppet_message *m)
{
    (void)p;
    if (step == M_NEW_SESSION_TICKET) {
        puppet_put8(m, 0);
    }
    return true;
}

static void corrupt(puppet *p, puppet_out *record)
{
    (void)p;
    record->corrupt = true;
}

/* Three quarters of a ticket, and no more. */
static bool most_of_it(puppet *p, int step, puppet_message *m)
{
    if (step == M_NEW_SESSION_TICKET) {
        const uint8_t header[] = {M_NEW_SESSION_TICKET, 0, (uint8_t)(m->len >> 8), (uint8_t)m->len};
        puppet_content(p, header, 4);
        puppet_content(p, m->body, m->len * 3 / 4);
        puppet_flush(p);
    }
    return step != M_NEW_SESSION_TICKET;
}

/* A second ticket that comes to nothing leaves the first one, which still works. */
static void test_second_is_bad(void **state)
{
    (void)state;
    static client_past past;
    static const struct {
        bool (*change)(puppet *p, int step, puppet_message *m);
        void (*on_record)(puppet *p, puppet_out *record);
        hf_code code;
    } WAYS[] = {
        {shorter, NULL, HF_E_DECODE},
        {longer, NULL, HF_E_DECODE},
        {NULL, corrupt, HF_E_BAD_RECORD_MAC},
        {most_of_it, NULL, HF_E_TRUNCATED},
    };
    for (size_t i = 0; i < 4 * COUNT(WAYS); i++) {
        visit v = {.version = HF_TLS13,
                   .tickets = 1,
                   .lifetime = 7200,
                   .ticket_len = 300,
                   .cap = 2 * (HF_SESSION_HEAD + 300),
                   .feed = i / COUNT(WAYS) % 2,
                   .cut = i / COUNT(WAYS) / 2 * 50};
        size_t way = i % COUNT(WAYS);
        rig *r = prepare(&v, NULL);
        rig_start(r);
        rig_run(r);
        rig_expect_open(r, "the first");
        take_over(&past, r);
        r->p->change = WAYS[way].change;
        r->p->on_record = WAYS[way].on_record;
        r->plain_ends = WAYS[way].code == HF_E_TRUNCATED;
        puppet_give_ticket(r->p);
        rig_run(r);
        if (r->plain_ends) {
            assert_int_equal(r->ended, HF_E_TRUNCATED);
        } else {
            rig_expect_failed(r, WAYS[way].code, "the second");
        }
        assert_int_equal(r->session.taken, 1);
        assert_int_equal(r->session.len, past.len);
        assert_memory_equal(r->session.ptr, past.blob, past.len);
        rig_free(r);
        use_once(&v, &past, "the first still works");
    }
}

/* TLS 1.2: broken, and not what the server's Finished stands for. */
static bool flip_finished(puppet *p, int step, puppet_message *m)
{
    (void)p;
    m->body[0] ^= step == M_FINISHED ? 1 : 0;
    return true;
}

static void test_bad12(void **state)
{
    (void)state;
    static client_past past;
    static const struct {
        bool (*change)(puppet *p, int step, puppet_message *m);
        hf_code code;
    } WAYS[] = {{shorter, HF_E_DECODE}, {longer, HF_E_DECODE}, {flip_finished, HF_E_FINISHED}};
    for (size_t i = 0; i < 4 * COUNT(WAYS); i++) {
        bool again = i >= 2 * COUNT(WAYS);
        visit v = {
            .version = HF_TLS12, .tickets = 1, .lifetime = 7200, .ticket_len = 300, .cap = 1000};
        make(&v, &past, false);
        v.feed = i / COUNT(WAYS) % 2;
        rig *r = prepare(&v, again ? &past : NULL);
        r->p->change = WAYS[i % COUNT(WAYS)].change;
        rig_start(r);
        rig_run(r);
        rig_expect_failed(r, WAYS[i % COUNT(WAYS)].code, again ? "resumed" : "in full");
        assert_int_equal(r->session.taken, 0);
        rig_free(r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_size13),  cmocka_unit_test(test_every_size12),
        cmocka_unit_test(test_large),         cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_empty12),       cmocka_unit_test(test_nonces),
        cmocka_unit_test(test_age),           cmocka_unit_test(test_lifetimes),
        cmocka_unit_test(test_lifetime_zero), cmocka_unit_test(test_offered_once),
        cmocka_unit_test(test_two),           cmocka_unit_test(test_second_is_bad),
        cmocka_unit_test(test_bad12),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
