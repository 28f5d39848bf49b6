/* How long a server's sessions are good: its clock forward, back and in 1970, keys that are turned,
 * over, unknown or not there yet, and the end of a chain of resumptions (the IoT profile's cap).
 */
#include "unit/bounds_rig.h"
#include "unit/needs.h"

#define COUNT(table) (sizeof(table) / sizeof(table)[0])
#define DAY          86400

static bounds b;
static puppet_session kept;

/* ---- the clock */

static uint32_t ticket_lifetime, session_lifetime;

static void lifetimes(server_rig *s)
{
    s->ticket_lifetime = ticket_lifetime;
    s->session_lifetime = session_lifetime;
}

static void begin(session_kind kind, uint32_t ticket, uint32_t session)
{
    bounds_init(&b, kind);
    b.ring.current.begins = FIXTURES_NOW;
    b.set = lifetimes;
    ticket_lifetime = ticket;
    session_lifetime = session;
    b.later = 0;
    bounds_make(&b, &kept);
    if (kind == ID12) {
        return;
    }
    uint32_t told = ticket == 0 ? DAY : ticket;
    told = session != 0 && session < told ? session : told;
    assert_int_equal(kept.lifetime, told > DAY ? DAY : told); /* its key lives no longer */
}

static void expect_at(int64_t later, bool resumed, const char *what)
{
    b.later = later;
    bounds_expect(&b, &kept, resumed, NULL, what);
}

static void test_steps(void **state)
{
    (void)state;
    for (session_kind kind = TICKET13; kind <= ID12; kind++) {
        begin(kind, 1000, 0);
        expect_at(0, true, "at once");
        expect_at(999, true, "its last second");
        expect_at(1000, false, "over");
        expect_at(1001, false, "over");
        expect_at(INT64_C(400) * DAY, false, "a year on");
        expect_at(999, true, "and back");
        expect_at(-60, true, "as clocks differ");
        expect_at(-61, false, "set back");
        expect_at(-DAY, false, "set back");
        expect_at(-FIXTURES_NOW, false, "1970");
        expect_at(0, true, "put right");
        begin(kind, 1, 0);
        expect_at(0, true, "a second's life");
        expect_at(1, false, "a second's life");
        begin(kind, 0, 500);
        expect_at(499, true, "the session's end");
        expect_at(500, false, "the session's end");
    }
}

/* Made while the clock was wrong, offered when it is right. */
static void test_made_at_another_time(void **state)
{
    (void)state;
    static const int64_t TIMES[] = {-FIXTURES_NOW, -400 * (int64_t)DAY, 400 * (int64_t)DAY};
    for (session_kind kind = TICKET13; kind <= ID12; kind++) {
        for (size_t i = 0; i < COUNT(TIMES); i++) {
            bounds_init(&b, kind);
            b.later = TIMES[i];
            b.ring.current.begins = FIXTURES_NOW + TIMES[i];
            bounds_make(&b, &kept);
            expect_at(TIMES[i], true, "the wrong clock goes on");
            b.ring.current.begins = FIXTURES_NOW; /* the key itself is not what stops it */
            expect_at(0, false, "the right clock");
        }
    }
}

static void unsure(server_rig *s)
{
    s->r.clock = HF_TIME_AT_LEAST;
}

/* Who does not know what time it is gives nothing and takes nothing. */
static void test_no_sure_clock(void **state)
{
    (void)state;
    for (session_kind kind = TICKET13; kind <= ID12; kind++) {
        bounds_init(&b, kind);
        bounds_make(&b, &kept);
        b.set = unsure;
        server_rig *s = bounds_visit(&b, &kept);
        server_expect_open(s, "unsure");
        assert_false(hf_tls_resumed(&s->r.tls));
        assert_int_equal(s->g->tickets, 0);
        assert_int_equal(s->g->id_len, 0);
        server_rig_free(s);
        b.set = NULL;
        expect_at(0, true, "sure again");
    }
}

/* ---- keys */

static hf_ticket_key new_key(uint8_t number, int64_t begins)
{
    hf_ticket_key key = {.id = {number, 9, 9, 9}, .begins = begins};
    memset(key.secret, number, sizeof key.secret);
    return key;
}

static void test_turns(void **state)
{
    (void)state;
    static puppet_session next;
    for (session_kind kind = TICKET13; kind <= TICKET12; kind++) {
        bounds_init(&b, kind);
        bounds_make(&b, &kept);
        assert_memory_equal(kept.ticket, b.ring.current.id, HF_TICKET_KEY_ID);
        hf_ticket_key key = new_key(7, FIXTURES_NOW);
        hf_ticket_ring_turn(&b.ring, &key);
        bounds_expect(&b, &kept, true, &next, "its key is the previous one");
        assert_memory_equal(next.ticket, b.ring.current.id, HF_TICKET_KEY_ID);
        key = new_key(8, FIXTURES_NOW);
        hf_ticket_ring_turn(&b.ring, &key);
        bounds_expect(&b, &kept, false, NULL, "its key is gone");
        bounds_expect(&b, &next, true, NULL, "the newer one's is not");
        hf_ticket_ring_wipe(&b.ring);
        bounds_expect(&b, &next, false, NULL, "all are gone");
    }
}

/* Another server of the same ring is a turn ahead. */
static void test_next_key(void **state)
{
    (void)state;
    for (session_kind kind = TICKET13; kind <= TICKET12; kind++) {
        bounds_init(&b, kind);
        hf_ticket_ring behind = b.ring;
        hf_ticket_ring_turn(&b.ring, NULL);
        bounds_make(&b, &kept);
        b.ring = behind;
        bounds_expect(&b, &kept, true, NULL, "sealed with the next key");
        b.ring.has_next = false;
        bounds_expect(&b, &kept, false, NULL, "without it");
    }
}

/* Another secret under the same id, another id for the same secret. */
static void test_other_keys(void **state)
{
    (void)state;
    for (session_kind kind = TICKET13; kind <= TICKET12; kind++) {
        bounds_init(&b, kind);
        bounds_make(&b, &kept);
        for (size_t bit = 0; bit < 8 * HF_TICKET_KEY_SECRET; bit += sweep_step()) {
            bool used = hf_crypto_has_aead(HF_AES_256_GCM) || bit < 128;
            b.ring.current.secret[bit / 8] ^= (uint8_t)(1u << bit % 8);
            bounds_expect(&b, &kept, !used, NULL, "a bit of the key");
            b.ring.current.secret[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        for (size_t bit = 0; bit < 8 * HF_TICKET_KEY_ID; bit += sweep_step()) {
            b.ring.current.id[bit / 8] ^= (uint8_t)(1u << bit % 8);
            bounds_expect(&b, &kept, false, NULL, "a bit of the id");
            b.ring.current.id[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        bounds_expect(&b, &kept, true, NULL, "the right one");
    }
}

/* A key is good for a day: neither does it seal nor open any more, whatever tickets may say. */
static void test_day_of_a_key(void **state)
{
    (void)state;
    for (session_kind kind = TICKET13; kind <= TICKET12; kind++) {
        begin(kind, 604800, 0);
        expect_at(DAY - 1, true, "the key's last second");
        expect_at(DAY, false, "its day is over");
        b.later = DAY - 10;
        server_rig *s = bounds_visit(&b, &kept);
        server_expect_open(s, "its last seconds");
        assert_int_equal(s->g->kept[0].lifetime, 10);
        server_rig_free(s);
        b.later = DAY;
        s = bounds_visit(&b, &kept);
        server_expect_open(s, "no key");
        assert_int_equal(s->g->kept_count > 0 && s->g->kept[0].ticket_len > 0, false);
        server_rig_free(s);
        b.later = -61; /* and not before it begins */
        s = bounds_visit(&b, &kept);
        server_expect_open(s, "no key yet");
        assert_int_equal(s->g->kept_count > 0 && s->g->kept[0].ticket_len > 0, false);
        server_rig_free(s);
    }
}

/* ---- the end of a chain */

static void test_chain_ends(void **state)
{
    (void)state;
    static const int64_t STEPS[] = {400, 900, 999};
    for (session_kind kind = TICKET13; kind <= TICKET12; kind++) {
        begin(kind, 700, 1000);
        for (size_t i = 0; i < COUNT(STEPS); i++) {
            b.later = STEPS[i];
            bounds_expect(&b, &kept, true, &kept, "within the session's life");
            int64_t left = 1000 - STEPS[i];
            assert_int_equal(kept.lifetime, left < 700 ? left : 700);
        }
        b.later = 1000;
        bounds_expect(&b, &kept, false, &kept, "full again");
        b.later = 1500;
        bounds_expect(&b, &kept, true, NULL, "a new chain");
    }
}

static void required(server_rig *s)
{
    s->auth = HF_CLIENT_AUTH_REQUIRE;
    s->session_lifetime = 604800;
}

/* No session outlives the certificate that it stands for. */
static void test_certificate_ends(void **state)
{
    (void)state;
    hf_certificate leaf;
    hf_span der = fixture("leaf");
    assert_int_equal(hf_x509_parse(&leaf, der, NULL), HF_OK);
    int64_t end = leaf.not_after - FIXTURES_NOW;
    fixture_free(der);
    for (session_kind kind = TICKET13; kind <= ID12; kind++) {
        bounds_init(&b, kind);
        b.set = required;
        b.later = end - 100;
        b.ring.current.begins = FIXTURES_NOW + b.later;
        bounds_make(&b, &kept);
        assert_int_equal(kept.lifetime, kind == ID12 ? 0 : 101);
        expect_at(end - 50, true, "valid");
        expect_at(end, true, "its last second");
        b.later = end + 1;
        server_rig *s = bounds_visit(&b, &kept);
        server_expect_failed(s, HF_E_CERT_EXPIRED, "expired");
        assert_false(hf_tls_resumed(&s->r.tls));
        server_rig_free(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_made_at_another_time),
        cmocka_unit_test(test_no_sure_clock),
        cmocka_unit_test(test_turns),
        cmocka_unit_test(test_next_key),
        cmocka_unit_test(test_other_keys),
        cmocka_unit_test(test_day_of_a_key),
        cmocka_unit_test(test_chain_ends),
        cmocka_unit_test(test_certificate_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
