/* Wycheproof's vectors ($HF_VECTORS/wycheproof) against the backend: "valid" must pass, "invalid"
 * must fail, "acceptable" may do either. Every file must bring at least one case that really ran;
 * the counts are printed. Without vectors: exit code 77. */
#include "unit/wycheproof.h"

static hf_crypto crypto;
static const char *folder;

/* ---- AEAD */

/* The same answer in pieces as in the whole, also for forgeries. */
static void open_in_pieces(hf_aead *rx, hf_span iv, hf_span ad, hf_span ct, hf_span tag, bool good)
{
    static uint8_t data[TEXT_MAX];
    hf_aead_pieces pieces;
    hf_code code = HF_OK;
    size_t step = 1 + ct.len / 3;
    memcpy(data, ct.ptr, ct.len);
    assert_int_equal(hf_aead_pieces_begin(rx, &pieces, iv.ptr, ad, ct.len), HF_OK);
    for (size_t at = 0; at < ct.len; at += step) {
        size_t take = ct.len - at < step ? ct.len - at : step;
        assert_int_equal(hf_aead_pieces_next(rx, &pieces, data + at, take), HF_OK);
    }
    code = hf_aead_pieces_end(rx, &pieces, tag.ptr);
    assert_int_equal(code, good ? HF_OK : HF_E_BAD_RECORD_MAC);
}

static verdict run_aead(hf_aead_id id, const cJSON *group, const cJSON *test)
{
    static blob key_b, iv_b, ad_b, msg_b, ct_b, tag_b;
    static uint8_t data[TEXT_MAX + HF_TAG_SIZE]; /* the tag behind the text, as in a record */
    if (number_of(group, "ivSize") != 8 * HF_NONCE_SIZE ||
        number_of(group, "tagSize") != 8 * HF_TAG_SIZE ||
        number_of(group, "keySize") != 8 * hf_aead_key_size(id)) {
        return NOT_OURS;
    }
    hf_span key = read_blob(&key_b, test, "key"), iv = read_blob(&iv_b, test, "iv");
    hf_span ad = read_blob(&ad_b, test, "aad"), msg = read_blob(&msg_b, test, "msg");
    hf_span ct = read_blob(&ct_b, test, "ct"), tag = read_blob(&tag_b, test, "tag");
    hf_aead rx, tx;
    assert_int_equal(hf_aead_init(&rx, &crypto, id, key.ptr, false), HF_OK);
    assert_int_equal(hf_aead_init(&tx, &crypto, id, key.ptr, true), HF_OK);
    memcpy(data, ct.ptr, ct.len);
    memcpy(data + ct.len, tag.ptr, HF_TAG_SIZE);
    hf_code code = hf_aead_open(&rx, iv.ptr, ad, data, ct.len, data + ct.len);
    bool good = memcmp(data, msg.ptr, msg.len) == 0;
    if (hf_crypto_has_pieces(id)) {
        open_in_pieces(&rx, iv, ad, ct, tag, code == HF_OK);
    }
    memcpy(data, msg.ptr, msg.len);
    assert_int_equal(hf_aead_seal(&tx, iv.ptr, ad, data, msg.len, data + msg.len), HF_OK);
    good =
        good && memcmp(data, ct.ptr, ct.len) == 0 && memcmp(data + ct.len, tag.ptr, tag.len) == 0;
    hf_aead_release(&rx);
    hf_aead_release(&tx);
    return judge(test, code == HF_OK, good);
}

static verdict gcm_case(const cJSON *group, const cJSON *test)
{
    return run_aead(number_of(group, "keySize") == 128 ? HF_AES_128_GCM : HF_AES_256_GCM, group,
                    test);
}

static verdict ccm_case(const cJSON *group, const cJSON *test)
{
    return run_aead(HF_AES_128_CCM, group, test);
}

static verdict chacha_case(const cJSON *group, const cJSON *test)
{
    return run_aead(HF_CHACHA20_POLY1305, group, test);
}

static void aeads(void **state)
{
    (void)state;
    run_file(folder, "aes_gcm_test", gcm_case);
    run_file(folder, "aes_ccm_test", ccm_case);
    run_file(folder, "chacha20_poly1305_test", chacha_case);
}

/* ---- HMAC, HKDF */

static hf_hash_id mac_hash;

static verdict hmac_case(const cJSON *group, const cJSON *test)
{
    static blob key_b, msg_b, tag_b;
    hf_span key = read_blob(&key_b, test, "key"), msg = read_blob(&msg_b, test, "msg");
    hf_span tag = read_blob(&tag_b, test, "tag");
    uint8_t out[HF_HASH_MAX];
    hf_hmac_once(mac_hash, key.ptr, key.len, msg.ptr, msg.len, out);
    assert_int_equal(tag.len, number_of(group, "tagSize") / 8);
    return memcmp(out, tag.ptr, tag.len) == 0 ? PASSED : REFUSED;
}

static verdict hkdf_case(const cJSON *group, const cJSON *test)
{
    static blob ikm_b, salt_b, info_b, okm_b;
    static uint8_t out[255 * HF_HASH_MAX];
    uint8_t prk[HF_HASH_MAX];
    size_t size = number_of(test, "size");
    (void)group;
    if (size > 255 * hf_hash_size(mac_hash)) {
        return NOT_OURS; /* the caller's duty: RFC 5869 2.3 */
    }
    hf_span okm = read_blob(&okm_b, test, "okm");
    hf_hkdf_extract(mac_hash, read_blob(&salt_b, test, "salt"), read_blob(&ikm_b, test, "ikm"),
                    prk);
    hf_hkdf_expand(mac_hash, prk, read_blob(&info_b, test, "info"), out, size);
    return okm.len == size && memcmp(out, okm.ptr, size) == 0 ? PASSED : REFUSED;
}

static void macs(void **state)
{
    (void)state;
    mac_hash = HF_SHA256;
    run_file(folder, "hmac_sha256_test", hmac_case);
    run_file(folder, "hkdf_sha256_test", hkdf_case);
    mac_hash = HF_SHA384;
    run_file(folder, "hmac_sha384_test", hmac_case);
    run_file(folder, "hkdf_sha384_test", hkdf_case);
}

/* ---- key exchange */

/* Gives the private number to the generator through its random source. */
static verdict agree(const cJSON *test, uint16_t group, hf_span number, hf_span point)
{
    static blob shared_b;
    hf_span expected = read_blob(&shared_b, test, "shared");
    uint8_t secret[HF_SHARED_MAX] = {0}, public[HF_POINT_MAX], shared[HF_SHARED_MAX];
    size_t size = hf_exchange_shared_size(group);
    assert_true(number.len <= size);
    memcpy(secret + size - number.len, number.ptr, number.len);
    hf_span source = {.ptr = secret, .len = size};
    hf_crypto given;
    hf_exchange exchange;
    open_crypto(&given, &source);
    assert_int_equal(hf_exchange_generate(&exchange, &given, group, public), HF_OK);
    hf_code code = hf_exchange_agree(&exchange, &given, point, shared);
    hf_exchange_release(&exchange);
    hf_crypto_release(&given);
    assert_true(code == HF_OK || code == HF_E_KEY_SHARE);
    return judge(test, code == HF_OK,
                 expected.len == size && memcmp(shared, expected.ptr, size) == 0);
}

static verdict x25519_case(const cJSON *group, const cJSON *test)
{
    static blob public_b, private_b, shared_b;
    hf_span shared = read_blob(&shared_b, test, "shared");
    (void)group;
    verdict v = agree(test, HF_X25519, read_blob(&private_b, test, "private"),
                      read_blob(&public_b, test, "public"));
    if (without_zeros(shared).len == 0) { /* RFC 8446 7.4.2 is stricter than "acceptable" */
        assert_int_equal(v, REFUSED);
    } else {
        assert_int_equal(v, PASSED); /* also for points that are not canonical */
    }
    return v;
}

/* TLS knows no compressed points (RFC 8446 4.2.8.2), which the file may call valid. */
static bool is_compressed(hf_span point)
{
    return point.len > 0 && (point.ptr[0] == 0x02 || point.ptr[0] == 0x03);
}

static verdict run_ecdh(const char *curve, const cJSON *test, hf_span point)
{
    static blob private_b;
    uint16_t group = strcmp(curve, "secp256r1") == 0 ? HF_SECP256R1 : HF_SECP384R1;
    hf_span number = without_zeros(read_blob(&private_b, test, "private"));
    verdict v = agree(test, group, number, point);
    if (is_compressed(point)) {
        assert_int_equal(v, REFUSED);
        return NOT_OURS;
    }
    return v;
}

static verdict ecpoint_case(const cJSON *group, const cJSON *test)
{
    static blob public_b;
    return run_ecdh(text_of(group, "curve"), test, read_blob(&public_b, test, "public"));
}

/* SubjectPublicKeyInfo: what stands before the point when the curve is named (RFC 5480 2.1.1). */
static const char *const spki_heads[2] = {
    "3059301306072a8648ce3d020106082a8648ce3d030107034200",
    "3076301006072a8648ce3d020106052b81040022036200",
};

static verdict ecdh_der_case(const cJSON *group, const cJSON *test)
{
    static blob public_b;
    bool p256 = strcmp(text_of(group, "curve"), "secp256r1") == 0;
    bytes head = unhex(spki_heads[p256 ? 0 : 1]);
    hf_span der = read_blob(&public_b, test, "public");
    if (der.len < head.len || memcmp(der.ptr, head.at, head.len) != 0) {
        return NOT_OURS; /* another curve, explicit parameters, damaged DER: the parser's */
    }
    hf_span point = {.ptr = der.ptr + head.len, .len = der.len - head.len};
    return run_ecdh(text_of(group, "curve"), test, point);
}

static void exchanges(void **state)
{
    (void)state;
    run_file(folder, "x25519_test", x25519_case);
    run_file(folder, "ecdh_secp256r1_ecpoint_test", ecpoint_case);
    run_file(folder, "ecdh_secp384r1_ecpoint_test", ecpoint_case);
    run_file(folder, "ecdh_secp256r1_test", ecdh_der_case);
    run_file(folder, "ecdh_secp384r1_test", ecdh_der_case);
}

/* ---- signatures */

static verdict check(const hf_public_key *key, hf_signature_kind kind, hf_hash_id id,
                     const cJSON *test, hf_span signature)
{
    static blob msg_b;
    hf_span msg = read_blob(&msg_b, test, "msg");
    uint8_t value[HF_HASH_MAX];
    hf_hash hash;
    assert_true(hf_crypto_can_verify(key->kind, kind, id));
    hf_hash_start(&hash, id);
    hf_hash_add(&hash, msg.ptr, msg.len);
    hf_hash_final(&hash, value);
    hf_code code = hf_crypto_verify(&crypto, key, kind, id, value, signature);
    assert_true(code == HF_OK || code == HF_E_CERT_SIGNATURE);
    return code == HF_OK ? PASSED : REFUSED;
}

static verdict run_ecdsa(const cJSON *group, const cJSON *test, hf_span signature)
{
    static blob point_b;
    const cJSON *pub = cJSON_GetObjectItemCaseSensitive(group, "publicKey");
    bool p256 = strcmp(text_of(pub, "curve"), "secp256r1") == 0;
    hf_public_key key = {.kind = p256 ? HF_KEY_P256 : HF_KEY_P384,
                         .point = read_blob(&point_b, pub, "uncompressed")};
    return check(&key, HF_ECDSA, hash_named(text_of(group, "sha")), test, signature);
}

static verdict ecdsa_case(const cJSON *group, const cJSON *test)
{
    static blob signature_b;
    return run_ecdsa(group, test, read_blob(&signature_b, test, "sig"));
}

static size_t write_integer(uint8_t *out, hf_span number)
{
    size_t len = 0;
    number = without_zeros(number);
    bool pad = number.len == 0 || number.ptr[0] >= 0x80;
    out[len++] = 0x02;
    out[len++] = (uint8_t)(number.len + pad);
    if (pad) {
        out[len++] = 0;
    }
    memcpy(out + len, number.ptr, number.len);
    return len + number.len;
}

/* r || s of equal length, written as DER; other lengths do not exist in DER. */
static verdict p1363_case(const cJSON *group, const cJSON *test)
{
    static blob signature_b;
    uint8_t der[80] = {0x30};
    hf_span raw = read_blob(&signature_b, test, "sig");
    if (raw.len != 64) {
        return NOT_OURS;
    }
    size_t len = 2;
    len += write_integer(der + len, (hf_span){.ptr = raw.ptr, .len = 32});
    len += write_integer(der + len, (hf_span){.ptr = raw.ptr + 32, .len = 32});
    der[1] = (uint8_t)(len - 2);
    return run_ecdsa(group, test, (hf_span){.ptr = der, .len = len});
}

static void ecdsa(void **state)
{
    (void)state;
    run_file(folder, "ecdsa_secp256r1_sha256_test", ecdsa_case);
    run_file(folder, "ecdsa_secp256r1_sha512_test", ecdsa_case);
    run_file(folder, "ecdsa_secp384r1_sha256_test", ecdsa_case);
    run_file(folder, "ecdsa_secp384r1_sha384_test", ecdsa_case);
    run_file(folder, "ecdsa_secp256r1_sha256_p1363_test", p1363_case);
}

static verdict run_rsa(hf_signature_kind kind, const cJSON *group, const cJSON *test)
{
    static blob n_b, e_b, signature_b;
    const cJSON *pub = cJSON_GetObjectItemCaseSensitive(group, "publicKey");
    hf_public_key key = {.kind = HF_KEY_RSA,
                         .point = without_zeros(read_blob(&n_b, pub, "modulus")),
                         .exponent = without_zeros(read_blob(&e_b, pub, "publicExponent"))};
    hf_hash_id hash = hash_named(text_of(group, "sha"));
    if (hash == HF_HASH_NONE || number_of(group, "keySize") < HF_RSA_BITS_MIN) {
        return NOT_OURS;
    }
    return check(&key, kind, hash, test, read_blob(&signature_b, test, "sig"));
}

static verdict pkcs1_case(const cJSON *group, const cJSON *test)
{
    return run_rsa(HF_RSA_PKCS1, group, test);
}

static verdict pss_case(const cJSON *group, const cJSON *test)
{
    hf_hash_id hash = hash_named(text_of(group, "sha"));
    if (strcmp(text_of(group, "sha"), text_of(group, "mgfSha")) != 0 ||
        number_of(group, "sLen") != hf_hash_size(hash)) {
        return NOT_OURS;
    }
    return run_rsa(HF_RSA_PSS, group, test);
}

static void rsa(void **state)
{
    (void)state;
    static const char *const pkcs1[] = {
        "rsa_signature_2048_sha256_test", "rsa_signature_2048_sha384_test",
        "rsa_signature_3072_sha256_test", "rsa_signature_3072_sha384_test",
        "rsa_signature_4096_sha256_test", "rsa_signature_4096_sha384_test"};
    static const char *const pss[] = {
        "rsa_pss_2048_sha256_mgf1_32_test", "rsa_pss_2048_sha384_mgf1_48_test",
        "rsa_pss_3072_sha256_mgf1_32_test", "rsa_pss_4096_sha256_mgf1_32_test",
        "rsa_pss_4096_sha384_mgf1_48_test", "rsa_pss_misc_test"};
    for (size_t i = 0; i < 6; i++) {
        run_file(folder, pkcs1[i], pkcs1_case);
        run_file(folder, pss[i], pss_case);
    }
}

/* An argument names the only group of them that is wanted. */
int main(int argc, char **argv)
{
    const char *required = getenv("HF_REQUIRE_VECTORS");
    folder = getenv("HF_VECTORS");
    if (folder == NULL || folder[0] == 0) {
        printf("skipped: HF_VECTORS does not name the folder of the vectors\n");
        return required != NULL && strcmp(required, "1") == 0 ? 1 : 77;
    }
    open_crypto(&crypto, NULL);
    cmocka_set_test_filter(argc > 1 ? argv[1] : NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aeads), cmocka_unit_test(macs), cmocka_unit_test(exchanges),
        cmocka_unit_test(ecdsa), cmocka_unit_test(rsa),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    hf_crypto_release(&crypto);
    return failed;
}
