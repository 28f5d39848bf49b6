/* Random calls in random order. Against a server that behaves: whatever the program does between
 * the steps, and however small the buffers are, the connection is made, data arrive whole, and
 * wants() never leaves it without a way on. Against one that errs somewhere: it ends, with one
 * alert at most and nothing behind it. Seeds are fixed, so a failure can be repeated. */
#include "puppet/rig.h"
#include "unit/cmocka_all.h"
#include "unit/needs.h"
#include "unit/x509_fixtures.h"

#include <stdio.h>
#include <string.h>

#define GAMES 800u
#define MOVES 300u

static uint32_t luck;

static uint32_t draw(uint32_t below)
{
    luck ^= luck << 13;
    luck ^= luck >> 17;
    luck ^= luck << 5;
    return luck % below;
}

/* ---- a signer that takes its time */

typedef struct slow_signer {
    hf_key key;
    hf_private_key parts;
    hf_span der;
    uint8_t hash[HF_HASH_MAX];
    bool asked;
} slow_signer;

static hf_code ask(void *ctx, uint16_t scheme, hf_span hash, hf_space signature, size_t *len)
{
    slow_signer *s = ctx;
    (void)signature;
    (void)len;
    assert_int_equal(scheme, HF_ECDSA_SECP256R1_SHA256);
    memcpy(s->hash, hash.ptr, hash.len);
    s->asked = true;
    return HF_PENDING;
}

static void answer(rig *r, slow_signer *s)
{
    uint8_t signature[HF_SIGNATURE_MAX];
    size_t len = 0;
    assert_true(s->asked);
    s->asked = false;
    assert_int_equal(hf_key_sign(&s->key, &r->p->crypto, HF_ECDSA, HF_SHA256, s->hash, signature,
                                 sizeof signature, &len),
                     HF_OK);
    (void)hf_tls_sign_done(&r->tls, HF_OK, (hf_span){signature, len});
}

/* ---- moves */

typedef struct game {
    rig *r;
    slow_signer signer;
    uint8_t said[40000]; /* data of ours */
    size_t said_len;
    size_t told_len; /* data of the puppet's: counted bytes */
    char name[24];
} game;

static void move_input(game *g)
{
    puppet *p = g->r->p;
    size_t room = 0;
    uint8_t *to = hf_tls_input(&g->r->tls, &room);
    size_t have = p->out_len - p->out_at;
    size_t len = have < room ? have : room;
    len = len > 0 ? draw((uint32_t)len + 1) : 0;
    if (to != NULL && len > 0) {
        memcpy(to, p->out + p->out_at, len);
        p->out_at += len;
    }
    if (to != NULL) {
        (void)hf_tls_input_done(&g->r->tls, len);
    }
}

static void move_output(game *g)
{
    size_t len = 0;
    const uint8_t *bytes = hf_tls_output(&g->r->tls, &len);
    if (len > 0) {
        len = draw((uint32_t)len) + 1;
        puppet_receive(g->r->p, bytes, len);
        hf_tls_output_done(&g->r->tls, len);
    }
}

static void take(game *g, size_t most)
{
    size_t len = 0;
    const uint8_t *bytes = hf_tls_data(&g->r->tls, &len);
    len = len < most ? len : most;
    for (size_t i = 0; i < len; i++) {
        assert_int_equal(bytes[i], (uint8_t)(g->r->data_len + i));
    }
    g->r->data_len += len;
    if (len > 0) {
        (void)hf_tls_data_done(&g->r->tls, len);
    }
}

static void move_send(game *g)
{
    size_t room = 0;
    uint8_t *to = hf_tls_room(&g->r->tls, &room);
    size_t len = to == NULL ? 0 : draw(room < 200 ? (uint32_t)room + 1 : 200);
    if (len == 0 || g->said_len + len > sizeof g->said) {
        return;
    }
    for (size_t i = 0; i < len; i++) {
        to[i] = (uint8_t)(g->said_len + i);
    }
    if (draw(4) == 0) { /* something in between: the room may be lost */
        (void)hf_tls_run(&g->r->tls);
    }
    if (draw(8) == 0) {
        move_input(g);
    }
    if (hf_tls_room_done(&g->r->tls, len) == HF_OK) {
        for (size_t i = 0; i < len; i++) {
            g->said[g->said_len + i] = (uint8_t)(g->said_len + i);
        }
        g->said_len += len;
    }
}

/* The server speaks: data, tickets, KeyUpdates. */
static void move_server(game *g)
{
    puppet *p = g->r->p;
    uint8_t data[300];
    if (!p->peer_finished || p->out_len > PUPPET_OUT_MAX - 2000) {
        return;
    }
    bool v13 = p->version == HF_TLS13;
    uint32_t what = draw(v13 ? 4 : 2);
    if (what == 2) {
        puppet_update(p, (uint8_t)draw(2));
    } else if (what == 3) {
        puppet_ticket(p, 1 + draw(900));
    } else {
        size_t len = 1 + draw(sizeof data);
        for (size_t i = 0; i < len; i++) {
            data[i] = (uint8_t)(g->told_len + i);
        }
        g->told_len += len;
        puppet_record(p, R_DATA, data, len);
    }
}

static void move(game *g)
{
    switch (draw(12)) {
    case 0:
        (void)hf_tls_run(&g->r->tls);
        break;
    case 1:
        (void)hf_tls_input_done(&g->r->tls, 0);
        break;
    case 2:
        hf_tls_output_done(&g->r->tls, 0);
        break;
    case 3:
    case 4:
        move_output(g);
        break;
    case 5:
    case 6:
        move_input(g);
        break;
    case 7:
        take(g, draw(100));
        break;
    case 8:
        move_send(g);
        break;
    case 9:
        move_server(g);
        break;
    case 10:
        if (draw(4) == 0) {
            (void)hf_tls_update_keys(&g->r->tls, draw(2) == 0);
        }
        break;
    default:
        if ((hf_tls_wants(&g->r->tls) & HF_WANT_SIGN) != 0) {
            answer(g->r, &g->signer);
        }
        break;
    }
}

/* Serves wants() until nothing is left to do. */
static void play_to_the_end(game *g)
{
    rig *r = g->r;
    for (unsigned i = 0; i < 200000; i++) {
        unsigned wants = hf_tls_wants(&r->tls);
        if ((wants & HF_WANT_SIGN) != 0) {
            answer(r, &g->signer);
        } else if ((wants & HF_HAS_DATA) != 0) {
            take(g, 100000);
        } else if (!rig_step(r)) {
            return;
        }
    }
    fail_msg("it goes on for ever");
}

static void deal(game *g, uint32_t seed)
{
    static const uint16_t groups[] = {0, HF_SECP256R1, HF_SECP384R1};
    luck = seed * 2654435761u + 1u;
    memset(g, 0, sizeof *g);
    rig *r = rig_new();
    g->r = r;
    r->p->version = draw(2) == 0 ? HF_TLS13 : HF_TLS12;
    r->p->request = draw(3) > 0;
    r->identity = draw(3) > 0;
    r->p->join = draw(2) == 0;
    r->p->pad = r->p->version == HF_TLS13 && draw(3) == 0 ? draw(3000) : 0;
    r->p->cut = draw(3) == 0 ? 1 + draw(600) : 0;
    r->p->retry = r->p->version == HF_TLS13 && draw(4) == 0;
    r->p->group = r->p->retry ? groups[1 + draw(2)] : 0;
    r->p->cookie_len = r->p->retry && draw(2) == 0 ? draw(400) : 0;
    r->compatibility = draw(3) == 0;
    r->input = draw(2) == 0 ? 512 + draw(1500) : 0;
    r->output = 256 + draw(draw(2) == 0 ? 10 : 1000);
    r->key_limit = r->p->version == HF_TLS13 && draw(3) == 0 ? 1 + draw(5) : 0;
    g->signer.der = fixture("key-leaf.pkcs8");
    assert_int_equal(hf_key_parse(&g->signer.parts, g->signer.der, NULL), HF_OK);
    assert_int_equal(hf_key_load(&g->signer.key, &r->p->crypto, &g->signer.parts), HF_OK);
    r->signer = (hf_signer){draw(2) == 0 ? ask : NULL, &g->signer};
    (void)snprintf(g->name, sizeof g->name, "seed %u", (unsigned)seed);
}

static void fold(game *g)
{
    hf_key_release(&g->signer.key);
    fixture_free(g->signer.der);
    rig_free(g->r);
}

static void make_moves(game *g)
{
    for (unsigned i = 0; i < MOVES; i++) {
        move(g);
        if (g->r->p->peer_finished) {
            g->r->p->pad = 0; /* application records must fit */
        }
    }
}

static void play(uint32_t seed)
{
    static game g;
    deal(&g, seed);
    rig_start(g.r);
    make_moves(&g);
    play_to_the_end(&g);
    rig_expect_open(g.r, g.name);
    assert_int_equal(g.r->data_len, g.told_len);
    assert_int_equal(g.r->p->data_len, g.said_len);
    assert_memory_equal(g.r->p->data, g.said, g.said_len);
    assert_int_equal(g.r->p->alerts, 0);
    fold(&g);
}

/* ---- a server that errs */

/* Each message may have a byte changed, taken out or added. */
static bool err_in_message(puppet *p, int step, puppet_message *m)
{
    (void)p;
    size_t at = m->len > 0 ? draw((uint32_t)m->len) : 0;
    if (step >= M_CCS || m->len == 0 || draw(8) > 0) {
        return true;
    }
    switch (draw(4)) {
    case 0:
        memmove(m->body + at, m->body + at + 1, m->len - at - 1);
        m->len--;
        return true;
    case 1:
        memmove(m->body + at + 1, m->body + at, m->len - at);
        m->len++;
        return true;
    case 2:
        return false; /* left out */
    default:
        m->body[at] ^= (uint8_t)(1u << draw(8));
        return true;
    }
}

static void err_in_record(puppet *p, puppet_out *record)
{
    (void)p;
    if (draw(40) > 0) {
        return;
    }
    switch (draw(4)) {
    case 0:
        record->corrupt = true;
        break;
    case 1:
        record->inner = (uint8_t)draw(26);
        break;
    case 2:
        record->outer = (uint8_t)(20 + draw(5));
        break;
    default:
        record->pad = draw(17000);
        break;
    }
}

static void play_errors(uint32_t seed)
{
    static game g;
    deal(&g, seed);
    rig *r = g.r;
    r->p->change = err_in_message;
    r->p->on_record = err_in_record;
    rig_start(r);
    make_moves(&g);
    play_to_the_end(&g);
    hf_code code = hf_tls_input_end(&r->tls);
    const hf_error *error = hf_tls_error(&r->tls);
    bool sent = error->alert_by == HF_ALERT_SENT;
    bool other_keys = code == HF_E_BAD_RECORD_MAC; /* a hello was changed: no alert is understood */
    assert_int_equal(code, error->code);
    assert_int_not_equal(code, HF_OK); /* the server never says close_notify */
    assert_int_not_equal(code, HF_E_INTERNAL);
    assert_int_not_equal(code, HF_E_USAGE);
    play_to_the_end(&g);
    bool good = r->p->alerts == (sent ? 1u : 0u) && (!sent || r->p->alert == error->alert) &&
                r->p->fault == NULL;
    if (!good && !other_keys) {
        fail_msg("%s: %s, alert %u by %u, %u on the wire (%u), %s", g.name, hf_error_name(code),
                 error->alert, error->alert_by, r->p->alerts, r->p->alert,
                 r->p->fault == NULL ? "-" : r->p->fault);
    }
    unsigned records = hf_tls_records_out(&r->tls);
    make_moves(&g);
    assert_int_equal(hf_tls_records_out(&r->tls), records);
    fold(&g);
}

static void test_monkey(void **state)
{
    (void)state;
    needs_pieces();
    for (uint32_t seed = 0; seed < GAMES; seed++) {
        play(seed);
    }
}

static void test_errors(void **state)
{
    (void)state;
    for (uint32_t seed = 0; seed < GAMES; seed++) {
        play_errors(seed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_monkey),
        cmocka_unit_test(test_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
