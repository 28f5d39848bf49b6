/* SHA-1 is there to compute identifiers in OCSP and protects nothing: every question whether it may
 * is answered with no, and real SHA-1 signatures are refused by the seam itself.
 */
#include "unit/x509_backend.h"

#include "tls/keys/suite.h"

static const hf_key_kind KEYS[] = {HF_KEY_P256, HF_KEY_P384, HF_KEY_RSA};
static const hf_signature_kind KINDS[] = {HF_ECDSA, HF_RSA_PKCS1, HF_RSA_PSS};

static void no_combination_can_be_verified(void **state)
{
    (void)state;
    assert_false(hf_crypto_has_hash(HF_SHA1));
    for (size_t key = 0; key < 3; key++) {
        for (size_t kind = 0; kind < 3; kind++) {
            assert_false(hf_crypto_can_verify(KEYS[key], KINDS[kind], HF_SHA1));
        }
    }
}

static void no_key_signs(void **state)
{
    (void)state;
    static const char *const NAMES[] = {"key-leaf.pkcs8", "key-int-p384.pkcs8",
                                        "key-leaf-rsa.pkcs8"};
    for (size_t i = 0; i < 3; i++) {
        uint8_t value[HF_HASH_MAX] = {1}, signature[HF_SIGNATURE_MAX];
        hf_span der = fixture(NAMES[i]);
        hf_private_key parts;
        hf_key key;
        assert_int_equal(hf_key_parse(&parts, der, NULL), HF_OK);
        assert_int_equal(parts.pub.kind, KEYS[i]);
        assert_int_equal(hf_key_load(&key, &backend, &parts), HF_OK);
        for (size_t kind = 0; kind < 3; kind++) {
            size_t len = 1;
            assert_int_equal(hf_key_sign(&key, &backend, KINDS[kind], HF_SHA1, value, signature,
                                         sizeof signature, &len),
                             HF_E_UNSUPPORTED);
            assert_int_equal(len, 0);
        }
        hf_key_release(&key);
        fixture_free(der);
    }
}

/* A signature that is right by the arithmetic, made by another program. */
static void a_real_signature_is_refused(void **state)
{
    (void)state;
    hf_span leaf_der = fixture("leaf-sha1"), issuer_der = fixture("int");
    hf_certificate leaf, issuer;
    uint8_t value[HF_HASH_MAX];
    hf_hash hash;
    assert_int_equal(hf_x509_parse(&leaf, leaf_der, NULL), HF_OK);
    assert_int_equal(hf_x509_parse(&issuer, issuer_der, NULL), HF_OK);
    assert_int_equal(leaf.signature_kind, HF_SIGNATURE_NONE);
    assert_int_equal(leaf.signature_hash, HF_HASH_NONE);
    hf_hash_start(&hash, HF_SHA1);
    hf_hash_add(&hash, leaf.tbs.ptr, leaf.tbs.len);
    hf_hash_final(&hash, value);
    assert_int_equal(
        hf_crypto_verify(&backend, &issuer.key, HF_ECDSA, HF_SHA1, value, leaf.signature),
        HF_E_UNSUPPORTED);
    fixture_free(leaf_der);
    fixture_free(issuer_der);
    walk_expect(HF_E_CERT_WEAK_SIGNATURE, 0, .chain = {"leaf-sha1", "int"}, .anchors = {"root"});
    walk_expect(HF_E_CERT_WEAK_SIGNATURE, 1, .chain = {"leaf-int-sha1", "int-sha1"},
                .anchors = {"root"});
}

static void no_suite_and_no_scheme_has_it(void **state)
{
    (void)state;
    for (size_t i = 0; hf_suite_at(i) != NULL; i++) {
        assert_true(hf_crypto_has_hash(hf_suite_at(i)->hash));
    }
    for (size_t i = 0; hf_scheme_at(i) != NULL; i++) {
        assert_true(hf_crypto_has_hash(hf_scheme_at(i)->hash));
    }
    assert_null(hf_scheme_find(0x0201)); /* rsa_pkcs1_sha1 */
    assert_null(hf_scheme_find(0x0203)); /* ecdsa_sha1 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_combination_can_be_verified),
        cmocka_unit_test(no_key_signs),
        cmocka_unit_test(a_real_signature_is_refused),
        cmocka_unit_test(no_suite_and_no_scheme_has_it),
    };
    return cmocka_run_group_tests(tests, open_backend, close_backend);
}
