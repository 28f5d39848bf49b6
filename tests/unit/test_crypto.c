/* Hashes, HMAC, HKDF, PRF and random numbers of the backend, against published values. */
#include "unit/crypto_help.h"

static void check_hash(hf_hash_id id, const char *text, const char *expected)
{
    uint8_t out[HF_HASH_MAX];
    size_t len = strlen(text);
    for (size_t cut = 0; cut <= len; cut++) {
        hf_hash hash;
        hf_hash clone;
        hf_hash_start(&hash, id);
        hf_hash_add(&hash, (const uint8_t *)text, cut);
        hf_hash_clone(&clone, &hash);
        hf_hash_add(&hash, (const uint8_t *)"x", 1); /* must not reach the clone */
        hf_hash_add(&clone, (const uint8_t *)text + cut, len - cut);
        hf_hash_final(&clone, out);
        assert_int_equal(strlen(expected), 2 * hf_hash_size(id));
        assert_hex(out, expected);
        assert_int_equal(clone.id, HF_HASH_NONE);
        hf_hash_final(&hash, out);
    }
}

/* FIPS 180-4 examples, and a message of more than one block. */
static void hashes_are_right_at_every_cut(void **state)
{
    (void)state;
    const char *two = "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
                      "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu";
    check_hash(HF_SHA256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    check_hash(HF_SHA256, "abc",
               "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    check_hash(HF_SHA256, two, "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
    check_hash(HF_SHA384, "abc",
               "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
               "8086072ba1e7cc2358baeca134c825a7");
    check_hash(HF_SHA384, two,
               "09330c33f71147e83d192fc782cd1b4753111b173b3b05d22fa08086e3b0f712"
               "fcc7c71a557e2db966c3e9fa91746039");
    check_hash(HF_SHA512, "abc",
               "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
               "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
    if (HF_HAS_SHA1) { /* for OCSP alone */
        check_hash(HF_SHA1, "", "da39a3ee5e6b4b0d3255bfef95601890afd80709");
        check_hash(HF_SHA1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d");
        check_hash(HF_SHA1, two, "a49b2446a02c645bf419f995b67091253a04a259");
    }
}

static void hash_facts(void **state)
{
    (void)state;
    assert_int_equal(hf_hash_size(HF_SHA256), 32);
    assert_int_equal(hf_hash_size(HF_SHA384), 48);
    assert_int_equal(hf_hash_size(HF_SHA512), 64);
    assert_int_equal(hf_hash_size(HF_SHA1), 20);
    assert_int_equal(hf_hash_size(HF_HASH_NONE), 0);
    assert_int_equal(hf_hash_size((hf_hash_id)99), 0);
    assert_int_equal(hf_hash_block(HF_SHA256), 64);
    assert_int_equal(hf_hash_block(HF_SHA384), 128);
    assert_true(hf_crypto_has_hash(HF_SHA256));
    assert_false(hf_crypto_has_hash(HF_HASH_NONE));
    assert_true(strlen(hf_crypto_name()) > 0);
}

static void check_hmac(hf_hash_id id, bytes key, const char *text, const char *expected)
{
    uint8_t out[HF_HASH_MAX];
    const uint8_t *at = (const uint8_t *)text;
    const hf_span parts[] = {{at, 3}, {NULL, 0}, {at + 3, strlen(text) - 3}};
    hf_hmac hmac;
    hf_hmac_start(&hmac, id, key.at, key.len);
    hf_hmac_parts(&hmac, parts, 1, out);
    hf_hmac_parts(&hmac, parts, 3, out);
    assert_hex(out, expected);
    hf_hmac_drop(&hmac);
    const uint8_t *state = (const uint8_t *)&hmac;
    for (size_t i = 0; i < sizeof hmac; i++) {
        assert_int_equal(state[i], 0);
    }
    hf_hmac_once(id, key.at, key.len, at, strlen(text), out);
    assert_hex(out, expected);
}

/* RFC 4231 4.3 and 4.7. */
static void hmac_is_right(void **state)
{
    (void)state;
    const char *text = "what do ya want for nothing?";
    const char *long_key_text = "Test Using Larger Than Block-Size Key - Hash Key First";
    bytes key = unhex("4a656665");
    bytes long_key = {.len = 131};
    memset(long_key.at, 0xaa, long_key.len);
    check_hmac(HF_SHA256, key, text,
               "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    check_hmac(HF_SHA384, key, text,
               "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
               "8e2240ca5e69e2c78b3239ecfab21649");
    check_hmac(HF_SHA512, key, text,
               "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
               "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737");
    check_hmac(HF_SHA256, long_key, long_key_text,
               "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    check_hmac(HF_SHA384, long_key, long_key_text,
               "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c6"
               "0c2ef6ab4030fe8296248df163f44952");
}

static void check_hkdf(const char *ikm, const char *salt, const char *info, const char *prk,
                       const char *okm)
{
    bytes i = unhex(ikm), s = unhex(salt), n = unhex(info);
    uint8_t key[HF_HASH_MAX];
    uint8_t out[128] = {0};
    size_t len = strlen(okm) / 2;
    hf_hkdf_extract(HF_SHA256, span_of(&s), span_of(&i), key);
    assert_hex(key, prk);
    hf_hkdf_expand(HF_SHA256, key, span_of(&n), out, len);
    assert_hex(out, okm);
    assert_int_equal(out[len], 0);
}

/* RFC 5869 A.1, A.2, A.3. */
static void hkdf_is_right(void **state)
{
    (void)state;
    check_hkdf("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "000102030405060708090a0b0c",
               "f0f1f2f3f4f5f6f7f8f9",
               "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
               "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
               "34007208d5b887185865");
    check_hkdf("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
               "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
               "404142434445464748494a4b4c4d4e4f",
               "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f"
               "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"
               "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
               "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecf"
               "d0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeef"
               "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
               "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
               "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
               "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
               "cc30c58179ec3e87c14c01d5c1f3434f1d87");
    check_hkdf("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "",
               "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
               "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
               "9d201395faa4b61a96c8");
}

static void check_prf12(hf_hash_id id, const char *secret, const char *seed, const char *expected)
{
    bytes k = unhex(secret), s = unhex(seed);
    uint8_t out[200] = {0};
    size_t len = strlen(expected) / 2;
    for (size_t cut = 0; cut <= s.len; cut++) {
        const hf_span parts[] = {
            {(const uint8_t *)"test label", 10}, {s.at, cut}, {s.at + cut, s.len - cut}};
        hf_prf12(id, span_of(&k), parts, 3, out, len);
        assert_hex(out, expected);
        assert_int_equal(out[len], 0);
    }
}

/* The vectors that the TLS working group's list settled on for RFC 5246. */
static void prf12_is_right(void **state)
{
    (void)state;
    check_prf12(HF_SHA256, "9bbe436ba940f017b17652849a71db35", "a0ba9f936cda311827a6f796ffd5198c",
                "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a"
                "6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17abfd3797c0564bab"
                "4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff701"
                "87347b66");
    check_prf12(HF_SHA384, "b80b733d6ceefcdc71566ea48e5567df", "cd665cf6a8447dd6ff8b27555edb7465",
                "7b0c18e9ced410ed1804f2cfa34a336a1c14dffb4900bb5fd7942107e81c83cd"
                "e9ca0faa60be9fe34f82b1233c9146a0e534cb400fed2700884f9dc236f80edd"
                "8bfa961144c9e8d792eca722a7b32fc3d416d473ebc2c5fd4abfdad05d918425"
                "9b5bf8cd4d90fa0d31e2dec479e4f1a26066f2eea9a69236a3e52655c9e9aee6"
                "91c8f3a26854308d5eaa3be85e0990703d73e56f");
}

static void random_numbers_come_from_the_source(void **state)
{
    (void)state;
    const uint8_t given[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    hf_span left = {.ptr = given, .len = sizeof given};
    uint8_t out[8];
    hf_crypto crypto;
    open_crypto(&crypto, &left);
    assert_int_equal(hf_crypto_random(&crypto, out, 5), HF_OK);
    assert_memory_equal(out, given, 5);
    assert_int_equal(hf_crypto_random(&crypto, out, 5), HF_E_NO_RANDOM);
    assert_memory_equal(out, "\0\0\0\0\0", 5);
    hf_crypto_release(&crypto);
    assert_int_equal(hf_crypto_random(&crypto, out, 1), HF_E_NO_RANDOM);
}

static void own_random_numbers_differ(void **state)
{
    (void)state;
    uint8_t a[48], b[48];
    hf_crypto crypto;
    open_crypto(&crypto, NULL);
    assert_int_equal(hf_crypto_random(&crypto, a, sizeof a), HF_OK);
    assert_int_equal(hf_crypto_random(&crypto, b, sizeof b), HF_OK);
    assert_memory_not_equal(a, b, sizeof a);
    hf_crypto_release(&crypto);
}

static void release_of_empty_objects_does_nothing(void **state)
{
    (void)state;
    hf_crypto crypto = {.random = {.fill = NULL}};
    hf_aead aead = {.id = HF_AEAD_NONE};
    hf_exchange exchange = {.group = HF_GROUP_NONE};
    hf_key key = {.kind = HF_KEY_NONE};
    hf_crypto_release(&crypto);
    hf_aead_release(&aead);
    hf_exchange_release(&exchange);
    hf_key_release(&key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_are_right_at_every_cut),
        cmocka_unit_test(hash_facts),
        cmocka_unit_test(hmac_is_right),
        cmocka_unit_test(hkdf_is_right),
        cmocka_unit_test(prf12_is_right),
        cmocka_unit_test(random_numbers_come_from_the_source),
        cmocka_unit_test(own_random_numbers_differ),
        cmocka_unit_test(release_of_empty_objects_does_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
