/* hf_config: every way in which a configuration is refused, with its error; and what good ones
 * settle. Memory and files are in test_config_files.c, engines over a configuration in
 * test_config_use.c.
 */
#include "unit/config_rig.h"

#define ROOM 16384u

/* ---- trust */

static void test_no_anchors(void **state)
{
    config_rig r;
    (void)state;
    rig_open(&r, ROOM, 0);
    assert_failed(&r, hf_config_build(&r.config), HF_E_NO_ANCHORS);
    rig_close(&r);
    rig_open(&r, 0, 0); /* also without any memory */
    hf_config_init(&r.config, NULL, 0);
    assert_failed(&r, hf_config_build(&r.config), HF_E_NO_ANCHORS);
    rig_close(&r);
}

static void test_no_clock(void **state)
{
    config_rig r;
    (void)state;
    rig_open(&r, ROOM, 0);
    r.config.clock.now = NULL;
    assert_code(rig_anchors(&r, "root"), HF_OK);
    assert_failed(&r, hf_config_build(&r.config), HF_E_NO_CLOCK);
    rig_close(&r);
}

/* Only the field that says so makes anchors and clock superfluous. */
static void test_insecure(void **state)
{
    config_rig r;
    (void)state;
    rig_open(&r, ROOM, 0);
    r.config.clock.now = NULL;
    r.config.insecure_skip_certificate_check = true;
    assert_code(hf_config_build(&r.config), HF_OK);
    rig_close(&r);
    rig_open(&r, ROOM, 0);
    r.config.insecure_skip_name_check = true;
    assert_failed(&r, hf_config_build(&r.config), HF_E_NO_ANCHORS);
    rig_close(&r);
}

static bool find_nothing(void *ctx, hf_span issuer, size_t index, hf_anchor *anchor)
{
    (void)ctx;
    (void)issuer;
    (void)index;
    (void)anchor;
    return false;
}

static void test_own_anchor_source(void **state)
{
    config_rig r;
    (void)state;
    rig_open(&r, ROOM, 0);
    r.config.anchors.find = find_nothing;
    assert_code(hf_config_build(&r.config), HF_OK);
    assert_ptr_equal(r.config.anchors.find, find_nothing);
    rig_close(&r);
}

/* ---- what is offered */

typedef struct choice {
    uint16_t min, max;
    const uint16_t *suites;
    size_t suites_count;
    const uint16_t *groups;
    size_t groups_count;
    const uint16_t *schemes;
    size_t schemes_count;
    uint16_t settled_min, settled_max; /* 0: nothing to offer */
} choice;

#define LIST(...)                                                                                  \
    (const uint16_t[]){__VA_ARGS__}, sizeof((const uint16_t[]){__VA_ARGS__}) / sizeof(uint16_t)
#define DEFAULT NULL, 0

static const choice CHOICES[] = {
    {0, 0, DEFAULT, DEFAULT, DEFAULT, HF_TLS12, HF_TLS13},
    {HF_TLS13, 0, DEFAULT, DEFAULT, DEFAULT, HF_TLS13, HF_TLS13},
    {0, HF_TLS12, DEFAULT, DEFAULT, DEFAULT, HF_TLS12, HF_TLS12},
    {HF_TLS13, HF_TLS12, DEFAULT, DEFAULT, DEFAULT, 0, 0},
    {0x0301, HF_TLS13, DEFAULT, DEFAULT, DEFAULT, 0, 0}, /* P-26 */
    {0x0302, 0x0302, DEFAULT, DEFAULT, DEFAULT, 0, 0},
    {HF_TLS12, 0x0305, DEFAULT, DEFAULT, DEFAULT, 0, 0},
    {0, 0, LIST(0x1301), DEFAULT, DEFAULT, HF_TLS13, HF_TLS13},
    {0, 0, LIST(0xc02f), DEFAULT, DEFAULT, HF_TLS12, HF_TLS12},
    {0, 0, LIST(0xc02f, 0x1303), DEFAULT, DEFAULT, HF_TLS12, HF_TLS13},
    {HF_TLS13, 0, LIST(0xc02f), DEFAULT, DEFAULT, 0, 0},
    {0, HF_TLS12, LIST(0x1301, 0x1302), DEFAULT, DEFAULT, 0, 0},
    {0, 0, LIST(0x1305), DEFAULT, DEFAULT, 0, 0},                 /* CCM_8: P-19, section 11 */
    {0, 0, LIST(0x002f, 0xc013, 0xc0ae), DEFAULT, DEFAULT, 0, 0}, /* CBC, static RSA, CCM_8 */
    {0, 0, DEFAULT, LIST(HF_SECP384R1), DEFAULT, HF_TLS12, HF_TLS13},
    {0, 0, DEFAULT, LIST(0x0019, 0x001e, 0x0100), DEFAULT, 0, 0},
    {0, 0, DEFAULT, DEFAULT, LIST(HF_ECDSA_SECP256R1_SHA256), HF_TLS12, HF_TLS13},
    {0, 0, DEFAULT, DEFAULT, LIST(0x0201, 0x0203, 0x0807), 0, 0}, /* SHA-1, Ed25519 */
};

static void test_choices(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof CHOICES / sizeof CHOICES[0]; i++) {
        const choice *c = &CHOICES[i];
        config_rig r;
        rig_open(&r, ROOM, 0);
        assert_code(rig_anchors(&r, "root"), HF_OK);
        r.config.version_min = c->min;
        r.config.version_max = c->max;
        r.config.suites = c->suites;
        r.config.suites_count = c->suites_count;
        r.config.groups = c->groups;
        r.config.groups_count = c->groups_count;
        r.config.schemes = c->schemes;
        r.config.schemes_count = c->schemes_count;
        hf_code code = hf_config_build(&r.config);
        if (code != (c->settled_min == 0 ? HF_E_NOTHING_TO_OFFER : HF_OK)) {
            fail_msg("choice %zu: %s", i, hf_error_name(code));
        }
        if (code == HF_OK) {
            assert_int_equal(r.config.version_min, c->settled_min);
            assert_int_equal(r.config.version_max, c->settled_max);
        } else {
            assert_failed(&r, code, HF_E_NOTHING_TO_OFFER);
        }
        rig_close(&r);
    }
}

/* ---- protocol names (RFC 7301 3.1) */

static hf_code build_with_alpn(const char *const *names, size_t count)
{
    config_rig r;
    rig_open(&r, ROOM, 0);
    assert_code(rig_anchors(&r, "root"), HF_OK);
    r.config.alpn = names;
    r.config.alpn_count = count;
    hf_code code = hf_config_build(&r.config);
    rig_close(&r);
    return code;
}

static void test_protocol_names(void **state)
{
    char longest[256];
    char too_long[257];
    const char *many[256];
    (void)state;
    memset(longest, 'a', 255);
    longest[255] = 0;
    memset(too_long, 'a', 256);
    too_long[256] = 0;
    for (size_t i = 0; i < 256; i++) {
        many[i] = "abc";
    }
    const char *const four[] = {longest, longest, longest, longest, "x"};
    assert_code(build_with_alpn((const char *const[]){"mqtt"}, 1), HF_OK);
    assert_code(build_with_alpn((const char *const[]){"x"}, 1), HF_OK);
    assert_code(build_with_alpn((const char *const[]){longest}, 1), HF_OK);
    assert_code(build_with_alpn((const char *const[]){""}, 1), HF_E_PROTOCOL_NAME);
    assert_code(build_with_alpn((const char *const[]){"mqtt", ""}, 2), HF_E_PROTOCOL_NAME);
    assert_code(build_with_alpn((const char *const[]){too_long}, 1), HF_E_PROTOCOL_NAME);
    assert_code(build_with_alpn(four, 4), HF_OK); /* 1024 bytes with their lengths */
    assert_code(build_with_alpn(four, 5), HF_E_PROTOCOL_NAME);
    assert_code(build_with_alpn(many, 255), HF_OK);
    assert_code(build_with_alpn(many, 256), HF_E_PROTOCOL_NAME);
}

/* ---- identity */

static void test_identities(void **state)
{
    static const char *const PAIRS[][2] = {
        {"leaf", "key-leaf.pkcs8"},
        {"leaf", "key-leaf.traditional"},
        {"leaf", "key-leaf.no-public"},
        {"leaf-rsa", "key-leaf-rsa.pkcs8"},
        {"leaf-rsa", "key-leaf-rsa.traditional"},
        {"int-p384", "key-int-p384.pkcs8"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof PAIRS / sizeof PAIRS[0]; i++) {
        config_rig r;
        rig_open(&r, ROOM, 0);
        assert_code(rig_anchors(&r, "root"), HF_OK);
        assert_code(rig_identity(&r, PAIRS[i][0], PAIRS[i][1], NULL), HF_OK);
        assert_code(hf_config_build(&r.config), HF_OK);
        assert_int_equal(r.config.identity.chain_count, 1);
        assert_int_not_equal(r.config.identity.key.kind, HF_KEY_NONE);
        rig_close(&r);
    }
}

static void refused_identity(const char *chain, const char *key, hf_code code)
{
    config_rig r;
    rig_open(&r, ROOM, 0);
    assert_code(rig_anchors(&r, "root"), HF_OK);
    hf_code got = rig_identity(&r, chain, key, NULL);
    assert_failed(&r, got == HF_OK ? hf_config_build(&r.config) : got, code);
    rig_close(&r);
}

static void test_bad_identities(void **state)
{
    (void)state;
    refused_identity("leaf", "key-int-p384.pkcs8", HF_E_KEY_MISMATCH);
    refused_identity("leaf", "key-leaf-rsa.pkcs8", HF_E_KEY_MISMATCH);
    refused_identity("leaf-rsa", "key-leaf.pkcs8", HF_E_KEY_MISMATCH);
    refused_identity("root", "key-leaf.pkcs8", HF_E_KEY_MISMATCH); /* same curve, other key */
    refused_identity("leaf", "key-ed25519", HF_E_KEY_UNSUPPORTED);
    refused_identity("leaf", "key-p521", HF_E_KEY_UNSUPPORTED);
    refused_identity("leaf-rsa1024", "key-rsa1024", HF_E_KEY_UNSUPPORTED);
    refused_identity("leaf", "leaf", HF_E_PEM_EMPTY); /* no key in that file */
    refused_identity("key-leaf.pkcs8", "key-leaf.pkcs8", HF_E_PEM_EMPTY);
}

static hf_code sign_never(void *ctx, uint16_t scheme, hf_span hash, hf_space signature, size_t *len)
{
    (void)ctx;
    (void)scheme;
    (void)hash;
    (void)signature;
    (void)len;
    return HF_E_SIGNER;
}

/* A signer stands for the key; a certificate without either, or either without it, is refused. */
static void test_signer(void **state)
{
    config_rig r;
    (void)state;
    rig_open(&r, ROOM, 0);
    assert_code(rig_anchors(&r, "root"), HF_OK);
    hf_span chain = rig_file(&r, "leaf");
    assert_code(hf_config_identity(&r.config, chain.ptr, chain.len, NULL, 0, NULL), HF_OK);
    r.config.identity.signer.sign = sign_never;
    assert_code(hf_config_build(&r.config), HF_OK);
    assert_int_equal(r.config.identity.leaf_key.kind, HF_KEY_P256);
    rig_close(&r);
    rig_open(&r, ROOM, 0);
    assert_code(rig_anchors(&r, "root"), HF_OK);
    chain = rig_file(&r, "leaf");
    assert_code(hf_config_identity(&r.config, chain.ptr, chain.len, NULL, 0, NULL), HF_OK);
    assert_failed(&r, hf_config_build(&r.config), HF_E_KEY_MISMATCH);
    rig_close(&r);
    rig_open(&r, ROOM, 0);
    assert_code(rig_anchors(&r, "root"), HF_OK);
    r.config.identity.signer.sign = sign_never;
    assert_failed(&r, hf_config_build(&r.config), HF_E_CERT_UNREADABLE);
    rig_close(&r);
}

static void test_chain_too_long(void **state)
{
    static const char *const NAMES[] = {"leaf", "int", "int2", "int3", "int4"};
    (void)state;
    for (size_t count = 1; count <= 5; count++) {
        config_rig r;
        rig_open(&r, ROOM, 0);
        assert_code(rig_anchors(&r, "root"), HF_OK);
        hf_span chain = rig_files(&r, NAMES, count);
        hf_span key = rig_file(&r, "key-leaf.pkcs8");
        hf_code code = hf_config_identity(&r.config, chain.ptr, chain.len, key.ptr, key.len, NULL);
        assert_code(code, count <= HF_CHAIN_MAX ? HF_OK : HF_E_TOO_MANY);
        if (code == HF_OK) {
            assert_int_equal(r.config.identity.chain_count, count);
            assert_code(hf_config_build(&r.config), HF_OK);
        } else {
            assert_int_equal(r.config.error.detail, HF_CHAIN_MAX);
            assert_failed(&r, code, HF_E_TOO_MANY);
        }
        rig_close(&r);
    }
}

/* The chain given as spans by the program is checked as well. */
static void test_unreadable_chain(void **state)
{
    config_rig r;
    (void)state;
    rig_open(&r, ROOM, 0);
    assert_code(rig_anchors(&r, "root"), HF_OK);
    hf_span leaf = rig_der(&r, "leaf");
    hf_span middle = rig_der(&r, "int");
    r.config.identity.chain[0] = leaf;
    r.config.identity.chain[1] = (hf_span){middle.ptr, middle.len - 1};
    r.config.identity.chain_count = 2;
    r.config.identity.signer.sign = sign_never;
    assert_failed(&r, hf_config_build(&r.config), HF_E_CERT_UNREADABLE);
    assert_int_equal(r.config.error.detail, 1); /* which one */
    rig_close(&r);
}

/* ---- passwords */

static void test_passwords(void **state)
{
    bool opens = strncmp(hf_crypto_name(), "openssl", 7) == 0;
    const struct {
        const char *key;
        const char *password;
        hf_code code;
    } CASES[] = {
        {"key-encrypted", NULL, HF_E_KEY_ENCRYPTED},
        {"key-encrypted", "secret", opens ? HF_OK : HF_E_KEY_NO_DECRYPT},
        {"key-encrypted", "Secret", opens ? HF_E_KEY_PASSWORD : HF_E_KEY_NO_DECRYPT},
        {"key-encrypted", "", opens ? HF_E_KEY_PASSWORD : HF_E_KEY_NO_DECRYPT},
        {"key-leaf.pkcs8", "not needed", HF_OK},
        /* RFC 1421's own encryption is not opened at all. */
        {"key-encrypted-old", NULL, HF_E_KEY_ENCRYPTED},
        {"key-encrypted-old", "secret", HF_E_KEY_NO_DECRYPT},
    };
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        config_rig r;
        rig_open(&r, ROOM, 0);
        assert_code(rig_anchors(&r, "root"), HF_OK);
        hf_code code = rig_identity(&r, "leaf", CASES[i].key, CASES[i].password);
        assert_code(code, CASES[i].code);
        if (code == HF_OK) {
            assert_code(hf_config_build(&r.config), HF_OK);
        } else {
            assert_failed(&r, code, CASES[i].code);
        }
        rig_close(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_anchors), cmocka_unit_test(test_no_clock),
        cmocka_unit_test(test_insecure),   cmocka_unit_test(test_own_anchor_source),
        cmocka_unit_test(test_choices),    cmocka_unit_test(test_protocol_names),
        cmocka_unit_test(test_identities), cmocka_unit_test(test_bad_identities),
        cmocka_unit_test(test_signer),     cmocka_unit_test(test_chain_too_long),
        cmocka_unit_test(test_passwords),  cmocka_unit_test(test_unreadable_chain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
