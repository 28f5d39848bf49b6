/* Ticket keys of `handfast listen`: what a file may hold, and what time does to keys. */
#include "unit/cmocka_all.h"

#include "listen_tickets.h"

#include <stdio.h>
#include <string.h>

#define SECRET "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F"
#define HALF   LISTEN_TICKET_TURN
#define START  INT64_C(1767225600)

static char why[256];

static bool parse(hf_ticket_ring *ring, const char *text)
{
    why[0] = 0;
    return listen_tickets_parse(ring, text, strlen(text), why, sizeof why);
}

static void a_file_is_read(void **state)
{
    (void)state;
    hf_ticket_ring ring = {.has_current = false};
    assert_true(parse(&ring, "# keys\n\nnext 0a0b0c0d " SECRET " 300\r\n"
                             "\tcurrent  01020304  " SECRET "  200  # now\n"
                             "previous ffffffff " SECRET " 100"));
    assert_true(ring.has_previous && ring.has_current && ring.has_next);
    assert_memory_equal(ring.current.id, "\1\2\3\4", 4);
    assert_int_equal(ring.current.secret[31], 0x1f);
    assert_int_equal(ring.previous.begins, 100);
    assert_int_equal(ring.current.begins, 200);
    assert_int_equal(ring.next.begins, 300);
    assert_true(parse(&ring, "current 01020304 " SECRET " 500\n"));
    assert_false(ring.has_previous || ring.has_next);
}

static void an_error_changes_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *why;
    } CASES[] = {
        {"", "there is no current key"},
        {"next 01020304 " SECRET " 1\n", "there is no current key"},
        {"current 01020304 " SECRET "\n", "line 1: not four words: previous, current or next; id; "
                                          "secret; when it begins"},
        {"\n#\nfirst 01020304 " SECRET " 1\n",
         "line 3: the first word is not previous, current or next"},
        {"current 0102030 " SECRET " 1\n", "line 1: the id is not 8 hex digits"},
        {"current 0102030g " SECRET " 1\n", "line 1: the id is not 8 hex digits"},
        {"current 01020304 " SECRET "00 1\n", "line 1: the secret is not 64 hex digits"},
        {"current 01020304 " SECRET " -1\n",
         "line 1: the last word is no time: seconds since 1970"},
        {"current 01020304 " SECRET " 1s\n",
         "line 1: the last word is no time: seconds since 1970"},
        {"current 01020304 " SECRET " 1\ncurrent 01020305 " SECRET " 1\n",
         "line 2: there is such a key already"},
        {"current 01020304 " SECRET " 1\nprevious 01020304 " SECRET " 1\n",
         "two keys have the same id"},
        {"current 01020304 " SECRET " 2\nnext 01020305 " SECRET " 1\n",
         "the next key begins before the current one"},
    };
    hf_ticket_ring ring = {.has_current = false};
    assert_true(parse(&ring, "current 09090909 " SECRET " 7\n"));
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        assert_false(parse(&ring, CASES[i].text));
        assert_string_equal(why, CASES[i].why);
        assert_int_equal(ring.current.begins, 7);
    }
    assert_false(listen_tickets_parse(&ring, "current\0", 8, why, sizeof why));
    static char large[20000];
    memset(large, '#', sizeof large - 1);
    assert_false(parse(&ring, large));
    assert_int_equal(ring.current.begins, 7);
}

static void own_keys_are_turned(void **state)
{
    (void)state;
    listen_tickets tickets = {.own = false};
    assert_true(listen_tickets_make(&tickets, START));
    const hf_ticket_ring *ring = &tickets.ring;
    hf_ticket_key first = ring->current;
    hf_ticket_key second = ring->next;
    assert_int_equal(second.begins, START + HALF);
    listen_tickets_settle(&tickets, START + HALF - 1);
    assert_memory_equal(&ring->current, &first, sizeof first);
    listen_tickets_settle(&tickets, START + HALF);
    assert_memory_equal(&ring->current, &second, sizeof second);
    assert_memory_equal(&ring->previous, &first, sizeof first);
    assert_true(ring->has_next);
    assert_memory_not_equal(&ring->next.secret, &second.secret, sizeof second.secret);
    assert_int_equal(ring->next.begins, START + 2 * HALF);
    listen_tickets_settle(&tickets, START + 2 * HALF);
    assert_memory_equal(&ring->previous, &second, sizeof second);
    listen_tickets_release(&tickets);
    assert_false(ring->has_current);
}

/* Asleep for days, or set back: everything begins anew, and no old key stays. */
static void own_keys_follow_the_clock(void **state)
{
    (void)state;
    static const int64_t TIMES[] = {START + 3 * HALF, START + 100 * HALF, START - 1, 0};
    for (size_t i = 0; i < sizeof TIMES / sizeof TIMES[0]; i++) {
        listen_tickets tickets = {.own = false};
        assert_true(listen_tickets_make(&tickets, START));
        hf_ticket_key first = tickets.ring.current;
        listen_tickets_settle(&tickets, TIMES[i]);
        assert_int_equal(tickets.ring.current.begins, TIMES[i]);
        assert_memory_not_equal(tickets.ring.current.secret, first.secret, sizeof first.secret);
        assert_false(tickets.ring.has_previous);
        listen_tickets_release(&tickets);
    }
}

static void a_file_s_keys_have_their_time(void **state)
{
    (void)state;
    listen_tickets tickets = {.own = false};
    assert_true(parse(&tickets.ring, "previous 00000001 " SECRET " 1000\n"
                                     "current 00000002 " SECRET " 44200\n"
                                     "next 00000003 " SECRET " 87400\n"));
    const hf_ticket_ring *ring = &tickets.ring;
    listen_tickets_settle(&tickets, 87399);
    assert_true(ring->has_previous && ring->has_next);
    assert_int_equal(ring->current.id[3], 2);
    listen_tickets_settle(&tickets, 87400);
    assert_int_equal(ring->current.id[3], 3);
    assert_int_equal(ring->previous.id[3], 2);
    assert_false(ring->has_next); /* nobody has written one */
    listen_tickets_settle(&tickets, 44200 + HF_TICKET_KEY_LIFE);
    assert_false(ring->has_previous);
    assert_true(ring->has_current);
    listen_tickets_release(&tickets);
}

static void sessions_are_kept_by_id(void **state)
{
    (void)state;
    listen_tickets tickets = {.own = false};
    uint8_t id[HF_SESSION_ID] = {7, 8, 9};
    uint8_t other[HF_SESSION_ID] = {7, 8, 10}; /* the same place */
    uint8_t data[HF_STORED_MAX + 1];
    uint8_t back[HF_STORED_MAX];
    size_t len = 0;
    memset(data, 0x5a, sizeof data);
    assert_true(listen_tickets_store(&tickets));
    hf_session_store store = listen_tickets_sessions(&tickets);
    assert_false(store.get(store.ctx, id, back, &len));
    assert_true(store.put(store.ctx, id, (hf_span){data, HF_STORED_MAX}));
    assert_true(store.get(store.ctx, id, back, &len));
    assert_int_equal(len, HF_STORED_MAX);
    assert_memory_equal(back, data, len);
    assert_false(store.get(store.ctx, other, back, &len));
    assert_true(store.put(store.ctx, other, (hf_span){data, 3}));
    assert_false(store.get(store.ctx, id, back, &len));
    assert_true(store.get(store.ctx, other, back, &len));
    assert_int_equal(len, 3);
    assert_false(store.put(store.ctx, id, (hf_span){data, HF_STORED_MAX + 1}));
    listen_tickets_release(&tickets);
    assert_null(tickets.stored);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_read),
        cmocka_unit_test(an_error_changes_nothing),
        cmocka_unit_test(own_keys_are_turned),
        cmocka_unit_test(own_keys_follow_the_clock),
        cmocka_unit_test(a_file_s_keys_have_their_time),
        cmocka_unit_test(sessions_are_kept_by_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
