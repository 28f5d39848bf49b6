/* What a client does with tickets of both versions: every size, in pieces and byte by byte, more
 * than there is room for, broken ones, ones that end with the connection. How long it offers them:
 * test_client_ticket_offers.c.
 */
#include "unit/needs.h"
#include "unit/visit_rig.h"

/* ---- sizes */

/* Sanitizers take several times as long: there every 7th of the larger ones. */
#if defined(__SANITIZE_ADDRESS__)
#define STEP 7u
#else
#define STEP 1u
#endif

static void every_size(uint16_t version)
{
    static client_past past;
    static const size_t FEEDS[] = {0, 1, 7};
    visit v = {.version = version, .tickets = 1, .lifetime = 7200};
    for (size_t size = 1; size <= 4096; size += size < 300 ? 1 : STEP) {
        v.ticket_len = size;
        v.cap = HF_SESSION_HEAD + 4096;
        v.feed = size % 8 == 0 ? FEEDS[size / 8 % COUNT(FEEDS)] : 0;
        v.input = version == HF_TLS13 && size % 2 == 1 ? 512 : 0;
        v.cut = size % 3 == 0 ? 100 : 0;
        v.pad = size % 5 == 0 ? 300 : 0;
        visit_make(&v, &past, size > 1);
    }
}

static void test_every_size13(void **state)
{
    (void)state;
    needs_pieces();
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
            visit_make(&v, &past, i > 0);
        }
    }
}

static size_t head_of(uint16_t version)
{
    static client_past past;
    visit v = {.version = version, .tickets = 1, .lifetime = 7200, .ticket_len = 50, .cap = 1000};
    visit_make(&v, &past, false);
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
            rig *r = visit_prepare(&v, NULL);
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
        visit_make(&v, &past, false); /* and that fits */
        visit_make(&v, &past, true);
    }
}

/* RFC 5077 3.3: the server has thought better of it. */
static void test_empty12(void **state)
{
    (void)state;
    for (size_t feed = 0; feed < 2; feed++) {
        visit v = {.version = HF_TLS12, .tickets = 1, .lifetime = 7200, .feed = feed, .cap = 1000};
        rig *r = visit_prepare(&v, NULL);
        rig_start(r);
        rig_run(r);
        rig_expect_open(r, "empty");
        assert_int_equal(r->session.taken, 0);
        assert_int_equal(r->session.len, 0);
        rig_free(r);
    }
}

/* ---- several, and the end in the middle */

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
        visit_make(&v, &past, false);
        visit_use(&v, &past, "the last of several");
        v.cap *= 2;
        visit_make(&v, &past, false);
        visit_use(&v, &past, "the last of several");
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
        rig *r = visit_prepare(&v, NULL);
        rig_start(r);
        rig_run(r);
        rig_expect_open(r, "the first");
        visit_take(&past, r);
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
        visit_use(&v, &past, "the first still works");
    }
}

/* Its first half, and the rest when the client has said something of its own. */
static bool in_halves(puppet *p, int step, puppet_message *m)
{
    rig *r = (rig *)(uintptr_t)p->ctx;
    if (step == M_NEW_SESSION_TICKET) {
        const uint8_t header[] = {M_NEW_SESSION_TICKET, 0, (uint8_t)(m->len >> 8), (uint8_t)m->len};
        puppet_content(p, header, 4);
        puppet_content(p, m->body, m->len / 2);
        puppet_flush(p);
        rig_run(r);
        assert_int_equal(hf_tls_update_keys(&r->tls, false), HF_OK);
        assert_true(rig_send(r, "meanwhile", 9));
        rig_run(r);
        puppet_content(p, m->body + m->len / 2, m->len - m->len / 2);
        puppet_flush(p);
    }
    return step != M_NEW_SESSION_TICKET;
}

static void test_in_halves(void **state)
{
    (void)state;
    static client_past past;
    for (size_t feed = 0; feed < 2; feed++) {
        visit v = {.version = HF_TLS13,
                   .tickets = 0,
                   .lifetime = 7200,
                   .ticket_len = 200,
                   .cap = 400,
                   .feed = feed};
        rig *r = visit_prepare(&v, NULL);
        rig_start(r);
        rig_run(r);
        r->p->nonce_len = 200;
        r->p->change = in_halves;
        r->p->ctx = r;
        puppet_give_ticket(r->p);
        rig_run(r);
        rig_expect_open(r, "halves");
        assert_int_equal(r->p->updates, 1);
        assert_int_equal(r->session.taken, 1);
        visit_take(&past, r);
        rig_free(r);
        visit_use(&v, &past, "in halves");
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
        visit_make(&v, &past, false);
        v.feed = i / COUNT(WAYS) % 2;
        rig *r = visit_prepare(&v, again ? &past : NULL);
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
        cmocka_unit_test(test_empty12),       cmocka_unit_test(test_two),
        cmocka_unit_test(test_second_is_bad), cmocka_unit_test(test_in_halves),
        cmocka_unit_test(test_bad12),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
