/* Ticket keys over days: the ring turns between connections, and a key is good for its own day
 * alone.
 */
#include "unit/resume_rig.h"

static const uint16_t BOTH[] = {HF_TLS13, HF_TLS12};

/* Between two connections the ring turns as a server turns it once a day, and once too often. */
static void test_turned(void **state)
{
    (void)state;
    for (size_t i = 0; i < 6; i++) {
        resume_rig *r = resume_new(BOTH[i % 2]);
        size_t turns = i / 2;
        resume_connect(r);
        resume_expect(r, false, "first key");
        for (size_t n = 0; n < turns; n++) {
            const hf_ticket_key next = resume_key((uint8_t)(2 + n), r->now);
            r->ring.next = next;
            r->ring.has_next = true;
            hf_ticket_ring_turn(&r->ring, NULL);
        }
        resume_connect(r);
        resume_expect(r, turns < 2, "turned");
        assert_int_equal(r->session.taken, 1);
        resume_connect(r);
        resume_expect(r, true, "a ticket of the current key");
        resume_free(r);
    }
}

/* A ticket of the next key, from a server that turned earlier. */
static void test_from_the_future(void **state)
{
    (void)state;
    for (size_t v = 0; v < 2; v++) {
        resume_rig *r = resume_new(BOTH[v]);
        resume_connect(r);
        resume_expect(r, false, "there");
        r->ring.next = r->ring.current;
        r->ring.has_next = true;
        r->ring.current = resume_key(7, r->now);
        resume_connect(r);
        resume_expect(r, true, "here");
        resume_free(r);
    }
}

/* A client whose clock stands still, and so offers whatever it has. */
static hf_time stopped(void *ctx)
{
    (void)ctx;
    return (hf_time){FIXTURES_NOW, HF_TIME_AT_LEAST};
}

/* A key seals nothing before its time or after its day; both with a minute for clocks that differ,
 * in front. */
static void test_day_of_sealing(void **state)
{
    static const struct {
        int64_t age;
        uint32_t tickets;
    } AGES[] = {{-61, 0}, {-60, 1}, {0, 1}, {HF_TICKET_KEY_LIFE - 1, 1}, {HF_TICKET_KEY_LIFE, 0}};
    (void)state;
    for (size_t i = 0; i < 2 * sizeof AGES / sizeof AGES[0]; i++) {
        resume_rig *r = resume_new(BOTH[i % 2]);
        r->ring.current.begins = r->now - AGES[i / 2].age;
        resume_connect(r);
        resume_expect(r, false, "day of sealing");
        assert_int_equal(r->session.taken, AGES[i / 2].tickets);
        resume_free(r);
    }
}

/* Half a day old tickets are good for another half, but not under a key whose day is over. */
static void test_day_of_opening(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        resume_rig *r = resume_new(BOTH[i % 2]);
        bool over = i >= 2;
        r->p->client.config.clock = (hf_clock){stopped, NULL};
        r->now += HF_TICKET_KEY_LIFE / 2;
        resume_connect(r);
        resume_expect(r, false, "before noon");
        assert_int_equal(r->session.taken, 1);
        r->now += HF_TICKET_KEY_LIFE / 2 - (over ? 0 : 1);
        resume_connect(r);
        assert_true(hf_tls_offered_session(&r->p->client.tls));
        resume_expect(r, !over, "the day is over");
        resume_free(r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_turned),
        cmocka_unit_test(test_from_the_future),
        cmocka_unit_test(test_day_of_sealing),
        cmocka_unit_test(test_day_of_opening),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
