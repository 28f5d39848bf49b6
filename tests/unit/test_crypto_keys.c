/* Private keys and signatures of the backend; encrypted keys. */
#include "unit/crypto_backend.h"
#include "unit/crypto_keys.h"

#if defined(HF_BACKEND_PSA) /* RSA keys of whole bytes only */
enum { EC256, EC384, RSA2048, KEYS, RSA2049 };
#else
enum { EC256, EC384, RSA2048, RSA2049, KEYS };
#endif

typedef struct test_key {
    bytes store[8];
    hf_private_key parts;
} test_key;

static void read_key(test_key *key, int which)
{
    static const char *const texts[][8] = {
        [EC256] = {P256_POINT, "", P256_SECRET, "", "", "", "", ""},
        [EC384] = {P384_POINT, "", P384_SECRET, "", "", "", "", ""},
        [RSA2048] = {RSA2048_N, RSA2048_E, RSA2048_D, RSA2048_P, RSA2048_Q, RSA2048_DP, RSA2048_DQ,
                     RSA2048_IQ},
        [RSA2049] = {RSA2049_N, RSA2049_E, RSA2049_D, RSA2049_P, RSA2049_Q, RSA2049_DP, RSA2049_DQ,
                     RSA2049_IQ},
    };
    hf_span at[8];
    for (size_t i = 0; i < 8; i++) {
        key->store[i] = unhex(texts[which][i]);
        at[i] = span_of(&key->store[i]);
    }
    hf_key_kind kind = which == EC256 ? HF_KEY_P256 : which == EC384 ? HF_KEY_P384 : HF_KEY_RSA;
    key->parts = (hf_private_key){.pub = {.kind = kind, .point = at[0], .exponent = at[1]},
                                  .secret = at[2],
                                  .p = at[3],
                                  .q = at[4],
                                  .dp = at[5],
                                  .dq = at[6],
                                  .iq = at[7]};
}

static const hf_hash_id hashes[] = {HF_SHA256, HF_SHA384, HF_SHA512};

static void check_signing(const hf_key *key, const hf_public_key *pub, hf_signature_kind kind,
                          hf_hash_id hash)
{
    uint8_t value[HF_HASH_MAX], signature[HF_SIGNATURE_MAX];
    size_t len = 0;
    memset(value, 0xc3, sizeof value);
    assert_true(hf_crypto_can_verify(pub->kind, kind, hash));
    assert_int_equal(
        hf_key_sign(key, &crypto, kind, hash, value, signature, sizeof signature, &len), HF_OK);
    hf_span at = {.ptr = signature, .len = len};
    assert_int_equal(hf_crypto_verify(&crypto, pub, kind, hash, value, at), HF_OK);
    value[5] ^= 1;
    assert_int_equal(hf_crypto_verify(&crypto, pub, kind, hash, value, at), HF_E_CERT_SIGNATURE);
    value[5] ^= 1;
    at.len--;
    assert_int_equal(hf_crypto_verify(&crypto, pub, kind, hash, value, at), HF_E_CERT_SIGNATURE);
    at.len++;
    signature[len - 1] ^= 1;
    assert_int_equal(hf_crypto_verify(&crypto, pub, kind, hash, value, at), HF_E_CERT_SIGNATURE);
    assert_int_equal(hf_crypto_verify(&crypto, pub, kind, hash, value, (hf_span){.len = 0}),
                     HF_E_CERT_SIGNATURE);
    assert_int_equal(hf_key_sign(key, &crypto, kind, hash, value, signature, 60, &len),
                     HF_E_MEMORY_TOO_SMALL);
    assert_int_equal(len, 0);
}

static void what_is_signed_verifies(void **state)
{
    (void)state;
    for (int which = 0; which < KEYS; which++) {
        test_key k;
        hf_key key;
        read_key(&k, which);
        assert_int_equal(hf_key_load(&key, &crypto, &k.parts), HF_OK);
        assert_int_equal(key.kind, k.parts.pub.kind);
        assert_int_equal(hf_key_matches(&key, &crypto, &k.parts.pub), HF_OK);
        for (size_t i = 0; i < 3; i++) {
            if (which == EC256 || which == EC384) {
                check_signing(&key, &k.parts.pub, HF_ECDSA, hashes[i]);
            } else {
                check_signing(&key, &k.parts.pub, HF_RSA_PKCS1, hashes[i]);
                check_signing(&key, &k.parts.pub, HF_RSA_PSS, hashes[i]);
            }
        }
        hf_key_release(&key);
        assert_int_equal(key.kind, HF_KEY_NONE);
    }
}

static void keys_match_only_their_own_half(void **state)
{
    (void)state;
    for (int which = 0; which < KEYS; which++) {
        test_key k;
        hf_key key;
        read_key(&k, which);
        hf_public_key none = {.kind = k.parts.pub.kind};
        hf_public_key pub = k.parts.pub;
        if (which == EC256 || which == EC384) {
            k.parts.pub.point.len = 0; /* the point may be missing */
        }
        assert_int_equal(hf_key_load(&key, &crypto, &k.parts), HF_OK);
        assert_int_equal(hf_key_matches(&key, &crypto, &pub), HF_OK);
        assert_int_equal(hf_key_matches(&key, &crypto, &none), HF_E_KEY_MISMATCH);
        for (int other = 0; other < KEYS; other++) {
            test_key o;
            read_key(&o, other);
            assert_int_equal(hf_key_matches(&key, &crypto, &o.parts.pub),
                             other == which ? HF_OK : HF_E_KEY_MISMATCH);
        }
        k.store[0].at[40] ^= 2; /* another modulus or point of the same length */
        assert_int_equal(hf_key_matches(&key, &crypto, &pub), HF_E_KEY_MISMATCH);
        hf_key_release(&key);
    }
}

/* A key file whose private half belongs to another modulus. */
static void an_rsa_key_that_does_not_fit_itself_is_no_match(void **state)
{
    (void)state;
    test_key k;
    hf_key key;
    read_key(&k, RSA2048);
    k.store[5].at[9] ^= 1; /* dp */
    k.store[2].at[9] ^= 1; /* d */
    assert_int_equal(hf_key_load(&key, &crypto, &k.parts), HF_OK);
    assert_int_equal(hf_key_matches(&key, &crypto, &k.parts.pub), HF_E_KEY_MISMATCH);
    hf_key_release(&key);
}

static void rsa_keys_of_odd_lengths(void **state)
{
    (void)state;
    bool has = RSA2049 < KEYS;
    uint8_t value[HF_HASH_MAX] = {0}, signature[257] = {0};
    hf_span at = {.ptr = signature, .len = sizeof signature};
    hf_key key;
    test_key k;
    read_key(&k, RSA2049);
    assert_int_equal(hf_key_load(&key, &crypto, &k.parts), has ? HF_OK : HF_E_KEY_UNSUPPORTED);
    assert_int_equal(hf_crypto_verify(&crypto, &k.parts.pub, HF_RSA_PSS, HF_SHA256, value, at),
                     has ? HF_E_CERT_SIGNATURE : HF_E_UNSUPPORTED);
    hf_key_release(&key);
}

static void bad_private_keys_are_refused(void **state)
{
    (void)state;
    test_key k;
    hf_key key;
    for (int which = EC256; which <= EC384; which++) {
        read_key(&k, which);
        size_t size = k.parts.secret.len;
        k.parts.secret.len--;
        assert_int_equal(hf_key_load(&key, &crypto, &k.parts), HF_E_KEY_UNREADABLE);
        k.parts.secret.len++;
        memset(k.store[2].at, 0, size);
        assert_int_equal(hf_key_load(&key, &crypto, &k.parts), HF_E_KEY_UNREADABLE);
        memset(k.store[2].at, 0xff, size);
        assert_int_equal(hf_key_load(&key, &crypto, &k.parts), HF_E_KEY_UNREADABLE);
        assert_int_equal(key.kind, HF_KEY_NONE);
    }
    read_key(&k, RSA2048);
    k.parts.q.len = 0;
    assert_int_equal(hf_key_load(&key, &crypto, &k.parts), HF_E_KEY_UNREADABLE);
    read_key(&k, RSA2048);
    k.store[0].at[255] ^= 1; /* an even modulus */
    assert_int_equal(hf_key_load(&key, &crypto, &k.parts), HF_E_KEY_UNSUPPORTED);
    read_key(&k, RSA2048);
    k.store[3].at[k.store[3].len - 1] ^= 1; /* an even factor */
    assert_int_equal(hf_key_load(&key, &crypto, &k.parts), HF_E_KEY_UNREADABLE);
    k.parts.pub.kind = HF_KEY_NONE;
    assert_int_equal(hf_key_load(&key, &crypto, &k.parts), HF_E_KEY_UNSUPPORTED);
}

static hf_code verify_with(const hf_public_key *pub)
{
    uint8_t value[HF_HASH_MAX] = {1}, signature[HF_SIGNATURE_MAX] = {0};
    size_t len = pub->point.len < sizeof signature ? pub->point.len : sizeof signature;
    hf_span at = {.ptr = signature, .len = len};
    hf_signature_kind kind = pub->kind == HF_KEY_RSA ? HF_RSA_PSS : HF_ECDSA;
    return hf_crypto_verify(&crypto, pub, kind, HF_SHA256, value, at);
}

static void bad_public_keys_are_weak(void **state)
{
    (void)state;
    static uint8_t big[513];
    test_key k;
    memset(big, 0xff, sizeof big);
    read_key(&k, RSA2048);
    const hf_public_key good = k.parts.pub;
    hf_public_key pub = good;
    assert_int_equal(verify_with(&pub), HF_E_CERT_SIGNATURE);
    k.store[1].at[2] ^= 1; /* even exponent */
    assert_int_equal(verify_with(&pub), HF_E_CERT_WEAK_KEY);
    pub.exponent = (hf_span){.ptr = (const uint8_t *)"\x01", .len = 1};
    assert_int_equal(verify_with(&pub), HF_E_CERT_WEAK_KEY);
    pub.exponent = (hf_span){.ptr = big, .len = 9};
    assert_int_equal(verify_with(&pub), HF_E_CERT_WEAK_KEY);
    pub.exponent.len = 0;
    assert_int_equal(verify_with(&pub), HF_E_CERT_WEAK_KEY);
    read_key(&k, RSA2048);
    pub = k.parts.pub;
    pub.point = (hf_span){.ptr = big, .len = 513};
    assert_int_equal(verify_with(&pub), HF_E_CERT_WEAK_KEY);
    pub.point.len = 512;
    assert_int_equal(verify_with(&pub), HF_E_CERT_SIGNATURE);
    pub.point.len = 255;
    assert_int_equal(verify_with(&pub), HF_E_CERT_WEAK_KEY);
    for (int which = EC256; which <= EC384; which++) {
        read_key(&k, which);
        pub = k.parts.pub;
        assert_int_equal(verify_with(&pub), HF_E_CERT_SIGNATURE);
        pub.point.len--;
        assert_int_equal(verify_with(&pub), HF_E_CERT_WEAK_KEY);
        pub.point.len++;
        k.store[0].at[0] = (uint8_t)(0x06 | (k.store[0].at[pub.point.len - 1] & 1)); /* hybrid */
        assert_int_equal(verify_with(&pub), HF_E_CERT_WEAK_KEY);
        k.store[0].at[0] = 0x04;
        k.store[0].at[33] ^= 1; /* off the curve */
        assert_int_equal(verify_with(&pub), HF_E_CERT_WEAK_KEY);
    }
}

static void combinations_that_make_no_sense_are_unsupported(void **state)
{
    (void)state;
    uint8_t value[HF_HASH_MAX] = {0}, signature[HF_SIGNATURE_MAX] = {0};
    hf_span at = {.ptr = signature, .len = 64};
    size_t len = 0;
    test_key k;
    hf_key key;
    read_key(&k, EC256);
    assert_false(hf_crypto_can_verify(HF_KEY_P256, HF_RSA_PSS, HF_SHA256));
    assert_false(hf_crypto_can_verify(HF_KEY_RSA, HF_ECDSA, HF_SHA256));
    assert_false(hf_crypto_can_verify(HF_KEY_RSA, HF_RSA_PSS, HF_HASH_NONE));
    assert_false(hf_crypto_can_verify(HF_KEY_NONE, HF_ECDSA, HF_SHA256));
    assert_int_equal(hf_crypto_verify(&crypto, &k.parts.pub, HF_RSA_PSS, HF_SHA256, value, at),
                     HF_E_UNSUPPORTED);
    assert_int_equal(hf_key_load(&key, &crypto, &k.parts), HF_OK);
    assert_int_equal(
        hf_key_sign(&key, &crypto, HF_RSA_PKCS1, HF_SHA256, value, signature, 512, &len),
        HF_E_UNSUPPORTED);
    hf_key_release(&key);
    assert_int_equal(hf_key_sign(&key, &crypto, HF_ECDSA, HF_SHA256, value, signature, 512, &len),
                     HF_E_UNSUPPORTED);
}

static void refuse_ecdsa(const hf_public_key *pub, const uint8_t *value, const uint8_t *der,
                         size_t len)
{
    hf_span at = {.ptr = der, .len = len};
    assert_int_equal(hf_crypto_verify(&crypto, pub, HF_ECDSA, HF_SHA256, value, at),
                     HF_E_CERT_SIGNATURE);
}

/* The same r and s, written in ways that BER allows and DER forbids (X.690 8.1.3.5, 8.3.2). */
static void check_forms(const hf_public_key *pub, const uint8_t *value, const uint8_t *s,
                        size_t len)
{
    uint8_t t[HF_SIGNATURE_MAX];
    t[0] = 0x30; /* length in the long form */
    t[1] = 0x81;
    memcpy(t + 2, s + 1, len - 1);
    refuse_ecdsa(pub, value, t, len + 1);

    memcpy(t, s, len); /* a zero too many before r */
    t[1]++;
    t[3]++;
    t[4] = 0;
    memcpy(t + 5, s + 4, len - 4);
    refuse_ecdsa(pub, value, t, len + 1);

    memcpy(t, s, len); /* bytes behind the sequence */
    t[len] = 0;
    refuse_ecdsa(pub, value, t, len + 1);
    t[1]++; /* and inside it */
    refuse_ecdsa(pub, value, t, len + 1);

    if (s[4] == 0) { /* a negative r, for want of its zero */
        memcpy(t, s, len);
        memmove(t + 4, t + 5, len - 5);
        t[1]--;
        t[3]--;
        refuse_ecdsa(pub, value, t, len - 1);
    }
    for (size_t cut = 0; cut < len; cut++) {
        refuse_ecdsa(pub, value, s, cut);
    }
}

static void only_strict_der_is_a_signature(void **state)
{
    (void)state;
    uint8_t value[32] = {9}, s[HF_SIGNATURE_MAX];
    size_t len = 0;
    unsigned padded = 0;
    test_key k;
    hf_key key;
    read_key(&k, EC256);
    assert_int_equal(hf_key_load(&key, &crypto, &k.parts), HF_OK);
    const unsigned rounds = 40; /* enough to meet r with and without its leading zero */
    for (unsigned i = 0; i < rounds; i++) {
        value[1] = (uint8_t)i;
        assert_int_equal(hf_key_sign(&key, &crypto, HF_ECDSA, HF_SHA256, value, s, sizeof s, &len),
                         HF_OK);
        hf_span at = {.ptr = s, .len = len};
        assert_int_equal(hf_crypto_verify(&crypto, &k.parts.pub, HF_ECDSA, HF_SHA256, value, at),
                         HF_OK);
        check_forms(&k.parts.pub, value, s, len);
        padded += s[4] == 0;
    }
    assert_true(padded > 0 && padded < rounds);
    hf_key_release(&key);
}

static void a_dead_source_gives_no_salt(void **state)
{
    (void)state;
    uint8_t value[HF_HASH_MAX] = {0}, signature[HF_SIGNATURE_MAX];
    size_t len = 1;
    test_key k;
    hf_key key;
    read_key(&k, RSA2048);
    assert_int_equal(hf_key_load(&key, &dead, &k.parts), HF_OK);
    hf_code code =
        hf_key_sign(&key, &dead, HF_RSA_PSS, HF_SHA256, value, signature, sizeof signature, &len);
    bool inside = strncmp(hf_crypto_name(), "psa", 3) == 0; /* its salts come from inside */
    assert_int_equal(code, inside ? HF_OK : HF_E_NO_RANDOM);
    assert_int_equal(len == 0, !inside);
    hf_key_release(&key);
}

#if defined(HF_BACKEND_OPENSSL)
static void encrypted_keys_open_with_their_password(void **state)
{
    (void)state;
    bytes box = unhex(PKCS8_ENCRYPTED);
    uint8_t plain[512];
    hf_space out = {.ptr = plain, .cap = sizeof plain};
    size_t len = 9;
    assert_int_equal(hf_crypto_decrypt_key(span_of(&box), "correct horse", out, &len), HF_OK);
    assert_int_equal(len, strlen(PKCS8_PLAIN) / 2);
    assert_hex(plain, PKCS8_PLAIN);
    out.cap = len - 1;
    assert_int_equal(hf_crypto_decrypt_key(span_of(&box), "correct horse", out, &len),
                     HF_E_MEMORY_TOO_SMALL);
    assert_int_equal(len, strlen(PKCS8_PLAIN) / 2);
    out.cap = sizeof plain;
    assert_int_equal(hf_crypto_decrypt_key(span_of(&box), "wrong horse", out, &len),
                     HF_E_KEY_PASSWORD);
    assert_int_equal(len, 0);
    assert_int_equal(hf_crypto_decrypt_key(span_of(&box), "", out, &len), HF_E_KEY_PASSWORD);
    assert_int_equal(hf_crypto_decrypt_key(span_of(&box), NULL, out, &len), HF_E_KEY_ENCRYPTED);
    box.at[15] ^= 1; /* another object identifier */
    assert_int_equal(hf_crypto_decrypt_key(span_of(&box), "correct horse", out, &len),
                     HF_E_KEY_UNSUPPORTED);
    box.at[15] ^= 1;
    box.len++;
    assert_int_equal(hf_crypto_decrypt_key(span_of(&box), "correct horse", out, &len),
                     HF_E_KEY_UNREADABLE);
    box.len = 30;
    assert_int_equal(hf_crypto_decrypt_key(span_of(&box), "correct horse", out, &len),
                     HF_E_KEY_UNREADABLE);
}
#else
static void encrypted_keys_open_with_their_password(void **state)
{
    (void)state;
    bytes box = unhex(PKCS8_ENCRYPTED);
    uint8_t plain[512];
    size_t len = 9;
    assert_int_equal(hf_crypto_decrypt_key(span_of(&box), "correct horse",
                                           (hf_space){.ptr = plain, .cap = sizeof plain}, &len),
                     HF_E_KEY_NO_DECRYPT);
    assert_int_equal(len, 0);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_signed_verifies),
        cmocka_unit_test(keys_match_only_their_own_half),
        cmocka_unit_test(an_rsa_key_that_does_not_fit_itself_is_no_match),
        cmocka_unit_test(rsa_keys_of_odd_lengths),
        cmocka_unit_test(bad_private_keys_are_refused),
        cmocka_unit_test(bad_public_keys_are_weak),
        cmocka_unit_test(combinations_that_make_no_sense_are_unsupported),
        cmocka_unit_test(only_strict_der_is_a_signature),
        cmocka_unit_test(a_dead_source_gives_no_salt),
        cmocka_unit_test(encrypted_keys_open_with_their_password),
    };
    return cmocka_run_group_tests(tests, open_backend, close_backend);
}
