/* The scripted peers resume each other's sessions: tickets and PSKs of TLS 1.3 in both modes,
 * tickets and session ids of TLS 1.2; three connections in a row, each with what the one before
 * gave. What they notice of the other one's mistakes is in test_guest_resume_check.c.
 */
#include "unit/scripted_resumption.h"

static const resumption RESUMPTIONS[] = {
    {.name = "psk_dhe_ke", .version = HF_TLS13, .tickets = 1},
    {.name = "psk_ke", .version = HF_TLS13, .tickets = 1, .ke = true},
    {.name = "both modes, dhe taken", .version = HF_TLS13, .tickets = 1, .dhe_and_ke = true},
    {.name = "both modes, ke taken",
     .version = HF_TLS13,
     .tickets = 1,
     .dhe_and_ke = true,
     .ke = true},
    {.name = "SHA-384", .version = HF_TLS13, .suite = 0x1302, .tickets = 1},
    {.name = "SHA-384, retry", .version = HF_TLS13, .suite = 0x1302, .tickets = 1, .retry = true},
    {.name = "retry", .version = HF_TLS13, .tickets = 1, .retry = true},
    {.name = "retry, ke", .version = HF_TLS13, .tickets = 1, .retry = true, .ke = true},
    {.name = "three tickets, no nonce first", .version = HF_TLS13, .tickets = 3},
    {.name = "long nonce", .version = HF_TLS13, .tickets = 2, .nonce_len = 255},
    {.name = "one byte", .version = HF_TLS13, .tickets = 1, .ticket_len = 1},
    {.name = "4096", .version = HF_TLS13, .tickets = 1, .ticket_len = 4096},
    {.name = "20000", .version = HF_TLS13, .tickets = 1, .ticket_len = 20000, .cut = 1000},
    {.name = "unknown before and behind",
     .version = HF_TLS13,
     .tickets = 1,
     .before = 2,
     .behind = 3},
    {.name = "compatible, mutual",
     .version = HF_TLS13,
     .tickets = 1,
     .compatible = true,
     .mutual = true},
    {.name = "joined", .version = HF_TLS13, .tickets = 2, .join = true, .mutual = true},
    {.name = "early data", .version = HF_TLS13, .tickets = 1, .early = 3},
    {.name = "early data, retry", .version = HF_TLS13, .tickets = 1, .early = 3, .retry = true},
    {.name = "ticket", .version = HF_TLS12, .tickets = 1},
    {.name = "ticket, mutual", .version = HF_TLS12, .tickets = 1, .mutual = true},
    {.name = "ticket without id beside it", .version = HF_TLS12, .tickets = 1, .bare = true},
    {.name = "session id", .version = HF_TLS12, .id = true},
    {.name = "ticket and id", .version = HF_TLS12, .id = true, .tickets = 1},
    {.name = "ticket, no RFC 7627", .version = HF_TLS12, .tickets = 1, .legacy = true},
    {.name = "id, no RFC 7627", .version = HF_TLS12, .id = true, .legacy = true},
    {.name = "ticket, joined", .version = HF_TLS12, .tickets = 1, .join = true},
    {.name = "ticket, cut", .version = HF_TLS12, .tickets = 1, .cut = 7, .ticket_len = 500},
    {.name = "ticket of 20000",
     .version = HF_TLS12,
     .tickets = 1,
     .suite = 0xc02c,
     .ticket_len = 20000},
};

static void expect_same_session(const scripted_pair *t, const char *name)
{
    const guest *g = t->g;
    const puppet *s = t->s;
    if (g->kept_count == 0 || g->kept_count != s->given_count) {
        fail_msg("%s: %u kept, %u given", name, g->kept_count, s->given_count);
    }
    for (unsigned i = 0; i < g->kept_count; i++) {
        const puppet_session *a = &g->kept[i];
        const puppet_session *b = &s->given[i];
        assert_int_equal(a->version, b->version);
        assert_int_equal(a->suite, b->suite);
        assert_int_equal(a->extended, a->version == HF_TLS12 && b->extended);
        assert_int_equal(a->ticket_len, b->ticket_len);
        assert_memory_equal(a->ticket, b->ticket, a->ticket_len);
        assert_int_equal(a->id_len, b->id_len);
        assert_memory_equal(a->id, b->id, a->id_len);
        assert_memory_equal(a->psk, b->psk, sizeof a->psk);
        assert_memory_equal(&a->master, &b->master, sizeof a->master);
        assert_int_equal(a->age_add, a->version == HF_TLS12 ? 0 : b->age_add);
        if (a->ticket_len > 0) {
            assert_int_equal(a->lifetime, b->lifetime);
        }
    }
}

static void expect_resumed(const scripted_pair *t, const resumption *c)
{
    const guest *g = t->g;
    const puppet *s = t->s;
    assert_ptr_equal(g->p.session, g->sessions[0]);
    assert_ptr_equal(s->session, s->known[2]);
    assert_int_equal(g->p.ke, c->ke);
    assert_int_equal(s->ke, c->ke);
    assert_int_equal(g->p.peer_chain_count, 0);
    assert_false(s->certificate_verified);
    assert_int_equal(s->early_offered, c->early > 0);
    assert_int_equal(s->skipped, c->early);
    if (c->version == HF_TLS13) {
        assert_memory_equal(&g->p.exporter, &s->exporter, hf_hash_size(s->chosen->hash));
        assert_int_equal(s->psk_offered, 1 + c->before + c->behind);
        assert_int_equal(s->selected, c->before);
        assert_int_equal(g->p.selected, c->before);
        assert_int_equal(s->psk_modes, c->dhe_and_ke ? 3 : c->ke ? 1 : 2);
        if (c->before == 0) {
            assert_int_equal(s->psk_age, g->sessions[0]->age_add + 5000);
        }
    } else {
        assert_int_equal(s->ticket_offered, c->tickets == 0 ? 0 : g->sessions[0]->ticket_len);
        assert_int_equal(s->session_id_len, c->bare ? 0 : 32);
        assert_memory_equal(&g->p.master, &s->master, sizeof s->master);
    }
}

static void talk(scripted_pair *t, size_t most, const char *name)
{
    puppet_record(&t->g->p, R_DATA, (const uint8_t *)"ping", 4);
    puppet_record(t->s, R_DATA, (const uint8_t *)"pong!", 5);
    scripted_run(t, most);
    scripted_expect_open(t, name);
    assert_int_equal(t->s->data_len, 4);
    assert_int_equal(t->g->p.data_len, 5);
}

static void run(const resumption *c, size_t most)
{
    scripted_pair *old = NULL;
    for (unsigned round = 0; round < 3; round++) {
        scripted_pair *t = resumption_dress(c, old);
        guest_start(t->g);
        scripted_run(t, most);
        scripted_expect_open(t, c->name);
        if (round > 0) {
            expect_resumed(t, c);
        } else {
            assert_int_equal(t->g->p.peer_chain_count, 2);
            assert_null(t->s->session);
        }
        talk(t, most, c->name);
        if (t->g->kept_count > 0 || round == 0) { /* a resumed id gives nothing new */
            expect_same_session(t, c->name);
        } else {
            assert_true(c->id && c->tickets == 0);
            t->g->kept[t->g->kept_count++] = *t->g->p.session;
            t->s->given[t->s->given_count++] = *t->s->session;
        }
        if (old != NULL) {
            scripted_free(old);
        }
        old = t;
    }
    scripted_free(old);
}

static void test_resumptions(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof RESUMPTIONS / sizeof RESUMPTIONS[0]; i++) {
        const hf_suite *suite = hf_suite_find(RESUMPTIONS[i].suite);
        if (suite == NULL || hf_crypto_has_aead(suite->aead)) {
            run(&RESUMPTIONS[i], 0);
            run(&RESUMPTIONS[i], 1);
        }
    }
}

static bool edit_and_bind(puppet *p, int step, puppet_message *m)
{
    if (step == M_CLIENT_HELLO) {
        m->body[2] ^= 1;
        p->client_random[0] ^= 1;
        guest_bind(guest_of(p), m);
    }
    return true;
}

static void test_bound_again(void **state)
{
    (void)state;
    resumption plain = {.version = HF_TLS13, .tickets = 1, .before = 1};
    scripted_pair *old = resumption_dress(&plain, NULL);
    guest_start(old->g);
    scripted_run(old, 0);
    scripted_pair *t = resumption_dress(&plain, old);
    t->g->p.change = edit_and_bind;
    guest_start(t->g);
    scripted_run(t, 0);
    scripted_expect_open(t, "bound again");
    expect_resumed(t, &plain);
    scripted_free(old);
    scripted_free(t);
}

/* A session that the server does not know, of another suite, or of another hash: in full. */
static void test_not_resumed(void **state)
{
    (void)state;
    for (unsigned way = 0; way < 6; way++) {
        uint16_t version = way < 3 ? HF_TLS13 : HF_TLS12;
        resumption plain = {.version = version, .tickets = 1, .id = way == 4};
        scripted_pair *old = resumption_dress(&plain, NULL);
        guest_start(old->g);
        scripted_run(old, 0);
        scripted_pair *t = resumption_dress(&plain, old);
        if (way == 0 || way == 3 || way == 4) {
            t->s->known[2] = NULL;
        } else if (way == 1 || way == 5) {
            t->s->suite = version == HF_TLS13 ? 0x1303 : 0xcca9;
            old->g->kept[0].suite = old->s->given[0].suite = version == HF_TLS13 ? 0x1302 : 0xc02c;
        } else {
            t->g->psk_modes[0] = 0; /* psk_ke alone, which this server does not want */
        }
        guest_start(t->g);
        scripted_run(t, 0);
        scripted_expect_open(t, "in full");
        assert_null(t->s->session);
        assert_null(t->g->p.session);
        assert_int_equal(t->g->p.peer_chain_count, 2);
        scripted_free(old);
        scripted_free(t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_resumptions),
        cmocka_unit_test(test_bound_again),
        cmocka_unit_test(test_not_resumed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
