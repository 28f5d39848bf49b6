/* The server role and every extension: where it may stand, twice, cut at each byte, with a byte
 * behind it (RFC 8446 4.2). The table is written from the RFC again, not taken from the library.
 */
#include "puppet/puppet_inside.h"
#include "puppet/served.h"
#include "unit/cmocka_all.h"

#include <stdio.h>
#include <string.h>

#define UNKNOWN 0x5a5au

typedef enum body_kind {
    BODY_READ = 0, /* its form is checked */
    BODY_OVER,     /* of no use to a server like ours: whatever stands there */
} body_kind;

/* A good body in a ClientHello; the guest's own goes first where it sends one. */
static const struct known {
    const char *name;
    uint16_t type;
    bool in_hello, in_certificate; /* RFC 8446 4.2: CH, CT */
    body_kind kind;
    hf_code code13; /* of a hello with it alone, TLS 1.3 */
    size_t len;
    uint8_t bytes[24];
} KNOWN[] = {
    {"server_name", 0, true, false},
    {"max_fragment_length", 1, true, false, B(1)},
    {"status_request", 5, true, true, B(1, 0, 0, 0, 0)},
    {"supported_groups", 10, true, false},
    {"ec_point_formats", 11, true, false, B(1, 0)},
    {"signature_algorithms", 13, true, false},
    {"use_srtp", 14, true, false, BODY_OVER, B(0, 2, 0, 1, 0)},
    {"heartbeat", 15, true, false, BODY_OVER, B(2)},
    {"application_layer_protocol_negotiation", 16, true, false,
     B(0, 7, 1, 'a', 4, 'm', 'q', 't', 't')},
    {"signed_certificate_timestamp", 18, true, true},
    {"client_certificate_type", 19, true, false, B(2, 2, 0)},
    {"server_certificate_type", 20, true, false, B(2, 2, 0)},
    {"padding", 21, true, false, BODY_OVER, B(0, 0, 0)},
    {"encrypt_then_mac", 22, true, false},
    {"extended_master_secret", 23, true, false},
    {"record_size_limit", 28, true, false, B(2, 0)},
    {"session_ticket", 35, true, false, BODY_OVER, B(1, 2, 3)},
    {"pre_shared_key", 41, true, false, .code13 = HF_E_EXTENSION_MISSING},
    {"early_data", 42, true, false},
    {"supported_versions", 43, true, false, B(2, 3, 3)},
    {"cookie", 44, true, false, .code13 = HF_E_COOKIE, B(0, 2, 1, 2)},
    {"psk_key_exchange_modes", 45, true, false, B(2, 1, 0)},
    {"certificate_authorities", 47, true, false, B(0, 4, 0, 2, 0x30, 0)},
    {"oid_filters", 48, false, false, B(0, 0)},
    {"post_handshake_auth", 49, true, false},
    {"signature_algorithms_cert", 50, true, false, B(0, 2, 4, 3)},
    {"key_share", 51, true, false, B(0, 6, 0, 0x1d, 0, 2, 1, 2)},
    {"renegotiation_info", 0xff01, true, false, B(0)},
};

/* One identity of 1 byte, one binder. */
static const uint8_t PSK[] = {0,  7,  0,  1,  9,  0,  0,  0,  0,  0,  33, 32, 1,  2,  3,
                              4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18,
                              19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32};

/* ---- what is done to it */

typedef enum act {
    KEEP = 0,
    CUT_TO, /* its first `n` bytes alone */
    BEHIND, /* a byte more */
    TWICE,
} act;

typedef struct trial {
    const struct known *known;
    act act;
    size_t n, len; /* len: of the whole body, as it was found */
} trial;

static trial at_work; /* p.ctx is const, and `len` is a result */

static size_t good_body(const struct known *known, const puppet_message *m, uint8_t out[256])
{
    size_t len = 0;
    size_t at = puppet_extension(m, guest_hello_extensions(m), known->type, &len);
    hf_span body = {known->bytes, known->len};
    body = known->type == 41 ? (hf_span){PSK, sizeof PSK} : body;
    body = at > 0 ? (hf_span){m->body + at, len} : body;
    assert_in_range(body.len, 0, 255);
    if (body.len > 0) {
        memcpy(out, body.ptr, body.len);
    }
    return body.len;
}

/* The extension under test goes to the end of the hello. */
static bool change(puppet *p, int step, puppet_message *m)
{
    uint8_t body[256];
    trial *t = &at_work;
    if (step != M_CLIENT_HELLO) {
        return true;
    }
    size_t block = guest_hello_extensions(m);
    t->len = good_body(t->known, m, body);
    size_t len = t->act == CUT_TO ? t->n : t->len;
    body[t->len] = t->act == BEHIND ? 0 : body[t->len];
    puppet_cut_extension(m, block, t->known->type);
    puppet_add_extension(m, block, t->known->type, body, t->act == BEHIND ? len + 1 : len);
    if (t->act == TWICE) {
        puppet_add_extension(m, block, t->known->type, body, len);
    }
    p->arg++;
    return true;
}

static void play(uint16_t version, hf_code code, uint8_t alert)
{
    char name[120];
    (void)snprintf(name, sizeof name, "%x %s, act %d, %zu", version, at_work.known->name,
                   (int)at_work.act, at_work.n);
    server_rig *s = server_rig_new();
    s->g->only = version;
    s->r.p->change = change;
    server_rig_start(s);
    server_rig_run(s);
    assert_int_equal(s->r.p->arg, 1);
    if (code == HF_OK) {
        /* What the guest did not mean to offer it does not understand the answer to. */
        assert_int_equal(hf_tls_wants(&s->r.tls) & HF_IS_FAILED, 0);
        assert_int_equal(hf_tls_version(&s->r.tls), version);
    } else {
        uint32_t detail = code == HF_E_EXTENSION_TWICE || code == HF_E_EXTENSION_NOT_ALLOWED
                              ? at_work.known->type
                              : 0;
        served_expect_failed(s, code, alert, detail, name);
    }
    server_rig_free(s);
}

static const uint16_t VERSIONS[] = {HF_TLS13, HF_TLS12};

static void try_all(act what, hf_code code, uint8_t alert)
{
    for (size_t i = 0; i < 2 * COUNT(KNOWN); i++) {
        at_work = (trial){.known = &KNOWN[i / 2], .act = what};
        bool here = KNOWN[i / 2].in_hello;
        play(VERSIONS[i % 2], here ? code : HF_E_EXTENSION_NOT_ALLOWED, here ? alert : 47);
    }
}

static void test_good(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * COUNT(KNOWN); i++) {
        const struct known *known = &KNOWN[i / 2];
        hf_code code = i % 2 == 0 ? known->code13 : HF_OK;
        code = known->in_hello ? code : HF_E_EXTENSION_NOT_ALLOWED;
        at_work = (trial){.known = known};
        play(VERSIONS[i % 2], code, code == HF_E_EXTENSION_MISSING ? 109 : 47);
    }
}

static void test_twice(void **state)
{
    (void)state;
    static const struct known STRANGE = {"unknown", UNKNOWN, true, false, BODY_OVER, B(1, 2)};
    try_all(TWICE, HF_E_EXTENSION_TWICE, 47);
    for (size_t i = 0; i < 2; i++) {
        at_work = (trial){.known = &STRANGE, .act = TWICE};
        play(VERSIONS[i], HF_E_EXTENSION_TWICE, 47);
        at_work = (trial){.known = &STRANGE, .act = KEEP};
        play(VERSIONS[i], HF_OK, 0);
    }
}

/* ---- bodies */

static void test_byte_behind(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * COUNT(KNOWN); i++) {
        const struct known *known = &KNOWN[i / 2];
        at_work = (trial){.known = known, .act = BEHIND};
        if (known->in_hello) {
            bool read = known->kind == BODY_READ;
            play(VERSIONS[i % 2], read ? HF_E_DECODE : HF_OK, 50);
        }
    }
}

static void test_truncations(void **state)
{
    (void)state;
    unsigned cut = 0;
    for (size_t i = 0; i < 2 * COUNT(KNOWN); i++) {
        const struct known *known = &KNOWN[i / 2];
        if (known->kind == BODY_OVER || !known->in_hello) {
            continue;
        }
        at_work = (trial){.known = known, .act = KEEP};
        hf_code whole = i % 2 == 0 ? known->code13 : HF_OK;
        play(VERSIONS[i % 2], whole, whole == HF_E_EXTENSION_MISSING ? 109 : 47);
        size_t len = at_work.len;
        for (size_t n = 0; n < len; n++) {
            at_work = (trial){.known = known, .act = CUT_TO, .n = n};
            play(VERSIONS[i % 2], HF_E_DECODE, 50);
            cut++;
        }
    }
    assert_in_range(cut, 250, 600);
}

/* ---- how many there may be */

static bool many(puppet *p, int step, puppet_message *m)
{
    size_t block = guest_hello_extensions(m);
    size_t count = 0;
    for (size_t i = block + 2; step == M_CLIENT_HELLO && i < m->len; count++) {
        i += 4u + puppet_u16(m->body + i + 2);
    }
    for (int i = 0; step == M_CLIENT_HELLO && count < (size_t)p->arg; count++) {
        puppet_add_extension(m, block, (uint16_t)(0x6000 + i++), NULL, 0);
    }
    return true;
}

static void test_count(void **state)
{
    (void)state;
    for (int i = 0; i < 6; i++) {
        int count = (const int[]){128, 129, 1000}[i / 2];
        server_rig *s = server_rig_new();
        s->g->only = VERSIONS[i % 2];
        s->r.p->change = many;
        s->r.p->arg = count;
        server_rig_start(s);
        server_rig_run(s);
        if (count == 128) {
            server_expect_open(s, "128 extensions");
        } else {
            served_expect_failed(s, HF_E_TOO_MANY_EXTENSIONS, 47, 128, "more");
        }
        server_rig_free(s);
    }
}

/* ---- the client's Certificate: nothing was asked for (RFC 8446 4.4.2) */

typedef struct entry {
    unsigned which; /* 0: the leaf */
    uint16_t type;
    uint16_t says; /* length field of the block; 0: as it is */
} entry;

/* context, length of the list, then each: length, certificate, length of extensions */
static bool extend_entry(puppet *p, int step, puppet_message *m)
{
    const entry *e = p->ctx;
    if (step != M_CERTIFICATE) {
        return true;
    }
    size_t at = 4;
    for (unsigned i = 0; i <= e->which; i++) {
        at += (i > 0 ? 2u : 0u) + 3u + ((size_t)m->body[at + (i > 0 ? 2u : 0u)] << 16) +
              puppet_u16(m->body + at + 1 + (i > 0 ? 2u : 0u));
    }
    const uint8_t block[] = {(uint8_t)((e->says == 0 ? 5 : e->says) >> 8),
                             (uint8_t)(e->says == 0 ? 5 : e->says),
                             (uint8_t)(e->type >> 8),
                             (uint8_t)e->type,
                             0,
                             1,
                             0};
    memmove(m->body + at + sizeof block, m->body + at + 2, m->len - at - 2);
    memcpy(m->body + at, block, sizeof block);
    m->len += 5;
    size_t list = m->len - 4;
    m->body[1] = (uint8_t)(list >> 16);
    m->body[2] = (uint8_t)(list >> 8);
    m->body[3] = (uint8_t)list;
    p->arg++;
    return true;
}

static void play_entry(const entry *e, hf_code code, uint8_t alert, uint32_t detail)
{
    char name[60];
    (void)snprintf(name, sizeof name, "entry %u, type %x, block %u", e->which, e->type, e->says);
    server_rig *s = server_rig_new();
    s->g->only = HF_TLS13;
    s->auth = HF_CLIENT_AUTH_REQUIRE;
    s->shown = ID_P256;
    s->r.p->change = extend_entry;
    s->r.p->ctx = e;
    server_rig_start(s);
    server_rig_run(s);
    assert_int_equal(s->r.p->arg, 1);
    served_expect_failed(s, code, alert, detail, name);
    server_rig_free(s);
}

/* Known, but not for this message: illegal_parameter (4.2); else: unsupported_extension. */
static void test_entries(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * COUNT(KNOWN); i++) {
        const struct known *known = &KNOWN[i / 2];
        const entry e = {.which = i % 2, .type = known->type};
        bool may = known->in_certificate;
        play_entry(&e, may ? HF_E_EXTENSION_UNASKED : HF_E_EXTENSION_NOT_ALLOWED, may ? 110 : 47,
                   known->type);
    }
    for (unsigned i = 0; i < 2; i++) {
        const entry strange = {.which = i, .type = UNKNOWN};
        play_entry(&strange, HF_E_EXTENSION_UNASKED, 110, UNKNOWN);
        const entry small = {.which = i, .type = 5, .says = 3};
        play_entry(&small, HF_E_DECODE, 50, 0);
        const entry large = {.which = i, .type = 5, .says = 0xfff0};
        play_entry(&large, HF_E_DECODE, 50, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),        cmocka_unit_test(test_twice),
        cmocka_unit_test(test_byte_behind), cmocka_unit_test(test_truncations),
        cmocka_unit_test(test_count),       cmocka_unit_test(test_entries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
