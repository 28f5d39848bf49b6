/* Extensions of a server's messages: which may stand where (P-33), twice (P-32), unasked (P-34),
 * unknown (P-35), and their bodies cut, lengthened and at the ends of their ranges.
 *
 * The matrix here is written from the RFCs, not from the library's.
 */
#include "unit/message_bytes.h"

#define SH  (1u << IN_SH)
#define HRR (1u << IN_HRR)
#define EE  (1u << IN_EE)
#define CR  (1u << IN_CR)
#define S12 (1u << IN_SH12)

typedef struct row {
    uint16_t type;
    unsigned places;  /* RFC 8446 4.2, and TLS 1.2's ServerHello by the RFC of each extension */
    bool certificate; /* may stand in Certificate */
    bool ticket;      /* in NewSessionTicket */
    const char *body; /* a good body of a server's, and its length */
    size_t len;
    bool opaque; /* nobody asks for it: its body is not looked at */
} row;

#define BODY(text) text, sizeof text - 1

static const row ROWS[] = {
    {0, EE | S12, false, false, BODY(""), false},
    {1, EE | S12, false, false, BODY("\2"), false},
    {5, CR | S12, true, false, BODY("\1\0\0\1x"), true},
    {10, EE | S12, false, false, BODY("\0\4\0\x17\0\x18"), false}, /* S12: tolerated */
    {11, S12, false, false, BODY("\1\0"), false},
    {13, CR, false, false, BODY("\0\2\4\3"), false},
    {14, EE | S12, false, false, BODY("\0\2\0\1\0"), true},
    {15, EE | S12, false, false, BODY("\1"), true},
    {16, EE | S12, false, false, BODY("\0\5\4mqtt"), false},
    {18, CR | S12, true, false, BODY("\0\4\0\2ab"), true},
    {19, EE | S12, false, false, BODY("\0"), true},
    {20, EE | S12, false, false, BODY("\0"), true},
    {21, 0, false, false, BODY("\0\0"), true},
    {22, S12, false, false, BODY(""), true},
    {23, S12, false, false, BODY(""), false},
    {28, EE | S12, false, false, BODY("\2\0"), false},
    {35, S12, false, false, BODY(""), true},
    {41, SH, false, false, BODY("\0\0"), true},
    {42, EE, false, true, BODY(""), true},
    {43, SH | HRR, false, false, BODY("\3\4"), false},
    {44, HRR, false, false, BODY("\0\2ck"), false},
    {45, 0, false, false, BODY("\1\1"), true},
    {47, CR, false, false,
     BODY("\0\4\0\2"
          "0\0"),
     false},
    {48, CR, false, false, BODY("\0\4\1a\0\0"), true},
    {49, 0, false, false, BODY(""), true},
    {50, CR, false, false, BODY("\0\2\4\3"), false},
    {51, SH | HRR, false, false, BODY("\0\x1d\0\2pp"), false}, /* HelloRetryRequest: two bytes */
    {0xff01, S12, false, false, BODY("\0"), false},
};
#define ROWS_COUNT (sizeof ROWS / sizeof ROWS[0])

static size_t body_len(const row *r, enum carrier carrier)
{
    return r->type == 51 && carrier == IN_HRR ? 2 : r->len;
}

static hf_extension_set everything(void)
{
    hf_extension_set all = 0;
    for (size_t i = 0; i < ROWS_COUNT; i++) {
        all |= hf_extension_bit(ROWS[i].type);
    }
    return all;
}

static message m; /* large, so not on the stack */

static parsed with(enum carrier carrier, const row *r, size_t len, unsigned times)
{
    begin_carrier(&m, carrier);
    size_t block = open_vector(&m, 2);
    for (unsigned i = 0; i < times; i++) {
        add_extension(&m, r->type, r->body, len);
    }
    close_vector(&m, block, 2);
    return parse_carrier(m.at, m.len, carrier);
}

static void test_matrix(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS_COUNT; i++) {
        for (enum carrier c = IN_SH; c < CARRIERS; c++) {
            uint32_t detail = 0xffffffffu;
            parsed p = with(c, &ROWS[i], body_len(&ROWS[i], c), 1);
            bool allowed = (ROWS[i].places & 1u << c) != 0;
            assert_int_equal(p.code, HF_OK);
            assert_int_equal(p.extensions.present, hf_extension_bit(ROWS[i].type));
            assert_int_not_equal(p.extensions.present, 0);
            hf_code code = hf_extensions_check(&p.extensions, PLACES[c], everything(), &detail);
            if (code != (allowed ? HF_OK : HF_E_EXTENSION_NOT_ALLOWED)) {
                fail_msg("extension %u in message %d: %s", ROWS[i].type, c, hf_error_name(code));
            }
            assert_int_equal(detail, ROWS[i].type);
        }
    }
}

/* The messages that are read as they come ask for one type at a time. */
static void test_matrix_of_streams(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS_COUNT; i++) {
        const row *r = &ROWS[i];
        assert_int_equal(hf_extension_allowed(r->type, HF_IN_CERTIFICATE, everything()),
                         r->certificate ? HF_OK : HF_E_EXTENSION_NOT_ALLOWED);
        assert_int_equal(hf_extension_allowed(r->type, HF_IN_TICKET, everything()),
                         r->ticket ? HF_OK : HF_E_EXTENSION_NOT_ALLOWED);
        if (r->certificate) {
            assert_int_equal(hf_extension_allowed(r->type, HF_IN_CERTIFICATE, 0),
                             HF_E_EXTENSION_UNASKED);
        }
    }
    assert_int_equal(hf_extension_allowed(0x4a4a, HF_IN_CERTIFICATE, everything()),
                     HF_E_EXTENSION_UNASKED);
    assert_int_equal(hf_extension_allowed(0x4a4a, HF_IN_TICKET, 0), HF_OK);
}

/* P-34: an answer needs its question; a cookie and requests do not. */
static void test_unasked(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS_COUNT; i++) {
        for (enum carrier c = IN_SH; c < CARRIERS; c++) {
            if ((ROWS[i].places & 1u << c) == 0) {
                continue;
            }
            uint32_t detail = 0;
            hf_extension_set others = everything() & ~hf_extension_bit(ROWS[i].type);
            parsed p = with(c, &ROWS[i], body_len(&ROWS[i], c), 1);
            bool free = c == IN_CR || ROWS[i].type == HF_EXT_COOKIE;
            assert_int_equal(hf_extensions_check(&p.extensions, PLACES[c], others, &detail),
                             free ? HF_OK : HF_E_EXTENSION_UNASKED);
            assert_int_equal(detail, ROWS[i].type);
        }
    }
}

/* P-35: unknown ones are ignored in requests only. 0x?a?a: GREASE. */
static void test_unknown(void **state)
{
    static const uint16_t TYPES[] = {2, 3, 0x0a0a, 0x7a7a, 0xfafa, 0xffff, 17, 27, 65037};
    (void)state;
    for (size_t i = 0; i < sizeof TYPES / sizeof TYPES[0]; i++) {
        const row r = {.type = TYPES[i], .body = "whatever", .len = 8};
        for (enum carrier c = IN_SH; c < CARRIERS; c++) {
            uint32_t detail = 0;
            parsed p = with(c, &r, r.len, 1);
            assert_int_equal(p.code, HF_OK);
            assert_true(p.extensions.unknown);
            assert_int_equal(hf_extensions_check(&p.extensions, PLACES[c], everything(), &detail),
                             c == IN_CR ? HF_OK : HF_E_EXTENSION_UNASKED);
            assert_int_equal(detail, TYPES[i]);
        }
    }
}

/* P-32: the same type twice, known or not, next to each other or far apart. */
static void test_twice(void **state)
{
    static const row UNKNOWN = {.type = 0x5a5a, .body = "ab", .len = 2};
    (void)state;
    for (size_t i = 0; i <= ROWS_COUNT; i++) {
        const row *r = i == ROWS_COUNT ? &UNKNOWN : &ROWS[i];
        for (enum carrier c = IN_SH; c < CARRIERS; c++) {
            parsed p = with(c, r, body_len(r, c), 2);
            assert_int_equal(p.code, HF_E_EXTENSION_TWICE);
            assert_int_equal(p.type, r->type);
        }
    }
    begin_carrier(&m, IN_EE);
    size_t block = open_vector(&m, 2);
    add_extension(&m, UNKNOWN.type, UNKNOWN.body, UNKNOWN.len);
    for (uint16_t type = 0x6000; type < 0x6100; type++) {
        add_extension(&m, type, "x", 1);
    }
    add_extension(&m, UNKNOWN.type, "", 0);
    close_vector(&m, block, 2);
    assert_int_equal(parse_carrier(m.at, m.len, IN_EE).code, HF_E_EXTENSION_TWICE);
}

/* ---- bodies */

static void expect_body(enum carrier c, uint16_t type, const void *body, size_t len, hf_code code)
{
    begin_carrier(&m, c);
    size_t block = open_vector(&m, 2);
    size_t start = m.len;
    add_extension(&m, type, body, len);
    close_vector(&m, block, 2);
    parsed p = parse_carrier(m.at, m.len, c);
    if (p.code != code) {
        fail_msg("extension %u with %zu bytes in message %d: %s", type, len, c,
                 hf_error_name(p.code));
    }
    if (code == HF_E_DECODE) { /* where: inside the extension, or right behind it */
        assert_in_range(p.offset, start, m.len);
    }
}

/* Each body cut at every length and with one byte more. */
static void test_cut_bodies(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS_COUNT; i++) {
        const row *r = &ROWS[i];
        if (r->opaque) {
            continue;
        }
        for (enum carrier c = IN_SH; c < CARRIERS; c++) {
            uint8_t longer[64] = {0};
            size_t len = body_len(r, c);
            memcpy(longer, r->body, r->len);
            longer[len] = 0;
            expect_body(c, r->type, longer, len, HF_OK);
            expect_body(c, r->type, longer, len + 1, HF_E_DECODE);
            for (size_t cut = 0; cut < len; cut++) {
                expect_body(c, r->type, longer, cut, HF_E_DECODE);
            }
        }
    }
}

/* A body that is one vector: its length field and `len` bytes of `fill`. */
static void expect_vector(enum carrier c, uint16_t type, unsigned width, const char *before,
                          size_t fill_len, uint8_t fill, hf_code code)
{
    static message body;
    body.len = 0;
    add_bytes(&body, before, strlen(before));
    size_t mark = open_vector(&body, width);
    add_fill(&body, fill, fill_len);
    close_vector(&body, mark, width);
    expect_body(c, type, body.at, body.len, code);
}

static void test_ranges(void **state)
{
    (void)state;
    expect_vector(IN_HRR, 44, 2, "", 0, 'c', HF_E_DECODE); /* cookie<1..2^16-1> */
    expect_vector(IN_HRR, 44, 2, "", 1, 'c', HF_OK);
    expect_vector(IN_HRR, 44, 2, "", 65535 - 6, 'c', HF_OK); /* as the block's length allows */
    expect_vector(IN_SH, 51, 2, "pp", 0, 'k', HF_E_DECODE);  /* key_exchange<1..2^16-1> */
    expect_vector(IN_SH, 51, 2, "pp", 1, 'k', HF_OK);
    expect_vector(IN_CR, 13, 2, "", 0, 4, HF_E_DECODE); /* schemes<2..2^16-2> */
    expect_vector(IN_CR, 13, 2, "", 1, 4, HF_E_DECODE);
    expect_vector(IN_CR, 13, 2, "", 2, 4, HF_OK);
    expect_vector(IN_CR, 13, 2, "", 3, 4, HF_E_DECODE);
    expect_vector(IN_CR, 13, 2, "", 65528, 4, HF_OK);
    expect_vector(IN_CR, 50, 2, "", 0, 4, HF_E_DECODE);
    expect_vector(IN_CR, 50, 2, "", 3, 4, HF_E_DECODE);
    expect_vector(IN_EE, 10, 2, "", 0, 1, HF_E_DECODE); /* named_group_list<2..2^16-1> */
    expect_vector(IN_EE, 10, 2, "", 5, 1, HF_E_DECODE);
    expect_vector(IN_SH12, 11, 1, "", 0, 0, HF_E_DECODE); /* ec_point_formats<1..2^8-1> */
    expect_vector(IN_SH12, 11, 1, "", 255, 0, HF_OK);
    expect_vector(IN_SH12, 0xff01, 1, "", 0, 0, HF_OK); /* renegotiated_connection<0..255> */
    expect_vector(IN_SH12, 0xff01, 1, "", 255, 0, HF_OK);
}

/* RFC 7301 3.1: one name of 1 to 255 bytes. */
static void test_alpn_range(void **state)
{
    static message list;
    (void)state;
    for (size_t len = 0; len <= 255; len++) {
        list.len = 0;
        add_number(&list, len + 1, 2);
        add_number(&list, len, 1);
        add_fill(&list, 'a', len);
        expect_body(IN_EE, 16, list.at, list.len, len == 0 ? HF_E_DECODE : HF_OK);
    }
    expect_body(IN_EE, 16, "\0\4\1a\1b", 6, HF_E_DECODE); /* two names */
    expect_body(IN_EE, 16, "\0\0", 2, HF_E_DECODE);
    expect_body(IN_EE, 16, "\0\3\1a\0", 5, HF_E_DECODE);
}

/* certificate_authorities<3..2^16-1> of DistinguishedName<1..2^16-1>. */
static void test_authorities_range(void **state)
{
    (void)state;
    expect_body(IN_CR, 47, "\0\0", 2, HF_E_DECODE);
    expect_body(IN_CR, 47, "\0\2\0\0", 4, HF_E_DECODE);
    expect_body(IN_CR, 47, "\0\3\0\1x", 5, HF_OK);
    expect_body(IN_CR, 47, "\0\5\0\1x\0\0", 7, HF_E_DECODE);
    expect_body(IN_CR, 47, "\0\5\0\2x\0\1", 7, HF_E_DECODE);
    expect_body(IN_CR, 47, "\0\6\0\1x\0\1y", 8, HF_OK);
}

static void test_values(void **state)
{
    (void)state;
    begin_carrier(&m, IN_SH12);
    size_t block = open_vector(&m, 2);
    add_extension(&m, 11, "\2\1\2", 3);
    add_extension(&m, 28, "\x12\x34", 2);
    add_extension(&m, 1, "\4", 1);
    add_extension(&m, 51, "\0\x18\0\1z", 5);
    add_extension(&m, 43, "\x7f\x1c", 2);
    close_vector(&m, block, 2);
    hf_server_hello hello;
    uint32_t type = 0;
    hf_reader r = hf_read_from(m.at, m.len);
    assert_int_equal(hf_server_hello_parse(&r, &hello, &type), HF_OK);
    assert_true(hello.extensions.bad_point_formats != 0);
    assert_int_equal(hello.extensions.record_size_limit, 0x1234);
    assert_int_equal(hello.extensions.max_fragment_length, 4);
    assert_int_equal(hello.extensions.group, 0x18);
    assert_int_equal(hello.extensions.point.len, 1);
    assert_int_equal(hello.extensions.selected_version, 0x7f1c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matrix),  cmocka_unit_test(test_matrix_of_streams),
        cmocka_unit_test(test_unasked), cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_twice),   cmocka_unit_test(test_cut_bodies),
        cmocka_unit_test(test_ranges),  cmocka_unit_test(test_alpn_range),
        cmocka_unit_test(test_values),  cmocka_unit_test(test_authorities_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
