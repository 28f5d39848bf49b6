/* A key held by libcrypto as the signer of a configuration. Needs the openssl backend. */
#include "unit/crypto_help.h"
#include "unit/crypto_keys.h"

#include <handfast/openssl.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

static hf_crypto crypto;

static void check(EVP_PKEY *pkey, const hf_public_key *pub, uint16_t scheme, hf_signature_kind kind,
                  hf_hash_id id)
{
    uint8_t value[HF_HASH_MAX], signature[HF_SIGNATURE_MAX];
    hf_span hash = {.ptr = value, .len = hf_hash_size(id)};
    hf_space out = {.ptr = signature, .cap = sizeof signature};
    hf_signer signer = hf_openssl_signer(pkey);
    size_t len = 0;
    memset(value, 0x5e, sizeof value);
    assert_int_equal(signer.sign(signer.ctx, scheme, hash, out, &len), HF_OK);
    assert_int_equal(
        hf_crypto_verify(&crypto, pub, kind, id, value, (hf_span){.ptr = signature, .len = len}),
        HF_OK);
    out.cap = 60;
    assert_int_equal(signer.sign(signer.ctx, scheme, hash, out, &len), HF_E_MEMORY_TOO_SMALL);
    assert_int_equal(len, 0);
    out.cap = sizeof signature;
    hash.len--;
    assert_int_equal(signer.sign(signer.ctx, scheme, hash, out, &len), HF_E_UNSUPPORTED);
}

static void an_ec_key_signs(void **state)
{
    (void)state;
    bytes der = unhex(PKCS8_PLAIN), point = unhex(P256_POINT);
    const uint8_t *at = der.at;
    EVP_PKEY *pkey = d2i_AutoPrivateKey(NULL, &at, (long)der.len);
    hf_public_key pub = {.kind = HF_KEY_P256, .point = span_of(&point)};
    uint8_t value[32] = {0}, signature[HF_SIGNATURE_MAX];
    size_t len = 1;
    assert_non_null(pkey);
    check(pkey, &pub, HF_ECDSA_SECP256R1_SHA256, HF_ECDSA, HF_SHA256);
    check(pkey, &pub, HF_ECDSA_SECP384R1_SHA384, HF_ECDSA, HF_SHA384); /* TLS 1.2 may */
    hf_signer signer = hf_openssl_signer(pkey);
    hf_span hash = {.ptr = value, .len = sizeof value};
    hf_space out = {.ptr = signature, .cap = sizeof signature};
    assert_int_equal(signer.sign(signer.ctx, HF_RSA_PSS_RSAE_SHA256, hash, out, &len),
                     HF_E_UNSUPPORTED);
    assert_int_equal(len, 0);
    assert_int_equal(signer.sign(signer.ctx, 0x0807, hash, out, &len), HF_E_UNSUPPORTED);
    EVP_PKEY_free(pkey);
}

static void an_rsa_key_signs(void **state)
{
    (void)state;
    uint8_t n[HF_SIGNATURE_MAX], e[8];
    EVP_PKEY *pkey = EVP_RSA_gen(2048);
    BIGNUM *modulus = NULL, *exponent = NULL;
    assert_non_null(pkey);
    assert_int_equal(EVP_PKEY_get_bn_param(pkey, "n", &modulus), 1);
    assert_int_equal(EVP_PKEY_get_bn_param(pkey, "e", &exponent), 1);
    hf_public_key pub = {.kind = HF_KEY_RSA, .point.ptr = n, .exponent.ptr = e};
    pub.point.len = (size_t)BN_bn2bin(modulus, n);
    pub.exponent.len = (size_t)BN_bn2bin(exponent, e);
    check(pkey, &pub, HF_RSA_PSS_RSAE_SHA256, HF_RSA_PSS, HF_SHA256);
    check(pkey, &pub, HF_RSA_PSS_RSAE_SHA384, HF_RSA_PSS, HF_SHA384);
    check(pkey, &pub, HF_RSA_PKCS1_SHA256, HF_RSA_PKCS1, HF_SHA256);
    check(pkey, &pub, HF_RSA_PKCS1_SHA384, HF_RSA_PKCS1, HF_SHA384);
    BN_free(modulus);
    BN_free(exponent);
    EVP_PKEY_free(pkey);
}

/* A provider in a context of its own: the default one cannot sign with its key. */
static void a_key_in_another_context_signs(void **state)
{
    (void)state;
    OSSL_LIB_CTX *context = OSSL_LIB_CTX_new();
    OSSL_PROVIDER *provider = OSSL_PROVIDER_load(context, "default");
    EVP_PKEY *pkey = EVP_PKEY_Q_keygen(context, NULL, "EC", "P-256");
    uint8_t value[32] = {7}, signature[HF_SIGNATURE_MAX], point[65];
    size_t len = 0, point_len = 0;
    assert_non_null(provider);
    assert_non_null(pkey);
    const hf_openssl_key held = {.key = pkey, .context = context};
    hf_signer signer = hf_openssl_signer_in(&held);
    const hf_span hash = {.ptr = value, .len = sizeof value};
    const hf_space out = {.ptr = signature, .cap = sizeof signature};
    assert_int_equal(signer.sign(signer.ctx, HF_ECDSA_SECP256R1_SHA256, hash, out, &len), HF_OK);
    assert_int_equal(EVP_PKEY_get_octet_string_param(pkey, "pub", point, sizeof point, &point_len),
                     1);
    const hf_public_key pub = {.kind = HF_KEY_P256, .point = {.ptr = point, .len = point_len}};
    assert_int_equal(hf_crypto_verify(&crypto, &pub, HF_ECDSA, HF_SHA256, value,
                                      (hf_span){.ptr = signature, .len = len}),
                     HF_OK);
    EVP_PKEY_free(pkey);
    assert_int_equal(OSSL_PROVIDER_unload(provider), 1);
    OSSL_LIB_CTX_free(context);
}

/* A public key alone stands for a token that cannot sign. */
static void a_key_that_fails_is_a_signer_error(void **state)
{
    (void)state;
    bytes der = unhex("3059301306072a8648ce3d020106082a8648ce3d030107034200" P256_POINT);
    const uint8_t *at = der.at;
    EVP_PKEY *pkey = d2i_PUBKEY(NULL, &at, (long)der.len);
    uint8_t value[32] = {0}, signature[HF_SIGNATURE_MAX];
    size_t len = 1;
    assert_non_null(pkey);
    hf_signer signer = hf_openssl_signer(pkey);
    assert_int_equal(signer.sign(signer.ctx, HF_ECDSA_SECP256R1_SHA256,
                                 (hf_span){.ptr = value, .len = sizeof value},
                                 (hf_space){.ptr = signature, .cap = sizeof signature}, &len),
                     HF_E_SIGNER);
    assert_int_equal(len, 0);
    EVP_PKEY_free(pkey);
}

int main(void)
{
    open_crypto(&crypto, NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_ec_key_signs),
        cmocka_unit_test(an_rsa_key_signs),
        cmocka_unit_test(a_key_in_another_context_signs),
        cmocka_unit_test(a_key_that_fails_is_a_signer_error),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    hf_crypto_release(&crypto);
    return failed;
}
