/* PEM and its oddities, DER by itself, private keys in all their forms, keys against certificates.
 */
#include "unit/x509_fixtures.h"

#include "x509/der.h"

static uint8_t room[8192];
static const hf_space ROOM = {.ptr = room, .cap = sizeof room};

static hf_span text_of(const char *text)
{
    return (hf_span){.ptr = (const uint8_t *)text, .len = strlen(text)};
}

static hf_code pem(const char *text, size_t *at, hf_span *der)
{
    hf_span label;
    return hf_pem_next(text_of(text), at, &label, ROOM, der);
}

static void pem_good(void **state)
{
    (void)state;
    static const char *const good[] = {
        "-----BEGIN X-----\nAQID\n-----END X-----\n",
        "-----BEGIN X-----\nAQID\n-----END X-----",
        "-----BEGIN X-----\r\nAQ\r\nID\r\n-----END X-----\r\n",
        "-----BEGIN X-----\rAQID\r-----END X-----\r",
        "-----BEGIN X-----\n\nAQ ID\t\n\n  \n-----END X-----  \n",
        "  -----BEGIN X-----  \n  AQID\n  -----END X-----\n",
        "\xef\xbb\xbf-----BEGIN X-----\nAQID\n-----END X-----\n",
        "subject: CN=x\n ---- BEGIN\n\n-----BEGIN X-----\nAQID\n-----END X-----\n",
        "-----BEGIN X-----\nComment: a\n b\nMore: c\n\nAQID\n-----END X-----\n",
        "-----BEGIN X-----\r\nComment: a\r\n\r\nAQID\r\n-----END X-----\n",
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        size_t at = 0;
        hf_span der;
        assert_int_equal(pem(good[i], &at, &der), HF_OK);
        assert_int_equal(der.len, 3);
        assert_memory_equal(der.ptr, "\1\2\3", 3);
        assert_int_equal(pem(good[i], &at, &der), HF_E_PEM_EMPTY);
    }
}

static void pem_lengths(void **state)
{
    (void)state;
    size_t at = 0;
    hf_span der;
    assert_int_equal(pem("-----BEGIN X-----\nAQI=\n-----END X-----", &at, &der), HF_OK);
    assert_int_equal(der.len, 2);
    at = 0;
    assert_int_equal(pem("-----BEGIN X-----\nAQ==\n-----END X-----", &at, &der), HF_OK);
    assert_int_equal(der.len, 1);
    at = 0;
    assert_int_equal(pem("-----BEGIN X-----\n+/+/\n-----END X-----", &at, &der), HF_OK);
    assert_memory_equal(der.ptr, "\xfb\xff\xbf", 3);
}

static void pem_damaged(void **state)
{
    (void)state;
    const struct {
        const char *text;
        size_t at;
    } bad[] = {
        {"-----BEGIN X-----\nAQID\n", 23},                  /* no END */
        {"-----BEGIN X-----\nAQID\n-----END Y-----\n", 23}, /* another label */
        {"-----BEGIN X-----\nAQID\n-----END X----\n", 23},  /* a dash less */
        {"-----BEGIN X----\nAQID\n-----END X-----\n", 0},   /* here too */
        {"-----BEGIN X-----\nAQI\n-----END X-----\n", 22},  /* incomplete */
        {"-----BEGIN X-----\nAQIDAQ\n-----END X-----\n", 25},
        {"-----BEGIN X-----\nAQ=\n-----END X-----\n", 22},      /* padding incomplete */
        {"-----BEGIN X-----\nA===\n-----END X-----\n", 19},     /* too much of it */
        {"-----BEGIN X-----\nAQI=AQ==\n-----END X-----\n", 22}, /* something behind it */
        {"-----BEGIN X-----\nAQJ=\n-----END X-----\n", 21},     /* bits that carry nothing */
        {"-----BEGIN X-----\nA*ID\n-----END X-----\n", 19},
        {"-----BEGIN X-----\nA-ID\n-----END X-----\n", 19},
        {"-----BEGIN X-----\n-----END X-----\n", 18}, /* empty */
        {"-----BEGIN X-----\nAQID\n-----BEGIN X-----\nAQID\n-----END X-----\n", 23},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        size_t at = 0;
        hf_span der;
        assert_int_equal(pem(bad[i].text, &at, &der), HF_E_PEM_UNREADABLE);
        assert_int_equal(at, bad[i].at);
    }
    size_t at = 0;
    hf_span der;
    assert_int_equal(pem("no block at all", &at, &der), HF_E_PEM_EMPTY);
    at = 0;
    assert_int_equal(pem("", &at, &der), HF_E_PEM_EMPTY);
}

static void pem_several(void **state)
{
    (void)state;
    const hf_span text = text_of("a\n-----BEGIN ONE-----\nAQID\n-----END ONE-----\nb\n"
                                 "-----BEGIN TWO-----\nBAUG\n-----END TWO-----\nc\n");
    hf_span label;
    hf_span der;
    size_t at = 0;
    const hf_space small = {.ptr = room, .cap = 2};
    assert_int_equal(hf_pem_next(text, &at, &label, small, &der), HF_E_MEMORY_TOO_SMALL);
    assert_int_equal(der.len, 3);
    assert_int_equal(at, 0); /* so that the call can be repeated with more */
    const hf_space enough = {.ptr = room, .cap = 3};
    assert_int_equal(hf_pem_next(text, &at, &label, enough, &der), HF_OK);
    assert_true(hf_pem_label_is(label, "ONE"));
    assert_int_equal(hf_pem_next(text, &at, &label, enough, &der), HF_OK);
    assert_true(hf_pem_label_is(label, "TWO"));
    assert_false(hf_pem_label_is(label, "TW"));
    assert_memory_equal(der.ptr, "\4\5\6", 3);
    assert_int_equal(hf_pem_next(text, &at, &label, enough, &der), HF_E_PEM_EMPTY);
}

static void pem_or_der(void **state)
{
    (void)state;
    hf_span leaf = fixture("leaf");
    hf_span label;
    hf_span der;
    size_t at = 0;
    assert_int_equal(hf_pem_or_der_next(leaf, &at, &label, (hf_space){0}, &der), HF_OK);
    assert_ptr_equal(der.ptr, leaf.ptr);
    assert_int_equal(der.len, leaf.len);
    assert_true(hf_pem_label_is(label, "CERTIFICATE"));
    assert_int_equal(hf_pem_or_der_next(leaf, &at, &label, (hf_space){0}, &der), HF_E_PEM_EMPTY);
    leaf.len--; /* a cut file is neither */
    at = 0;
    assert_int_equal(hf_pem_or_der_next(leaf, &at, &label, ROOM, &der), HF_E_PEM_EMPTY);
    leaf.len++;
    fixture_free(leaf);
    hf_span text = fixture_file("leaf", ".pem");
    at = 0;
    assert_int_equal(hf_pem_or_der_next(text, &at, &label, ROOM, &der), HF_OK);
    assert_true(hf_pem_label_is(label, "CERTIFICATE"));
    assert_false(hf_pem_label_is(label, "PRIVATE KEY"));
    free((void *)text.ptr);
}

/* The first block of a file whose label ends in PRIVATE KEY, decoded into `room`. */
static hf_code key_block(const char *name, hf_span *der)
{
    hf_span text = fixture_file(name, ".pem");
    hf_span label;
    size_t at = 0;
    hf_code code;
    do {
        code = hf_pem_next(text, &at, &label, ROOM, der);
    } while (code == HF_OK && hf_pem_label_is(label, "EC PARAMETERS"));
    free((void *)text.ptr);
    return code;
}

static void check_key(const char *name, hf_key_kind kind, const char *certificate, bool has_point)
{
    hf_private_key parts;
    hf_certificate c;
    hf_crypto crypto;
    hf_key key = {0};
    hf_span der;
    hf_span cert = fixture(certificate);
    hf_span foreign = fixture(kind == HF_KEY_RSA ? "int-rsa" : "leaf-root");
    assert_int_equal(key_block(name, &der), HF_OK);
    assert_int_equal(hf_key_parse(&parts, der, NULL), HF_OK);
    assert_int_equal(parts.pub.kind, kind);
    assert_int_equal(parts.pub.point.len > 0, has_point);
    assert_int_equal(hf_crypto_init(&crypto, (hf_random_source){0}), HF_OK);
    assert_int_equal(hf_key_load(&key, &crypto, &parts), HF_OK);
    assert_int_equal(hf_x509_parse(&c, cert, NULL), HF_OK);
    assert_int_equal(hf_key_matches(&key, &crypto, &c.key), HF_OK);
    assert_int_equal(hf_x509_parse(&c, foreign, NULL), HF_OK);
    assert_int_equal(hf_key_matches(&key, &crypto, &c.key), HF_E_KEY_MISMATCH);
    hf_key_release(&key);
    hf_crypto_release(&crypto);
    fixture_free(cert);
    fixture_free(foreign);
}

static void key_forms(void **state)
{
    (void)state;
    check_key("key-leaf.pkcs8", HF_KEY_P256, "leaf", true);
    check_key("key-leaf.traditional", HF_KEY_P256, "leaf", true);
    check_key("key-leaf.no-public", HF_KEY_P256, "leaf", false);
    check_key("key-int-p384.pkcs8", HF_KEY_P384, "int-p384", true);
    check_key("key-int-p384.traditional", HF_KEY_P384, "int-p384", true);
    check_key("key-leaf-rsa.pkcs8", HF_KEY_RSA, "leaf-rsa", true);
    check_key("key-leaf-rsa.traditional", HF_KEY_RSA, "leaf-rsa", true);
}

static void key_refusals(void **state)
{
    (void)state;
    const struct {
        const char *name;
        hf_code code;
    } cases[] = {
        {"key-with-params", HF_OK},
        {"key-encrypted", HF_E_KEY_ENCRYPTED},
        {"key-ed25519", HF_E_KEY_UNSUPPORTED},
        {"key-p521", HF_E_KEY_UNSUPPORTED},
        {"key-rsa1024", HF_E_KEY_UNSUPPORTED},
        {"leaf", HF_E_KEY_UNREADABLE}, /* a certificate */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        hf_private_key key;
        hf_span der;
        assert_int_equal(key_block(cases[i].name, &der), HF_OK);
        hf_code code = hf_key_parse(&key, der, NULL);
        if (code != cases[i].code) {
            fail_msg("%s: %s", cases[i].name, hf_error_name(code));
        }
        assert_int_equal(key.pub.kind == HF_KEY_NONE, code != HF_OK);
    }
    hf_span der;
    assert_int_equal(key_block("key-encrypted-old", &der), HF_E_KEY_ENCRYPTED);
}

/* SEC1 by hand: scalars of a wrong length, no curve, curves that disagree. */
static void key_details(void **state)
{
    (void)state;
    static const uint8_t p256[] = {0xa0, 0x0a, 0x06, 0x08, 0x2a, 0x86,
                                   0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
    hf_private_key key;
    uint32_t offset;
    for (uint8_t len = 31; len <= 33; len++) {
        uint8_t bytes[80] = {0x30, (uint8_t)(5 + len + sizeof p256), 2, 1, 1, 4, len};
        memset(bytes + 7, 0x11, len);
        memcpy(bytes + 7 + len, p256, sizeof p256);
        hf_span der = {.ptr = bytes, .len = 7 + len + sizeof p256};
        offset = 0;
        assert_int_equal(hf_key_parse(&key, der, &offset), len == 32 ? HF_OK : HF_E_KEY_UNREADABLE);
        assert_int_equal(offset, len == 32 ? 0 : 5);
    }
    uint8_t bare[39] = {0x30, 37, 2, 1, 1, 4, 32}; /* which curve? */
    assert_int_equal(hf_key_parse(&key, (hf_span){.ptr = bare, .len = 39}, NULL),
                     HF_E_KEY_UNSUPPORTED);
    assert_int_equal(hf_key_parse(&key, (hf_span){.ptr = bare, .len = 0}, NULL),
                     HF_E_KEY_UNREADABLE);
    static const uint8_t more[] = {0x30, 3, 2, 1, 0, 0};
    assert_int_equal(hf_key_parse(&key, (hf_span){.ptr = more, .len = 6}, NULL),
                     HF_E_KEY_UNREADABLE);
    static const uint8_t primes[] = {0x30, 6, 2, 1, 1, 2, 1, 5}; /* multi-prime RSA */
    assert_int_equal(hf_key_parse(&key, (hf_span){.ptr = primes, .len = 8}, NULL),
                     HF_E_KEY_UNSUPPORTED);
}

/* PKCS#8 says P-384, the key inside P-256. */
static void key_curves_disagree(void **state)
{
    (void)state;
    uint8_t bytes[] = {0x30, 0x4c, 2, 1,    0,    0x30, 0x10, 6,    7, 0x2a, 0x86, 0x48, 0xce,
                       0x3d, 2,    1, 6,    5,    0x2b, 0x81, 4,    0, 0x22, 4,    0x35, 0x30,
                       0x33, 2,    1, 1,    4,    0x20, 1,    1,    1, 1,    1,    1,    1,
                       1,    1,    1, 1,    1,    1,    1,    1,    1, 1,    1,    1,    1,
                       1,    1,    1, 1,    1,    1,    1,    1,    1, 1,    1,    1,    0xa0,
                       0x0a, 6,    8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1,    7,    0,    0};
    hf_private_key key;
    bytes[1] = (uint8_t)(sizeof bytes - 4);
    bytes[24] = (uint8_t)(sizeof bytes - 27);
    bytes[26] = (uint8_t)(sizeof bytes - 29);
    const hf_span der = {.ptr = bytes, .len = sizeof bytes - 2};
    assert_int_equal(hf_key_parse(&key, der, NULL), HF_E_KEY_UNREADABLE);
    static const uint8_t p256[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7};
    uint8_t agreeing[sizeof bytes + 1] = {0x30, (uint8_t)(sizeof bytes - 1)};
    memcpy(agreeing, bytes, 17);
    agreeing[1] = (uint8_t)(bytes[1] + 3);
    agreeing[6] = 0x13;
    agreeing[17] = 8;
    memcpy(agreeing + 18, p256, 8);
    memcpy(agreeing + 26, bytes + 23, sizeof bytes - 2 - 23);
    assert_int_equal(hf_key_parse(&key, (hf_span){.ptr = agreeing, .len = sizeof bytes + 1}, NULL),
                     HF_OK);
}

static void damaged_keys(void **state)
{
    (void)state;
    static const char *const names[] = {"key-leaf.pkcs8", "key-leaf.traditional",
                                        "key-leaf-rsa.pkcs8", "key-encrypted"};
    for (size_t n = 0; n < sizeof names / sizeof names[0]; n++) {
        hf_span der;
        hf_private_key key;
        uint32_t offset;
        assert_int_equal(key_block(names[n], &der), HF_OK);
        for (size_t len = 0; len < der.len; len++) {
            uint8_t *cut = malloc(len == 0 ? 1 : len);
            memcpy(cut, der.ptr, len);
            offset = UINT32_MAX;
            hf_code code = hf_key_parse(&key, (hf_span){.ptr = cut, .len = len}, &offset);
            assert_int_equal(code, HF_E_KEY_UNREADABLE);
            assert_true(offset <= len);
            free(cut);
        }
        uint8_t *copy = malloc(der.len);
        memcpy(copy, der.ptr, der.len);
        for (size_t i = 0; i < der.len; i++) {
            copy[i] ^= 0xff;
            (void)hf_key_parse(&key, (hf_span){.ptr = copy, .len = der.len}, NULL);
            copy[i] ^= 0xfe;
            (void)hf_key_parse(&key, (hf_span){.ptr = copy, .len = der.len}, NULL);
            copy[i] ^= 0x01;
        }
        free(copy);
    }
}

static void damaged_pem(void **state)
{
    (void)state;
    hf_span text = fixture_file("key-encrypted-old", ".pem");
    for (size_t len = 0; len < text.len; len++) {
        uint8_t *cut = malloc(len == 0 ? 1 : len);
        memcpy(cut, text.ptr, len);
        hf_span label;
        hf_span der;
        size_t at = 0;
        hf_code code = hf_pem_next((hf_span){.ptr = cut, .len = len}, &at, &label, ROOM, &der);
        /* the last line feed may be missing */
        assert_int_equal(code, len < 12             ? HF_E_PEM_EMPTY
                               : len + 1 < text.len ? HF_E_PEM_UNREADABLE
                                                    : HF_E_KEY_ENCRYPTED);
        assert_true(at <= len);
        free(cut);
    }
    free((void *)text.ptr);
}

static void anchors(void **state)
{
    (void)state;
    hf_anchor anchor;
    hf_span der = fixture("root-nc");
    assert_int_equal(hf_anchor_from_der(&anchor, der, NULL), HF_OK);
    assert_ptr_equal(anchor.certificate.ptr, der.ptr);
    assert_non_null(anchor.constraints.ptr);
    assert_int_equal(anchor.path_length, -1);
    assert_false(anchor.leaf_only);
    der.len--;
    uint32_t offset = 1;
    assert_int_equal(hf_anchor_from_der(&anchor, der, &offset), HF_E_CERT_UNREADABLE);
    assert_int_equal(offset, 0);
    fixture_free(der);
    const struct {
        const char *name;
        hf_code code;
        bool leaf_only;
    } cases[] = {
        {"root", HF_OK, false},
        {"root-v1", HF_OK, false},
        {"root-sha1", HF_OK, false},
        {"root-no-sign", HF_OK, true},
        {"leaf", HF_OK, true},
        {"leaf-critical", HF_OK, true},
        {"int-policy", HF_OK, true},
        {"leaf-p521", HF_E_CERT_WEAK_KEY, true},
        {"rsa8192", HF_E_CERT_WEAK_KEY, false},
        {"leaf-rsa1024", HF_E_CERT_WEAK_KEY, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        der = fixture(cases[i].name);
        assert_int_equal(hf_anchor_from_der(&anchor, der, NULL), cases[i].code);
        assert_int_equal(anchor.leaf_only, cases[i].leaf_only);
        fixture_free(der);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pem_good),
        cmocka_unit_test(pem_lengths),
        cmocka_unit_test(pem_damaged),
        cmocka_unit_test(pem_several),
        cmocka_unit_test(pem_or_der),
        cmocka_unit_test(key_forms),
        cmocka_unit_test(key_refusals),
        cmocka_unit_test(key_details),
        cmocka_unit_test(key_curves_disagree),
        cmocka_unit_test(damaged_keys),
        cmocka_unit_test(damaged_pem),
        cmocka_unit_test(anchors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
