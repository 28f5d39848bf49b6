/* The server's sessions of TLS 1.2: tickets with each bit altered, ids, both at once, the extended
 * master secret in each combination (RFC 7627 5.3), stores that are full or keep something else.
 */
#include "puppet/past.h"
#include "puppet/puppet_inside.h"
#include "puppet/served.h"
#include "unit/cmocka_all.h"
#include "unit/needs.h"

#include <stdio.h>
#include <string.h>

typedef enum kind {
    BY_TICKET = 0,
    BY_ID,
} kind;

static hf_ticket_ring ring;
static past_store store;

static void dress(server_rig *s, const void *ctx)
{
    const kind *how = ctx;
    ring = past_ring();
    s->ring = &ring;
    s->store = past_store_of(&store);
    s->g->only = HF_TLS12;
    s->g->ticket = *how == BY_TICKET;
}

static const puppet_session *kept_by(kind how)
{
    static puppet_session kept;
    memset(&store, 0, sizeof store);
    server_past_make(&kept, dress, &how);
    assert_int_equal(kept.id_len, how == BY_ID ? HF_SESSION_ID : 0);
    assert_int_equal(kept.ticket_len > 0, how == BY_TICKET);
    assert_int_equal(store.count, how == BY_ID ? 1 : 0);
    return &kept;
}

static server_rig *prepare(kind how, const puppet_session *kept)
{
    server_rig *s = server_rig_new();
    dress(s, &how);
    server_past_use(kept, s);
    return s;
}

static void expect_open(server_rig *s, bool resumed, const char *name)
{
    server_rig_start(s);
    server_rig_run(s);
    server_expect_open(s, name);
    if (hf_tls_resumed(&s->r.tls) != resumed || (s->g->p.session != NULL) != resumed) {
        fail_msg("%s: resumed %d", name, !resumed);
    }
    server_expect_talk(s, name);
    server_rig_free(s);
}

/* ---- altered */

static void test_tickets(void **state)
{
    (void)state;
    static puppet_session altered;
    const puppet_session *kept = kept_by(BY_TICKET);
    for (size_t bit = 0; bit < 8 * kept->ticket_len; bit += sweep_step()) {
        char name[40];
        (void)snprintf(name, sizeof name, "bit %zu", bit);
        altered = *kept;
        altered.ticket[bit / 8] ^= (uint8_t)(1u << bit % 8);
        expect_open(prepare(BY_TICKET, &altered), false, name);
    }
    for (size_t len = 1; len < 200; len += sweep_step()) {
        altered = *kept;
        altered.ticket_len = len;
        expect_open(prepare(BY_TICKET, &altered), len == kept->ticket_len, "another length");
    }
}

static void test_ids(void **state)
{
    (void)state;
    static puppet_session altered;
    const puppet_session *kept = kept_by(BY_ID);
    for (size_t bit = 0; bit < 8 * kept->id_len; bit += sweep_step()) {
        altered = *kept;
        altered.id[bit / 8] ^= (uint8_t)(1u << bit % 8);
        memset(store.kept + 1, 0, sizeof store.kept - sizeof store.kept[0]);
        store.count = 1;
        expect_open(prepare(BY_ID, &altered), false, "bit of the id");
    }
    for (size_t len = 1; len <= 32; len++) {
        altered = *kept;
        altered.id_len = len;
        store.count = 1;
        expect_open(prepare(BY_ID, &altered), len == 32, "another length");
    }
}

/* Finished of a client that has another master secret. */
static void test_other_secret(void **state)
{
    (void)state;
    static puppet_session altered;
    for (kind how = BY_TICKET; how <= BY_ID; how++) {
        altered = *kept_by(how);
        altered.master.bytes[47] ^= 1;
        server_rig *s = prepare(how, &altered);
        server_rig_start(s);
        server_rig_run(s);
        assert_string_equal(s->r.p->fault, "record does not open"); /* the server's Finished */
        assert_false(s->g->open);
        assert_int_equal(hf_tls_wants(&s->r.tls) & HF_IS_OPEN, 0);
        server_rig_free(s);
    }
}

static bool flip_finished(puppet *p, int step, puppet_message *m)
{
    (void)p;
    m->body[3] ^= step == M_FINISHED ? 1 : 0;
    return true;
}

static void test_finished(void **state)
{
    (void)state;
    for (kind how = BY_TICKET; how <= BY_ID; how++) {
        server_rig *s = prepare(how, kept_by(how));
        s->r.p->change = flip_finished;
        server_rig_start(s);
        server_rig_run(s);
        served_expect_failed(s, HF_E_FINISHED, 51, 0, "Finished");
        server_rig_free(s);
    }
}

/* ---- ways to offer one */

static void test_ways(void **state)
{
    (void)state;
    static puppet_session both;
    const puppet_session *kept = kept_by(BY_TICKET);
    server_rig *s = prepare(BY_TICKET, kept);
    s->g->ticket_without_id = true; /* RFC 5077 3.4: an empty id comes back empty */
    expect_open(s, true, "no id beside the ticket");
    for (size_t len = 1; len <= 32; len++) {
        s = prepare(BY_TICKET, kept);
        s->g->session_id = len;
        expect_open(s, true, "any id beside it comes back");
    }
    both = *kept_by(BY_ID);
    puppet_session ticket = *kept_by(BY_TICKET); /* the store is empty now */
    both.ticket_len = ticket.ticket_len;
    memcpy(both.ticket, ticket.ticket, ticket.ticket_len);
    both.master = ticket.master;
    expect_open(prepare(BY_TICKET, &both), true, "the ticket counts, not the id");
    both.ticket[20] ^= 1;
    expect_open(prepare(BY_TICKET, &both), false, "neither is good");
}

/* Each resumed handshake gives a new ticket, with which the next one is resumed. */
static void test_chain(void **state)
{
    (void)state;
    static puppet_session kept;
    kept = *kept_by(BY_TICKET);
    for (unsigned i = 0; i < 10; i++) {
        server_rig *s = prepare(BY_TICKET, &kept);
        server_rig_start(s);
        server_rig_run(s);
        server_expect_open(s, "chain");
        assert_true(hf_tls_resumed(&s->r.tls));
        assert_int_equal(s->g->tickets, 1);
        assert_memory_not_equal(kept.ticket, s->g->kept[0].ticket, kept.ticket_len);
        kept = s->g->kept[0];
        server_rig_free(s);
    }
    const puppet_session *id = kept_by(BY_ID);
    for (unsigned i = 0; i < 10; i++) { /* an id stays the same */
        expect_open(prepare(BY_ID, id), true, "id");
        assert_int_equal(store.count, 1);
    }
}

/* An id, and a ticket asked for: it gets one. */
static void test_id_to_ticket(void **state)
{
    (void)state;
    server_rig *s = prepare(BY_ID, kept_by(BY_ID));
    s->g->ticket = true;
    server_rig_start(s);
    server_rig_run(s);
    server_expect_open(s, "id, then ticket");
    assert_true(hf_tls_resumed(&s->r.tls));
    assert_int_equal(s->g->tickets, 1);
    assert_in_range(s->g->kept[0].ticket_len, 1, HF_TICKET_MAX);
    server_rig_free(s);
}

/* ---- RFC 7627 5.3 */

static void test_extended_master(void **state)
{
    (void)state;
    static puppet_session kept;
    for (kind how = BY_TICKET; how <= BY_ID; how++) {
        for (unsigned way = 0; way < 4; way++) {
            bool had = (way & 1) != 0;
            bool has = (way & 2) != 0;
            kept = *kept_by(how);
            server_rig *s = server_rig_new();
            dress(s, &how);
            if (!had) { /* such a session is not given at all */
                s->g->p.legacy = true;
                server_rig_start(s);
                server_rig_run(s);
                server_expect_open(s, "before");
                assert_int_equal(s->g->kept_count, 0);
                assert_int_equal(s->g->tickets, 0);
                assert_int_equal(s->g->id_len, 0);
                server_rig_free(s);
                continue;
            }
            server_past_use(&kept, s);
            s->g->p.legacy = !has;
            if (has) {
                expect_open(s, true, "had and has");
                continue;
            }
            server_rig_start(s);
            server_rig_run(s);
            served_expect_failed(s, HF_E_NO_EXTENDED_MASTER_SECRET, 40, 0, "had, has not");
            server_rig_free(s);
        }
    }
}

/* A ticket that is none, from a client without it: in full, as if there were no ticket. */
static void test_legacy_with_an_unknown_ticket(void **state)
{
    (void)state;
    static puppet_session altered;
    for (kind how = BY_TICKET; how <= BY_ID; how++) {
        altered = *kept_by(how);
        altered.ticket[30] ^= 1;
        altered.id[30] ^= 1;
        server_rig *s = prepare(how, &altered);
        s->g->p.legacy = true;
        server_rig_start(s);
        server_rig_run(s);
        server_expect_open(s, "legacy");
        assert_false(hf_tls_resumed(&s->r.tls));
        server_rig_free(s);
    }
}

/* ---- suites, names */

static void test_other_suite(void **state)
{
    (void)state;
    for (kind how = BY_TICKET; how <= BY_ID; how++) {
        const puppet_session *kept = kept_by(how);
        for (size_t i = 0; hf_suite_at(i) != NULL; i++) {
            const hf_suite *suite = hf_suite_at(i);
            if (suite->version != HF_TLS12 || (suite->key_kinds & HF_SUITE_ECDSA) == 0 ||
                !hf_crypto_has_aead(suite->aead)) {
                continue;
            }
            server_rig *s = prepare(how, kept);
            s->g->suites[0] = suite->id;
            expect_open(s, suite->id == kept->suite, hf_tls_suite_name(suite->id));
        }
    }
}

static void test_other_name(void **state) /* RFC 6066 3 */
{
    (void)state;
    for (kind how = BY_TICKET; how <= BY_ID; how++) {
        const puppet_session *kept = kept_by(how);
        server_rig *s = prepare(how, kept);
        s->g->sni = "Device.Example.COM";
        expect_open(s, true, "the same name");
        s = prepare(how, kept);
        s->g->omit = GUEST_WITHOUT(X_SERVER_NAME);
        expect_open(s, false, "no name");
    }
}

/* ---- stores */

static void test_full_store(void **state)
{
    (void)state;
    static const kind HOW = BY_ID;
    memset(&store, 0, sizeof store);
    store.count = PAST_STORE_MAX;
    server_rig *s = server_rig_new();
    dress(s, &HOW);
    expect_open(s, false, "full store");
    assert_int_equal(store.refused, 1);
    assert_int_equal(store.count, PAST_STORE_MAX);
}

/* What stands there was kept for something else, or cut. */
static void test_strange_states(void **state)
{
    (void)state;
    const puppet_session *kept = kept_by(BY_ID);
    past_store good = store;
    for (size_t len = 0; len < good.kept[0].len; len += sweep_step()) {
        store = good;
        store.kept[0].len = len;
        expect_open(prepare(BY_ID, kept), false, "cut");
    }
    for (size_t bit = 0; bit < 8 * 32; bit += sweep_step()) { /* what it is bound to */
        store = good;
        store.kept[0].state[bit / 8] ^= (uint8_t)(1u << bit % 8);
        expect_open(prepare(BY_ID, kept), false, "bound to something else");
    }
    store = good;
    store.kept[0].len = HF_STORED_MAX;
    expect_open(prepare(BY_ID, kept), false, "longer");
    store = good;
    expect_open(prepare(BY_ID, kept), true, "as it was");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tickets),
        cmocka_unit_test(test_ids),
        cmocka_unit_test(test_other_secret),
        cmocka_unit_test(test_finished),
        cmocka_unit_test(test_ways),
        cmocka_unit_test(test_chain),
        cmocka_unit_test(test_id_to_ticket),
        cmocka_unit_test(test_extended_master),
        cmocka_unit_test(test_legacy_with_an_unknown_ticket),
        cmocka_unit_test(test_other_suite),
        cmocka_unit_test(test_other_name),
        cmocka_unit_test(test_full_store),
        cmocka_unit_test(test_strange_states),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
