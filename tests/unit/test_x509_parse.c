/* The certificate parser: what is read and what is refused. */
#include "unit/x509_fixtures.h"
#include "unit/x509_parts.h"

#include "x509/algorithm.h"
#include "x509/der.h"
#include "x509/extensions.h"

static void fields(void **state)
{
    (void)state;
    hf_certificate c;
    hf_span der = fixture("leaf");
    assert_int_equal(hf_x509_parse(&c, der, NULL), HF_OK);
    assert_int_equal(c.version, 3);
    assert_ptr_equal(c.der.ptr, der.ptr);
    assert_in_range(c.serial.len, 1, 20);
    assert_int_equal(c.not_before, 1767225600);
    assert_int_equal(c.not_after, 2524607999);
    assert_int_equal(c.key.kind, HF_KEY_P256);
    assert_int_equal(c.key.point.len, 65);
    assert_int_equal(c.spki.len, 91);
    assert_int_equal(c.signature_kind, HF_ECDSA);
    assert_int_equal(c.signature_hash, HF_SHA256);
    assert_true(c.has_key_usage && c.key_usage == HF_KEY_USAGE_DIGITAL_SIGNATURE);
    assert_false(c.has_basic_constraints || c.is_ca || c.has_purposes || c.unknown_critical);
    assert_int_equal(c.path_length, -1);
    assert_non_null(c.alt_names.ptr);
    assert_null(c.constraints.ptr);
    uint8_t *point = (uint8_t *)c.key.point.ptr; /* our own copy */
    *point = 0x06;                               /* hybrid form */
    assert_int_equal(hf_x509_parse(&c, der, NULL), HF_OK);
    assert_int_equal(c.key.kind, HF_KEY_NONE);
    char text[64];
    assert_int_equal(hf_x509_name_text(c.subject, text, sizeof text), 26);
    assert_string_equal(text, "CN=device, O=Handfast Test");
    fixture_free(der);
    der = fixture("int-pl0");
    assert_int_equal(hf_x509_parse(&c, der, NULL), HF_OK);
    assert_true(c.is_ca && c.has_basic_constraints && c.path_length == 0 && !c.has_key_usage);
    fixture_free(der);
    der = fixture("root-v1");
    assert_int_equal(hf_x509_parse(&c, der, NULL), HF_OK);
    assert_int_equal(c.version, 1);
    fixture_free(der);
}

static void versions_and_serials(void **state)
{
    (void)state;
    hf_certificate c;
    PARSES(.version = "a003020102");
    assert_int_equal(c.version, 3);
    assert_int_equal(c.key.kind, HF_KEY_NONE);
    PARSES(.version = "");
    assert_int_equal(c.version, 1);
    PARSES(.version = "a003020101", .rest = "8102000182020002");
    REFUSED(.version = "", .rest = "81020001");                       /* identifiers in version 1 */
    REFUSED(.version = "a003020100");                                 /* the default, encoded */
    REFUSED(.version = "a003020103");                                 /* version 4 */
    REFUSED(.version = "a003020101", .extensions = "300506012a0400"); /* extensions in 2 */
    REFUSED(.version = "", .extensions = "300506012a0400");
    PARSES(.serial = "0214"
                     "7fffffffffffffffffffffffffffffffffffffff");
    PARSES(.serial = "0215"
                     "00ffffffffffffffffffffffffffffffffffffffff");
    REFUSED(.serial = "0215"
                      "01ffffffffffffffffffffffffffffffffffffffff");
    REFUSED(.serial = "0216"
                      "00ffffffffffffffffffffffffffffffffffffffffff");
    PARSES(.serial = "020100"); /* zero and negative: survived (RFC 5280 4.1.2.2) */
    PARSES(.serial = "0201ff");
    REFUSED(.serial = "0200");
    REFUSED(.issuer = "3000"); /* RFC 5280 4.1.2.4 */
    REFUSED(.issuer = "30023100");
}

static hf_key_kind rsa(size_t modulus_len, uint8_t top, size_t exponent_len, uint8_t last)
{
    static uint8_t modulus[600];
    uint8_t exponent[9] = {1};
    hf_public_key key = {.kind = HF_KEY_NONE};
    modulus[0] = top;
    exponent[exponent_len - 1] = last;
    hf_algorithm_rsa((hf_span){.ptr = modulus, .len = modulus_len},
                     (hf_span){.ptr = exponent, .len = exponent_len}, &key);
    return key.kind;
}

static void rsa_keys(void **state)
{
    (void)state;
    assert_int_equal(rsa(256, 0x80, 3, 1), HF_KEY_RSA);
    assert_int_equal(rsa(256, 0x7f, 3, 1), HF_KEY_NONE); /* 2047 bits */
    assert_int_equal(rsa(257, 0x01, 3, 1), HF_KEY_RSA);
    assert_int_equal(rsa(512, 0xff, 3, 1), HF_KEY_RSA);
    assert_int_equal(rsa(513, 0x01, 3, 1), HF_KEY_NONE); /* 4097 bits */
    assert_int_equal(rsa(256, 0x80, 1, 3), HF_KEY_RSA);
    assert_int_equal(rsa(256, 0x80, 1, 1), HF_KEY_NONE);
    assert_int_equal(rsa(256, 0x80, 1, 4), HF_KEY_NONE);
    assert_int_equal(rsa(256, 0x80, 3, 0), HF_KEY_NONE);
    assert_int_equal(rsa(256, 0x80, 8, 1), HF_KEY_RSA);
    assert_int_equal(rsa(256, 0x80, 9, 1), HF_KEY_NONE);
}

/* P-15: curves below P-256 are no kind of key that anything here can use. */
static void small_curves(void **state)
{
    (void)state;
    static const struct {
        const char *front; /* of SubjectPublicKeyInfo, up to the point's first byte */
        size_t point;
    } CASES[] = {
        {"304e301006072a8648ce3d020106052b81040021033a0004", 56},       /* secp224r1 */
        {"3049301306072a8648ce3d020106082a8648ce3d03010103320004", 48}, /* secp192r1 */
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        char key[256];
        hf_certificate c;
        size_t len = strlen(CASES[i].front);
        memcpy(key, CASES[i].front, len);
        memset(key + len, '1', 2 * CASES[i].point);
        key[len + 2 * CASES[i].point] = 0;
        PARSES(.key = key);
        assert_int_equal(c.key.kind, HF_KEY_NONE);
    }
}

static void signature_algorithms(void **state)
{
    (void)state;
    hf_certificate c;
#define KIND(k, h, ...)                                                                            \
    do {                                                                                           \
        PARSES(__VA_ARGS__);                                                                       \
        assert_int_equal(c.signature_kind, k);                                                     \
        assert_int_equal(c.signature_hash, h);                                                     \
    } while (0)
    KIND(HF_ECDSA, HF_SHA256, .inner = ECDSA_256);
    KIND(HF_ECDSA, HF_SHA384, .inner = "300a06082a8648ce3d040303");
    KIND(HF_ECDSA, HF_SHA512, .inner = "300a06082a8648ce3d040304");
    KIND(HF_SIGNATURE_NONE, HF_HASH_NONE, .inner = "300906072a8648ce3d0401");   /* SHA-1 */
    KIND(HF_SIGNATURE_NONE, HF_HASH_NONE, .inner = "300a06082a8648ce3d040301"); /* SHA-224 */
    KIND(HF_RSA_PKCS1, HF_SHA256, .inner = "300d06092a864886f70d01010b0500");
    KIND(HF_RSA_PKCS1, HF_SHA384, .inner = "300b06092a864886f70d01010c");
    KIND(HF_SIGNATURE_NONE, HF_HASH_NONE, .inner = "300d06092a864886f70d0101050500"); /* SHA-1 */
    KIND(HF_SIGNATURE_NONE, HF_HASH_NONE, .inner = "300d06092a864886f70d0101040500"); /* MD5 */
    KIND(HF_SIGNATURE_NONE, HF_HASH_NONE, .inner = "300506032b6570");                 /* Ed25519 */
    REFUSED(.inner = "300c06082a8648ce3d0403020500"); /* ECDSA: parameters absent */
    REFUSED(.inner = "300e06092a864886f70d01010b020100");
    REFUSED(.inner = "300e06092a864886f70d01010b050100");
    REFUSED(.outer = "300a06082a8648ce3d040303"); /* inner and outer differ */
    REFUSED(.inner = "300b06092a864886f70d01010b", .outer = "300d06092a864886f70d01010b0500");
    /* SHA-256 with MGF1-SHA-256 and a salt of 32; then another mask hash, another salt, none */
#define PSS_PARAMETERS(mask, salt)                                                                 \
    "304106092a864886f70d01010a3034a00f300d06096086480165030402010500"                             \
    "a11c301a06092a864886f70d010108300d0609608648016503040" mask "0500a2030201" salt
    KIND(HF_RSA_PSS, HF_SHA256, .inner = PSS_PARAMETERS("201", "20"));
    KIND(HF_SIGNATURE_NONE, HF_HASH_NONE, .inner = PSS_PARAMETERS("202", "20"));
    KIND(HF_SIGNATURE_NONE, HF_HASH_NONE, .inner = PSS_PARAMETERS("201", "14"));
    KIND(HF_SIGNATURE_NONE, HF_HASH_NONE, .inner = "300d06092a864886f70d01010a3000");
    /* parameters of a hash: NULL or absent (RFC 4055 2.1) */
    REFUSED(.inner = "301e06092a864886f70d01010a3011a00f300d06096086480165030402010400");
    KIND(HF_SIGNATURE_NONE, HF_HASH_NONE,
         .inner = "301c06092a864886f70d01010a300fa00d300b0609608648016503040201");
    KIND(HF_SIGNATURE_NONE, HF_HASH_NONE, .inner = "300b06092a864886f70d01010a");
    /* trailerField: only 1 exists */
#define PSS_TRAILER(n)                                                                             \
    "304606092a864886f70d01010a3039a00f300d06096086480165030402010500"                             \
    "a11c301a06092a864886f70d010108300d06096086480165030402010500a203020120a3030201" n
    KIND(HF_RSA_PSS, HF_SHA256, .inner = PSS_TRAILER("01"));
    KIND(HF_SIGNATURE_NONE, HF_HASH_NONE, .inner = PSS_TRAILER("02"));
    REFUSED(.inner = "300f06092a864886f70d01010a30020500");
}

/* One Extension as hex: the OID 2.5.29.n, `critical` (hex of a BOOLEAN) and the value. */
static const char *ext(unsigned n, const char *critical, const char *value)
{
    static char hex[512];
    unsigned value_len = (unsigned)strlen(value) / 2;
    unsigned len = 5 + (unsigned)strlen(critical) / 2 + 2 + value_len;
    assert_true(len < 128);
    (void)snprintf(hex, sizeof hex, "30%02x0603551d%02x%s04%02x%s", len, n, critical, value_len,
                   value);
    return hex;
}

#define BASIC   19, ""
#define ALT     17, ""
#define NARROW  30, ""
#define PURPOSE 37, ""
#define USAGE   15, ""

static void basic_extensions(void **state)
{
    (void)state;
    hf_certificate c;
    PARSES(.extensions = ext(BASIC, "3000"));
    assert_true(c.has_basic_constraints && !c.is_ca);
    PARSES(.extensions = ext(BASIC, "30030101ff"));
    assert_true(c.is_ca && c.path_length == -1);
    PARSES(.extensions = ext(BASIC, "30060101ff020107"));
    assert_true(c.is_ca && c.path_length == 7);
    PARSES(.extensions = ext(19, "010100", "3003010100")); /* both defaults, encoded */
    assert_true(c.has_basic_constraints && !c.is_ca);
    REFUSED(.extensions = ext(BASIC, "30060101ff0201ff"));         /* negative length */
    REFUSED(.extensions = ext(BASIC, "300a0101ff02050100000000")); /* beyond 2^31 */
    REFUSED(.extensions = ext(BASIC, "3003010101"));               /* BOOLEAN 01 */
    REFUSED(.extensions = ext(BASIC, "30000500"));                 /* something behind */
    REFUSED(.extensions = ext(BASIC, ""));
    REFUSED(.extensions = ext(19, "010101", "3000")); /* critical 01 */
    REFUSED(.extensions = "");
    PARSES(.extensions = ext(USAGE, "03020780"));
    assert_true(c.has_key_usage && c.key_usage == HF_KEY_USAGE_DIGITAL_SIGNATURE);
    PARSES(.extensions = ext(USAGE, "03020106"));
    assert_int_equal(c.key_usage, HF_KEY_USAGE_KEY_CERT_SIGN | 0x0200);
    REFUSED(.extensions = ext(USAGE, "03020781")); /* an unused bit is set */
    PARSES(.extensions = ext(PURPOSE, "300a06082b06010505070301"));
    assert_int_equal(c.purposes, HF_PURPOSE_SERVER_AUTH);
    PARSES(.extensions = ext(PURPOSE, "301006082b06010505070302"
                                      "0604551d2500"));
    assert_int_equal(c.purposes, HF_PURPOSE_CLIENT_AUTH | HF_PURPOSE_ANY);
    PARSES(.extensions = ext(PURPOSE, "300a06082b06010505070309"));
    assert_int_equal(c.purposes, HF_PURPOSE_OCSP_SIGNING);
    PARSES(.extensions = ext(PURPOSE, "300a06082b06010505070303"));
    assert_true(c.has_purposes && c.purposes == 0);
    REFUSED(.extensions = ext(PURPOSE, "3000"));
    PARSES(.extensions = ext(99, "", "ffff"));
    assert_false(c.unknown_critical);
    PARSES(.extensions = ext(99, "0101ff", "ffff"));
    assert_true(c.unknown_critical);
    PARSES(.extensions = ext(36, "", "3003800100")); /* policyConstraints, not critical */
    assert_true(c.unknown_critical);
    PARSES(.extensions = ext(54, "", "020100")); /* inhibitAnyPolicy, not critical */
    assert_false(c.unknown_critical);
    PARSES(.extensions = ext(32, "0101ff", "3006300406022a03"));
    assert_false(c.unknown_critical);
    REFUSED(.extensions = ext(32, "", "3000"));
}

/* One TLS feature extension (RFC 7633) as hex. */
static const char *features(const char *critical, const char *value)
{
    static char hex[512];
    unsigned value_len = (unsigned)strlen(value) / 2;
    unsigned len = 10 + (unsigned)strlen(critical) / 2 + 2 + value_len;
    assert_true(len < 128);
    (void)snprintf(hex, sizeof hex, "30%02x06082b06010505070118%s04%02x%s", len, critical,
                   value_len, value);
    return hex;
}

static void feature_extension(void **state)
{
    (void)state;
    hf_certificate c;
    PARSES(.extensions = ext(BASIC, "3000"));
    assert_false(c.must_staple);
    PARSES(.extensions = features("", "3003020105"));
    assert_true(c.must_staple && !c.unknown_critical);
    PARSES(.extensions = features("0101ff", "3006020111020105")); /* behind another one */
    assert_true(c.must_staple && !c.unknown_critical);
    PARSES(.extensions = features("0101ff", "3003020111")); /* status_request_v2 alone */
    assert_false(c.must_staple || c.unknown_critical);
    PARSES(.extensions = features("", "300602010502010a"));
    assert_true(c.must_staple);
    PARSES(.extensions = features("", "30050203"
                                      "00ff01"));
    assert_false(c.must_staple);
    PARSES(.extensions = features("", "3000")); /* SEQUENCE OF: may be empty */
    assert_false(c.must_staple);
    REFUSED(.extensions = features("", ""));
    REFUSED(.extensions = features("", "020105"));         /* no SEQUENCE */
    REFUSED(.extensions = features("", "3003040105"));     /* no INTEGER */
    REFUSED(.extensions = features("", "300402020005"));   /* padded */
    REFUSED(.extensions = features("", "30030201ff"));     /* negative */
    REFUSED(.extensions = features("", "30050203010005")); /* no number of a TLS extension */
    REFUSED(.extensions = features("", "30030201050500")); /* something behind */
    REFUSED(.extensions = features("", "3002020105"));     /* cut */
    PARSES(.extensions = "300f06092b06010505070118010402"
                         "0500"); /* a longer OID is another extension */
    assert_false(c.must_staple);
    assert_int_equal(parse_parts((parts){.extensions = "301106082b06010505070118"
                                                       "04053003020105"
                                                       "301106082b06010505070118"
                                                       "04053003020105"},
                                 &c),
                     HF_E_CERT_EXTENSION_TWICE);
}

static void name_extensions(void **state)
{
    (void)state;
    hf_certificate c;
    PARSES(.extensions = ext(ALT, "3003820161"));
    assert_int_equal(c.alt_names.len, 3);
    REFUSED(.extensions = ext(ALT, "3000"));       /* no name */
    REFUSED(.extensions = ext(ALT, "30028200"));   /* an empty dNSName */
    REFUSED(.extensions = ext(ALT, "30038201ff")); /* not ASCII */
    REFUSED(.extensions = ext(ALT, "3003820100")); /* a zero byte */
    REFUSED(.extensions = ext(ALT, "3003a20161")); /* constructed dNSName */
    REFUSED(.extensions = ext(ALT, "3003890161")); /* no such kind */
    REFUSED(.extensions = ext(ALT, "3003020161")); /* no GeneralName */
    PARSES(.extensions = ext(ALT, "3006870401020304"));
    REFUSED(.extensions = ext(ALT, "30058703010203"));           /* an address of 3 bytes */
    REFUSED(.extensions = ext(ALT, "300a87080102030405060708")); /* of 8 */
    PARSES(.extensions = ext(ALT, "3010"
                                  "a40e" NAME_X));
    REFUSED(.extensions = ext(ALT, "3004a4023100")); /* a directoryName that is no Name */
    PARSES(.extensions = ext(NARROW, "300ea00c300a8708c0000200ffffff00"));
    assert_int_equal(c.constraints.len, 14);
    REFUSED(.extensions = ext(NARROW, "300ea00c300a8708c0000200ff00ff00")); /* mask with a hole */
    REFUSED(.extensions = ext(NARROW, "300ca00a30088706c0000200ffff"));     /* 6 bytes */
    PARSES(.extensions = ext(NARROW, "3007a00530038201"
                                     "61"));
    REFUSED(.extensions = ext(NARROW, "300aa0083006820161800100")); /* minimum */
    REFUSED(.extensions = ext(NARROW, "3000"));
    REFUSED(.extensions = ext(NARROW, "3002a000"));
    PARSES(.extensions = ext(NARROW, "300ea0053003820161a1053003820162"));
    REFUSED(.extensions = ext(NARROW, "300ea1053003820161a0053003820162")); /* wrong order */
}

static void doubles_and_limits(void **state)
{
    (void)state;
    hf_certificate c;
    assert_int_equal(parse_parts((parts){.extensions = "300506012a0400"
                                                       "300506012b0400"
                                                       "300506012a0400"},
                                 &c),
                     HF_E_CERT_EXTENSION_TWICE);
    char many[HF_X509_EXTENSIONS_MAX * 14 + 15] = "";
    for (unsigned i = 0; i < HF_X509_EXTENSIONS_MAX; i++) {
        (void)snprintf(many + 14 * i, 15, "30050601%02x0400", i + 1);
    }
    PARSES(.extensions = many);
    (void)snprintf(many + 14 * HF_X509_EXTENSIONS_MAX, 15, "300506017f0400");
    REFUSED(.extensions = many);
}

static void trailing_bytes(void **state)
{
    (void)state;
    hf_certificate c;
    uint32_t offset = 0;
    hf_span der = fixture("leaf");
    uint8_t *longer = malloc(der.len + 1);
    memcpy(longer, der.ptr, der.len);
    longer[der.len] = 0;
    hf_span with_more = {.ptr = longer, .len = der.len + 1};
    assert_int_equal(hf_x509_parse(&c, with_more, &offset), HF_E_CERT_SYNTAX);
    assert_int_equal(offset, der.len);
    free(longer);
    fixture_free(der);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields),
        cmocka_unit_test(versions_and_serials),
        cmocka_unit_test(rsa_keys),
        cmocka_unit_test(small_curves),
        cmocka_unit_test(signature_algorithms),
        cmocka_unit_test(basic_extensions),
        cmocka_unit_test(feature_extension),
        cmocka_unit_test(name_extensions),
        cmocka_unit_test(doubles_and_limits),
        cmocka_unit_test(trailing_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
