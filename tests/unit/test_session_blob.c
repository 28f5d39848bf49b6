/* A client's session as it comes back from flash: each bit flipped, each length cut, of another
 * program, name, policy or identity. Nothing of it is an error: the handshake is done in full.
 */
#include "puppet/flow_oracle.h"
#include "puppet/past.h"
#include "unit/cmocka_all.h"

#include <stdio.h>
#include <string.h>

#pragma GCC diagnostic ignored "-Wmissing-field-initializers" /* the rest of a line is zero */

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static void dress(rig *r, const void *ctx)
{
    const oracle_resume *how = ctx;
    r->p->version = *how < ORACLE_TICKET ? HF_TLS13 : HF_TLS12;
    r->p->give_id = *how == ORACLE_ID;
    r->p->tickets = *how == ORACLE_ID ? 0 : 1;
    r->p->ticket_len = 20;
}

static const oracle_resume KINDS[] = {ORACLE_PSK_DHE, ORACLE_TICKET, ORACLE_ID};

static client_past *past_of(oracle_resume how)
{
    static client_past past;
    client_past_make(&past, dress, &how);
    return &past;
}

/* A connection with that past, begun: is a session offered? */
static rig *begin(client_past *past, oracle_resume how, bool offered, const char *name)
{
    rig *r = rig_new();
    dress(r, &how);
    client_past_use(past, r);
    rig_start(r);
    if (hf_tls_offered_session(&r->tls) != offered) {
        fail_msg("kind %d, %s: offered %d", (int)how, name, !offered);
    }
    return r;
}

/* And to its end: it is resumed if it was offered. */
static void expect(client_past *past, oracle_resume how, bool offered, const char *name)
{
    rig *r = begin(past, how, offered, name);
    rig_run(r);
    rig_expect_open(r, name);
    assert_int_equal(hf_tls_resumed(&r->tls), offered);
    assert_int_equal(r->p->psk_offered, offered && how == ORACLE_PSK_DHE ? 1 : 0);
    assert_int_equal(r->p->ticket_offered, offered && how == ORACLE_TICKET ? 20 : 0);
    rig_free(r);
}

/* Every 16th goes on to the end. */
static void expect_ignored(client_past *past, oracle_resume how, size_t index, const char *name)
{
    if (index % 16 == 0) {
        expect(past, how, false, name);
    } else {
        rig_free(begin(past, how, false, name));
    }
}

static void test_flipped_bits(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(KINDS); i++) {
        client_past *past = past_of(KINDS[i]);
        for (size_t bit = 0; bit < past->len * 8; bit++) {
            char name[40];
            (void)snprintf(name, sizeof name, "bit %zu", bit);
            past->blob[bit / 8] ^= (uint8_t)(1 << bit % 8);
            expect_ignored(past, KINDS[i], bit, name);
            past->blob[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        expect(past, KINDS[i], true, "whole again");
    }
}

static void test_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(KINDS); i++) {
        client_past *past = past_of(KINDS[i]);
        size_t whole = past->len;
        for (past->len = 0; past->len < whole; past->len++) {
            char name[40];
            (void)snprintf(name, sizeof name, "cut to %zu", past->len);
            expect_ignored(past, KINDS[i], past->len, name);
        }
        past->blob[past->len++] = 0;
        expect(past, KINDS[i], false, "a byte more");
        past->len = whole;
        expect(past, KINDS[i], true, "whole again");
    }
}

static void test_not_a_session(void **state)
{
    (void)state;
    client_past *past = past_of(ORACLE_PSK_DHE);
    for (unsigned fill = 0; fill < 256; fill++) {
        memset(past->blob, (int)fill, past->len);
        expect_ignored(past, ORACLE_PSK_DHE, fill, "one byte over and over");
    }
    past->len = sizeof past->blob;
    expect(past, ORACLE_PSK_DHE, false, "as much as there may be");
}

/* A length that is larger than the buffer is none. */
static void test_beyond_the_buffer(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(KINDS); i++) {
        client_past *past = past_of(KINDS[i]);
        rig *r = rig_new();
        dress(r, &KINDS[i]);
        client_past_use(past, r);
        rig_start(r);
        hf_tls_release(&r->tls);
        r->session.len = r->session.cap + 1;
        const hf_tls_memory memory = {
            .input = {r->memory[1], r->input},
            .output = {r->memory[2], r->output},
            .certificate = {r->memory[3], r->certificate},
            .names = {r->memory[4], 512},
            .session = &r->session,
        };
        assert_int_equal(hf_tls_client(&r->tls, &r->config, &memory, "device.example.com"), HF_OK);
        assert_false(hf_tls_offered_session(&r->tls));
        rig_free(r);
    }
}

/* ---- made for something else */

static void other_identity(rig *r)
{
    r->identity = true;
}

static void other_version(rig *r)
{
    bool tls13 = r->p->version == HF_TLS13;
    r->version_max = tls13 ? HF_TLS12 : 0;
    r->version_min = tls13 ? 0 : HF_TLS13;
    r->p->version = tls13 ? HF_TLS12 : HF_TLS13;
}

static void other_anchors(rig *r)
{
    r->rsa = true;
}

static void other_modes(rig *r)
{
    r->psk_modes = HF_PSK_DHE_OR_KE;
}

static void strict(rig *r)
{
    r->strict = true;
}

static const struct {
    const char *name;
    void (*set)(rig *r);
} ELSE[] = {
    {"another identity", other_identity},
    {"another version", other_version},
    {"other anchors", other_anchors},
    {"other PSK modes", other_modes},
    {"stricter", strict},
};

static void test_made_for_something_else(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(KINDS) * COUNT(ELSE); i++) {
        oracle_resume how = KINDS[i % COUNT(KINDS)];
        rig *r = rig_new();
        client_past_use(past_of(how), r);
        dress(r, &how);
        ELSE[i / COUNT(KINDS)].set(r);
        rig_start(r);
        if (hf_tls_offered_session(&r->tls)) {
            fail_msg("kind %d, %s: offered", (int)how, ELSE[i / COUNT(KINDS)].name);
        }
        rig_run(r);
        rig_expect_open(r, ELSE[i / COUNT(KINDS)].name);
        assert_false(hf_tls_resumed(&r->tls));
        rig_free(r);
    }
}

/* The name that is checked, in any case of its letters, and the one that is sent. */
static void test_other_name(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool offered;
    } NAMES[] = {{"device.example.com", true},
                 {"DEVICE.example.COM", true},
                 {"device.example.co", false},
                 {"device.example.net", false},
                 {"other.example.com", false}};
    for (size_t i = 0; i < COUNT(KINDS) * COUNT(NAMES); i++) {
        oracle_resume how = KINDS[i / COUNT(NAMES)];
        rig *r = rig_new();
        client_past_use(past_of(how), r);
        dress(r, &how);
        r->name = NAMES[i % COUNT(NAMES)].name;
        rig_start(r);
        assert_int_equal(hf_tls_offered_session(&r->tls), NAMES[i % COUNT(NAMES)].offered);
        rig_free(r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flipped_bits),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_not_a_session),
        cmocka_unit_test(test_beyond_the_buffer),
        cmocka_unit_test(test_made_for_something_else),
        cmocka_unit_test(test_other_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
