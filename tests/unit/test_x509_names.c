/* Names: reference identities and their match (RFC 9525), distinguished names and their text. */
#include "unit/x509_fixtures.h"

#include "x509/der.h"
#include "x509/host.h"

static void reference_addresses(void **state)
{
    (void)state;
    const struct {
        const char *text;
        uint8_t len;
        uint8_t bytes[16];
    } good[] = {
        {"192.0.2.1", 4, {192, 0, 2, 1}},
        {"0.0.0.0", 4, {0}},
        {"255.255.255.255", 4, {255, 255, 255, 255}},
        {"::", 16, {0}},
        {"::1", 16, {[15] = 1}},
        {"1::", 16, {0, 1}},
        {"2001:db8::1", 16, {0x20, 0x01, 0x0d, 0xb8, [15] = 1}},
        {"2001:DB8:0:0:0:0:0:1", 16, {0x20, 0x01, 0x0d, 0xb8, [15] = 1}},
        {"[2001:db8::1]", 16, {0x20, 0x01, 0x0d, 0xb8, [15] = 1}},
        {"fe80::1%eth0", 16, {0xfe, 0x80, [15] = 1}},
        {"::ffff:192.0.2.1", 16, {[10] = 0xff, 0xff, 192, 0, 2, 1}},
        {"1:2:3:4:5:6:192.0.2.1", 16, {0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 192, 0, 2, 1}},
        {"1:2:3:4:5:6:7::", 16, {0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7}},
        {"::2:3:4:5:6:7:8", 16, {0, 0, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8}},
        {"1:2:3:4:5:6:7:abcd", 16, {0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0xab, 0xcd}},
    };
    hf_host host;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_int_equal(hf_host_parse(&host, good[i].text), HF_OK);
        assert_int_equal(host.address_len, good[i].len);
        assert_memory_equal(host.address, good[i].bytes, good[i].len);
        assert_int_equal(host.name.len, 0);
    }
}

static const char *const NONSENSE[] = {
    "",
    ".",
    "..",
    ".example",
    "example..com",
    "-a.example",
    "a-.example",
    "a b",
    "a/b",
    "*.example.com",
    "b\xc3\xbcw.example",
    "a@b",
    "1.2.3",
    "1.2.3.4.5",
    "256.1.1.1",
    "01.2.3.4",
    "1.2.3.04",
    "1.2.3.4 ",
    " 1.2.3.4",
    "1.2.3.",
    "1.2..4",
    "1",
    "a.1",
    "1.2.3.4%eth0",
    "[1.2.3.4]",
    "[]",
    "[::1",
    "::1]",
    ":",
    ":::",
    ":1",
    "1:",
    "1::2::3",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7:8::",
    "::1:2:3:4:5:6:7:8",
    "12345::",
    "g::",
    "::1.2.3",
    "::1.2.3.256",
    "1.2.3.4::",
    "1:2:3:4:5:6:7:1.2.3.4",
    "::1%",
    "::1.2.3.4:5",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example",
};

static void reference_nonsense(void **state)
{
    (void)state;
    hf_host host;
    for (size_t i = 0; i < sizeof NONSENSE / sizeof NONSENSE[0]; i++) {
        if (hf_host_parse(&host, NONSENSE[i]) != HF_E_NAME_SYNTAX) {
            fail_msg("accepted: %s", NONSENSE[i]);
        }
    }
    char name[300];
    for (size_t i = 0; i < sizeof name; i++) {
        name[i] = i % 50 == 49 ? '.' : 'a';
    }
    name[253] = 0;
    assert_int_equal(hf_host_parse(&host, name), HF_OK);
    name[253] = 'a';
    name[254] = 0;
    assert_int_equal(hf_host_parse(&host, name), HF_E_NAME_SYNTAX);
}

static void host_matches(void **state)
{
    (void)state;
    const struct {
        const char *leaf;
        const char *name;
        hf_code code;
    } cases[] = {
        {"leaf", "device.example.com", HF_OK},
        {"leaf", "DEVICE.Example.COM", HF_OK},
        {"leaf", "device.example.com.", HF_OK},
        {"leaf", "device.example.co", HF_E_CERT_NAME},
        {"leaf", "xdevice.example.com", HF_E_CERT_NAME},
        {"leaf", "a.device.example.com", HF_E_CERT_NAME},
        {"leaf", "example.com", HF_E_CERT_NAME},
        {"leaf", "a.wild.example.com", HF_OK},
        {"leaf", "xn--bcher-kva.wild.example.com", HF_OK},
        {"leaf", "wild.example.com", HF_E_CERT_NAME},
        {"leaf", "a.b.wild.example.com", HF_E_CERT_NAME},
        {"leaf", "192.0.2.1", HF_OK},
        {"leaf", "192.0.2.2", HF_E_CERT_NAME},
        {"leaf", "2001:db8::1", HF_OK},
        {"leaf", "2001:0db8:0000::0001", HF_OK},
        {"leaf", "2001:db8::2", HF_E_CERT_NAME},
        {"leaf", "::ffff:192.0.2.1", HF_E_CERT_NAME}, /* 16 bytes are not 4 */
        {"leaf-names", "x.a.example", HF_OK},
        {"leaf-names", "bx.c.example", HF_E_CERT_NAME}, /* b*.c.example */
        {"leaf-names", "b.c.example", HF_E_CERT_NAME},
        {"leaf-names", "x.y.d.example", HF_E_CERT_NAME}, /* *.*.d.example */
        {"leaf-names", "x.y.e.example", HF_E_CERT_NAME}, /* x.*.e.example */
        {"leaf-names", "x.f", HF_E_CERT_NAME},           /* *.f */
        {"leaf-names", "f", HF_E_CERT_NAME},             /* * */
        {"leaf-names", "198.51.100.7", HF_E_CERT_NAME},  /* text of an address in a dNSName */
        {"leaf-names", "under_score.example", HF_OK},
        {"leaf-names", "dot.example", HF_E_CERT_NAME}, /* presented with a trailing dot */
        {"leaf-names", "dot.example.", HF_E_CERT_NAME},
        {"leaf-names", "xn--bcher-kva.example", HF_OK},
        {"leaf-names", "mixed.eXample", HF_OK},
        {"leaf-no-san", "device.example.com", HF_E_CERT_NO_NAME}, /* the CN does not count */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        hf_span der = fixture(cases[i].leaf);
        hf_certificate c;
        hf_host host;
        assert_int_equal(hf_x509_parse(&c, der, NULL), HF_OK);
        assert_int_equal(hf_host_parse(&host, cases[i].name), HF_OK);
        hf_code code = hf_host_check(&host, &c);
        fixture_free(der);
        if (code != cases[i].code) {
            fail_msg("%s for %s: %s", cases[i].leaf, cases[i].name, hf_error_name(code));
        }
    }
}

static bool count_kind(void *ctx, unsigned kind, hf_span value)
{
    unsigned *counts = ctx;
    counts[kind]++;
    assert_true(value.len > 0);
    return counts[7] < 1; /* stop at the first address */
}

static void alt_names_are_visited(void **state)
{
    (void)state;
    hf_certificate c;
    unsigned counts[9] = {0};
    hf_span der = fixture("leaf");
    assert_int_equal(hf_x509_parse(&c, der, NULL), HF_OK);
    hf_x509_alt_names(&c, count_kind, counts);
    assert_int_equal(counts[2], 2);
    assert_int_equal(counts[7], 1);
    assert_int_equal(counts[1], 0);
    fixture_free(der);
}

/* ---- distinguished names by hand: RDNs of one attribute, type 2.5.4.n */
typedef struct name_bytes {
    uint8_t bytes[256];
} name_bytes;

static void add_attribute(uint8_t *out, size_t *len, uint8_t n, uint8_t tag, const char *value,
                          size_t value_len)
{
    const uint8_t head[] = {
        0x31, (uint8_t)(value_len + 9), 0x30, (uint8_t)(value_len + 7), 6, 3, 0x55, 4, n,
        tag,  (uint8_t)value_len};
    memcpy(out + *len, head, sizeof head);
    memcpy(out + *len + sizeof head, value, value_len);
    *len += sizeof head + value_len;
}

static hf_span one_name(name_bytes *n, uint8_t type, uint8_t tag, const char *value)
{
    size_t len = 2;
    add_attribute(n->bytes, &len, type, tag, value, strlen(value));
    n->bytes[0] = HF_DER_SEQUENCE;
    n->bytes[1] = (uint8_t)(len - 2);
    return (hf_span){.ptr = n->bytes, .len = len};
}

static void names_compare(void **state)
{
    (void)state;
    const struct {
        uint8_t type_a, tag_a;
        const char *a;
        uint8_t type_b, tag_b;
        const char *b;
        bool same;
    } cases[] = {
        {3, HF_DER_UTF8_STRING, "Root", 3, HF_DER_UTF8_STRING, "Root", true},
        {3, HF_DER_UTF8_STRING, "Root", 3, HF_DER_PRINTABLE_STRING, "rOOT", true},
        {3, HF_DER_UTF8_STRING, "  A   b ", 3, HF_DER_UTF8_STRING, "a b", true},
        {3, HF_DER_UTF8_STRING, "a b", 3, HF_DER_UTF8_STRING, "ab", false},
        {3, HF_DER_UTF8_STRING, "", 3, HF_DER_UTF8_STRING, "   ", true},
        {3, HF_DER_UTF8_STRING, "a", 3, HF_DER_UTF8_STRING, "aa", false},
        {3, HF_DER_UTF8_STRING, "a", 10, HF_DER_UTF8_STRING, "a", false},
        {3, 0x14, "A", 3, 0x14, "a", false}, /* TeletexString: byte for byte */
        {3, 0x14, "a", 3, HF_DER_UTF8_STRING, "a", false},
        {3, 0x14, "a", 3, 0x1e, "a", false},
        {3, HF_DER_UTF8_STRING, "\xc3\x84", 3, HF_DER_UTF8_STRING, "\xc3\xa4", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        name_bytes x;
        name_bytes y;
        uint8_t hash_a[HF_NAME_HASH_SIZE];
        uint8_t hash_b[HF_NAME_HASH_SIZE];
        hf_span a = one_name(&x, cases[i].type_a, cases[i].tag_a, cases[i].a);
        hf_span b = one_name(&y, cases[i].type_b, cases[i].tag_b, cases[i].b);
        assert_int_equal(hf_name_same(a, b), cases[i].same);
        hf_name_hash(a, hash_a);
        hf_name_hash(b, hash_b);
        assert_int_equal(memcmp(hash_a, hash_b, sizeof hash_a) == 0, cases[i].same);
    }
    const uint8_t empty[] = {0x30, 0};
    name_bytes x;
    hf_span none = {.ptr = empty, .len = 2};
    assert_true(hf_name_is_empty(none));
    assert_false(hf_name_same(none, one_name(&x, 3, HF_DER_UTF8_STRING, "")));
    assert_true(hf_name_within(one_name(&x, 3, HF_DER_UTF8_STRING, "a"), none));
    assert_false(hf_name_within(none, one_name(&x, 3, HF_DER_UTF8_STRING, "a")));
}

/* An RDN is within a base only as a whole. */
static void names_of_several_attributes(void **state)
{
    (void)state;
    static const uint8_t both[] = {0x30, 0x14, 0x31, 0x12, 0x30, 7, 6,    3, 0x55, 4,    10,
                                   0x13, 0,    0x30, 7,    6,    3, 0x55, 4, 3,    0x13, 0};
    static const uint8_t one[] = {0x30, 0x0b, 0x31, 9, 0x30, 7, 6, 3, 0x55, 4, 10, 0x13, 0};
    static const uint8_t apart[] = {0x30, 0x16, 0x31, 9,    0x30, 7, 6, 3,    0x55, 4, 10,   0x13,
                                    0,    0x31, 9,    0x30, 7,    6, 3, 0x55, 4,    3, 0x13, 0};
    const hf_span n_both = {.ptr = both, .len = sizeof both};
    const hf_span n_one = {.ptr = one, .len = sizeof one};
    const hf_span n_apart = {.ptr = apart, .len = sizeof apart};
    assert_false(hf_name_within(n_both, n_one));
    assert_true(hf_name_within(n_apart, n_one));
    assert_true(hf_name_within(n_both, n_both));
    assert_false(hf_name_within(n_one, n_both));
    assert_false(hf_name_same(n_both, n_apart));
    char words[20];
    (void)hf_x509_name_text(n_both, words, sizeof words);
    assert_string_equal(words, "O=+CN=");
    (void)hf_x509_name_text(n_apart, words, sizeof words);
    assert_string_equal(words, "CN=, O=");
}

static void names_in_words(void **state)
{
    (void)state;
    const struct {
        uint8_t type, tag;
        const char *value;
        const char *text;
    } cases[] = {
        {3, HF_DER_UTF8_STRING, "device", "CN=device"},
        {10, HF_DER_PRINTABLE_STRING, "A, \"B\"", "O=A\\, \\\"B\\\""},
        {3, HF_DER_UTF8_STRING, " a#", "CN=\\ a#"},
        {3, HF_DER_UTF8_STRING, "#a ", "CN=\\#a\\ "},
        {3, HF_DER_UTF8_STRING, "\x1b[31m\n\x7f", "CN=\\1b[31m\\0a\\7f"},
        {3, HF_DER_UTF8_STRING, "\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80",
         "CN=\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80"},
        {3, HF_DER_UTF8_STRING, "\xc2\x9b", "CN=\\c2\\9b"}, /* C1 control */
        {3, HF_DER_UTF8_STRING,
         "\xe2\x80\xae"
         "x",
         "CN=\\e2\\80\\aex"},                                       /* turns the text */
        {3, HF_DER_UTF8_STRING, "\xc0\xaf\xff", "CN=\\c0\\af\\ff"}, /* no UTF-8 */
        {3, HF_DER_UTF8_STRING, "\xe2\x82", "CN=\\e2\\82"},         /* cut */
        {3, HF_DER_UTF8_STRING, "\xed\xa0\x80", "CN=\\ed\\a0\\80"}, /* surrogate */
        {3, HF_DER_UTF8_STRING, "\xe0\x81\x81", "CN=\\e0\\81\\81"}, /* overlong */
        {3, HF_DER_PRINTABLE_STRING, "\xc3\xbc", "CN=\\c3\\bc"},
        {3, 0x14, "ab", "CN=#146162"},
        {99, HF_DER_UTF8_STRING, "x", "2.5.4.99=x"},
    };
    name_bytes n;
    char text[80];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        hf_span name = one_name(&n, cases[i].type, cases[i].tag, cases[i].value);
        assert_int_equal(hf_x509_name_text(name, text, sizeof text), strlen(cases[i].text));
        assert_string_equal(text, cases[i].text);
    }
    hf_span name = one_name(&n, 3, HF_DER_UTF8_STRING, "device");
    assert_int_equal(hf_x509_name_text(name, text, 5), 9);
    assert_string_equal(text, "CN=d");
    assert_int_equal(hf_x509_name_text(name, NULL, 0), 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reference_addresses), cmocka_unit_test(reference_nonsense),
        cmocka_unit_test(host_matches),        cmocka_unit_test(alt_names_are_visited),
        cmocka_unit_test(names_compare),       cmocka_unit_test(names_of_several_attributes),
        cmocka_unit_test(names_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
