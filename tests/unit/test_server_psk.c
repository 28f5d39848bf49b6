/* The server with PSKs of TLS 1.3: binders and tickets with each bit altered, and early data behind
 * a PSK that is taken (RFC 8446 4.2.10, 4.2.11). What is chosen: test_server_psk_choice.c.
 */
#include "unit/needs.h"
#include "unit/psk_rig.h"

#include <stdio.h>
#include <string.h>

/* ---- binders and tickets altered */

typedef struct flip {
    int step;
    size_t bit; /* of the binder, or of the ticket */
    bool ticket;
} flip;

static bool flip_bit(puppet *p, int step, puppet_message *m)
{
    const flip *f = p->ctx;
    if (step != f->step) {
        return true;
    }
    guest *g = guest_of(p);
    size_t at = g->binders_at + 3;
    if (f->ticket) {
        at = g->binders_at - 4 - g->sessions[0]->ticket_len;
    }
    m->body[at + f->bit / 8] ^= (uint8_t)(1u << f->bit % 8);
    return true;
}

static void test_binders(void **state)
{
    (void)state;
    static const psk_setting SETTINGS[] = {
        {0x1301, false, false},
        {0x1302, false, false},
        {0x1301, true, false},
        {0x1301, false, true},
    };
    for (size_t i = 0; i < COUNT(SETTINGS); i++) {
        const psk_setting *c = &SETTINGS[i];
        const puppet_session *kept = psk_kept(c);
        size_t bits = 8 * hf_hash_size(puppet_session_hash(kept));
        for (size_t bit = 0; bit < bits; bit += sweep_step()) {
            flip f = {.step = c->retry ? M_SECOND_HELLO : M_CLIENT_HELLO, .bit = bit};
            char name[60];
            (void)snprintf(name, sizeof name, "setting %zu, bit %zu of the binder", i, bit);
            server_rig *s = psk_prepare(c, kept);
            s->r.p->change = flip_bit;
            s->r.p->ctx = &f;
            s->r.feed = bit % 16 == 0 ? 1 : 0;
            server_rig_start(s);
            server_rig_run(s);
            served_expect_failed(s, HF_E_PSK_REFUSED, 51, 0, name);
            server_rig_free(s);
        }
        psk_expect_open(psk_prepare(c, kept), true, "unaltered");
    }
}

/* The first hello of two is bound as well. */
static void test_binder_before_a_retry(void **state)
{
    (void)state;
    static const psk_setting RETRY = {0x1301, false, true};
    const puppet_session *kept = psk_kept(&RETRY);
    flip f = {.step = M_CLIENT_HELLO, .bit = 100};
    server_rig *s = psk_prepare(&RETRY, kept);
    s->r.p->change = flip_bit;
    s->r.p->ctx = &f;
    server_rig_start(s);
    server_rig_run(s);
    served_expect_failed(s, HF_E_PSK_REFUSED, 51, 0, "first binder");
    server_rig_free(s);
}

/* A ticket that does not open is no error, and its binder means nothing. */
static void test_tickets(void **state)
{
    (void)state;
    static const psk_setting SETTINGS[] = {{0x1301, false, false}, {0x1302, false, true}};
    for (size_t i = 0; i < COUNT(SETTINGS); i++) {
        const puppet_session *kept = psk_kept(&SETTINGS[i]);
        assert_in_range(kept->ticket_len, 1, i == 0 ? 112 : HF_TICKET_MAX);
        for (size_t bit = 0; bit < 8 * kept->ticket_len; bit += sweep_step()) {
            static puppet_session altered;
            char name[60];
            (void)snprintf(name, sizeof name, "setting %zu, bit %zu of the ticket", i, bit);
            altered = *kept;
            altered.ticket[bit / 8] ^= (uint8_t)(1u << bit % 8);
            psk_expect_open(psk_prepare(&SETTINGS[i], &altered), false, name);
        }
    }
}

static void test_ticket_lengths(void **state)
{
    (void)state;
    static const psk_setting PLAIN = {0x1301, false, false};
    static puppet_session altered;
    const puppet_session *kept = psk_kept(&PLAIN);
    for (size_t len = 1; len <= 200; len += sweep_step()) {
        altered = *kept;
        altered.ticket_len = len;
        psk_expect_open(psk_prepare(&PLAIN, &altered), len == kept->ticket_len, "another length");
    }
    altered.ticket_len = 4000;
    psk_expect_open(psk_prepare(&PLAIN, &altered), false, "much too long");
}

/* ---- early data behind a PSK that is taken */

typedef struct early {
    const char *name;
    unsigned records;
    size_t len; /* of each */
    size_t limit, input;
    hf_code code;
    uint8_t alert;
    uint32_t detail;
} early;

static const early EARLY[] = {
    {"one record", 1, 100, 0, 0, HF_OK, 0, 0},
    {"many", 100, 100, 0, 0, HF_OK, 0, 0},
    {"to the limit", 2, 95, 200, 0, HF_OK, 0, 0},
    {"over the limit", 2, 95, 199, 0, HF_E_EARLY_DATA, 10, 199},
    {"over the limit by a byte", 2, 96, 201, 0, HF_E_EARLY_DATA, 10, 201},
    {"to the default", 2, 8187, 0, 0, HF_OK, 0, 0},
    {"over the default", 2, 8188, 0, 0, HF_E_EARLY_DATA, 10, 16384},
    {"larger than the buffer", 1, 10000, 0, 2048, HF_OK, 0, 0},
};

static size_t early_limit;

static void configure_early(server_rig *s, hf_config *config)
{
    (void)s;
    config->limits.early_data = (uint32_t)early_limit;
}

static void test_early_data(void **state)
{
    (void)state;
    for (size_t i = 0; i < 8 * COUNT(EARLY); i++) {
        const early *e = &EARLY[i / 8];
        psk_setting c = {0x1301, (i & 2) != 0, (i & 4) != 0 && (i & 2) == 0};
        server_rig *s = psk_prepare(&c, psk_kept(&c));
        s->g->early = true;
        s->g->early_records = e->records;
        s->g->early_len = e->len;
        s->r.input = e->input;
        s->r.feed = s->r.drain = i & 1;
        s->configure = configure_early;
        early_limit = e->limit;
        server_rig_start(s);
        server_rig_run(s);
        if (e->code == HF_OK) {
            server_expect_open(s, e->name);
            assert_true(hf_tls_resumed(&s->r.tls));
            server_expect_talk(s, e->name);
        } else {
            served_expect_failed(s, e->code, e->alert, e->detail, e->name);
        }
        server_rig_free(s);
    }
}

/* It was refused, so its end may not come (RFC 8446 4.2.10, 4.5). */
static bool end_of_early_data(puppet *p, int step, puppet_message *m)
{
    (void)m;
    if (step == M_FINISHED) {
        puppet_say(p, M_END_OF_EARLY_DATA, NULL, 0);
    }
    return true;
}

static void test_end_of_early_data(void **state)
{
    (void)state;
    static const psk_setting PLAIN = {0x1301, false, false};
    server_rig *s = psk_prepare(&PLAIN, psk_kept(&PLAIN));
    s->g->early = true;
    s->r.p->change = end_of_early_data;
    server_rig_start(s);
    server_rig_run(s);
    served_expect_failed(s, HF_E_UNEXPECTED_MESSAGE, 10, 0, "EndOfEarlyData");
    server_rig_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_binders),    cmocka_unit_test(test_binder_before_a_retry),
        cmocka_unit_test(test_tickets),    cmocka_unit_test(test_ticket_lengths),
        cmocka_unit_test(test_early_data), cmocka_unit_test(test_end_of_early_data),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
