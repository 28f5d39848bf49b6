/* Which of BearSSL's implementations run here.
 *
 * 64-bit hosts: AES-NI, PCLMUL and SSE2 where the processor has them, else portable 64-bit code.
 * 32-bit devices: 32-bit code; with HF_BEARSSL_SHORT_MULTIPLY (cores whose long multiplication is
 * missing or not constant-time, such as Cortex-M0 and M3) the variants that need only 32-bit
 * products. Named one by one, so that a device links nothing else.
 */
#include "crypto/bearssl/state.h"

#if UINTPTR_MAX > 0xffffffffu

void hf_br_choose(hf_br_crypto *own)
{
    const br_block_ctr_class *ctr = br_aes_x86ni_ctr_get_vtable();
    const br_block_ctrcbc_class *ctrcbc = br_aes_x86ni_ctrcbc_get_vtable();
    br_ghash ghash = br_ghash_pclmul_get();
    br_chacha20_run chacha20 = br_chacha20_sse2_get();
    br_poly1305_run poly1305 = br_poly1305_ctmulq_get();
    own->aes_ctr = ctr != NULL ? ctr : &br_aes_ct64_ctr_vtable;
    own->aes_ctrcbc = ctrcbc != NULL ? ctrcbc : &br_aes_ct64_ctrcbc_vtable;
    own->ghash = ghash != NULL ? ghash : br_ghash_ctmul64;
    own->chacha20 = chacha20 != NULL ? chacha20 : br_chacha20_ct_run;
    own->poly1305 = poly1305 != NULL ? poly1305 : br_poly1305_ctmul_run;
}

/* The i62 functions need a compiler with 128-bit products. */
uint32_t hf_br_rsa_public(uint8_t *x, size_t len, const br_rsa_public_key *key)
{
    br_rsa_public wide = br_rsa_i62_public_get();
    return wide != NULL ? wide(x, len, key) : br_rsa_i31_public(x, len, key);
}

uint32_t hf_br_rsa_private(uint8_t *x, const br_rsa_private_key *key)
{
    br_rsa_private wide = br_rsa_i62_private_get();
    return wide != NULL ? wide(x, key) : br_rsa_i31_private(x, key);
}

uint32_t hf_br_rsa_pkcs1_verify(hf_span signature, const uint8_t *oid, size_t hash_len,
                                const br_rsa_public_key *key, uint8_t *hash)
{
    br_rsa_pkcs1_vrfy wide = br_rsa_i62_pkcs1_vrfy_get();
    br_rsa_pkcs1_vrfy verify = wide != NULL ? wide : br_rsa_i31_pkcs1_vrfy;
    return verify(signature.ptr, signature.len, oid, hash_len, key, hash);
}

uint32_t hf_br_rsa_pkcs1_sign(const uint8_t *oid, const uint8_t *hash, size_t hash_len,
                              const br_rsa_private_key *key, uint8_t *signature)
{
    br_rsa_pkcs1_sign wide = br_rsa_i62_pkcs1_sign_get();
    br_rsa_pkcs1_sign sign = wide != NULL ? wide : br_rsa_i31_pkcs1_sign;
    return sign(oid, hash, hash_len, key, signature);
}

#else

#if defined(HF_BEARSSL_SHORT_MULTIPLY)
#define GHASH        br_ghash_ctmul32
#define POLY1305     br_poly1305_ctmul32_run
#define RSA_PUBLIC   br_rsa_i15_public
#define RSA_PRIVATE  br_rsa_i15_private
#define PKCS1_VERIFY br_rsa_i15_pkcs1_vrfy
#define PKCS1_SIGN   br_rsa_i15_pkcs1_sign
#else
#define GHASH        br_ghash_ctmul
#define POLY1305     br_poly1305_ctmul_run
#define RSA_PUBLIC   br_rsa_i31_public
#define RSA_PRIVATE  br_rsa_i31_private
#define PKCS1_VERIFY br_rsa_i31_pkcs1_vrfy
#define PKCS1_SIGN   br_rsa_i31_pkcs1_sign
#endif

void hf_br_choose(hf_br_crypto *own)
{
    *own = (hf_br_crypto){.aes_ctr = &br_aes_ct_ctr_vtable,
                          .aes_ctrcbc = HF_HAS_CCM ? &br_aes_ct_ctrcbc_vtable : NULL,
                          .ghash = GHASH,
                          .chacha20 = HF_HAS_CHACHA20 ? br_chacha20_ct_run : NULL,
                          .poly1305 = HF_HAS_CHACHA20 ? POLY1305 : NULL};
}

uint32_t hf_br_rsa_public(uint8_t *x, size_t len, const br_rsa_public_key *key)
{
    return RSA_PUBLIC(x, len, key);
}

uint32_t hf_br_rsa_private(uint8_t *x, const br_rsa_private_key *key)
{
    return RSA_PRIVATE(x, key);
}

uint32_t hf_br_rsa_pkcs1_verify(hf_span signature, const uint8_t *oid, size_t hash_len,
                                const br_rsa_public_key *key, uint8_t *hash)
{
    return PKCS1_VERIFY(signature.ptr, signature.len, oid, hash_len, key, hash);
}

uint32_t hf_br_rsa_pkcs1_sign(const uint8_t *oid, const uint8_t *hash, size_t hash_len,
                              const br_rsa_private_key *key, uint8_t *signature)
{
    return PKCS1_SIGN(oid, hash, hash_len, key, signature);
}

#endif

#if defined(HF_BEARSSL_SHORT_MULTIPLY)
#define EC_P256      br_ec_p256_m15
#define EC_P384      br_ec_prime_i15
#define EC_X25519    br_ec_c25519_m15
#define ECDSA_SIGN   br_ecdsa_i15_sign_raw
#define ECDSA_VERIFY br_ecdsa_i15_vrfy_raw
#else
#define EC_P256      br_ec_p256_m31
#define EC_P384      br_ec_prime_i31
#define EC_X25519    br_ec_c25519_m31
#define ECDSA_SIGN   br_ecdsa_i31_sign_raw
#define ECDSA_VERIFY br_ecdsa_i31_vrfy_raw
#endif

const br_ec_impl *hf_br_curve(int curve)
{
    bool p384 = HF_HAS_P384 && curve == BR_EC_secp384r1;
    return curve == BR_EC_secp256r1 ? &EC_P256 : p384 ? &EC_P384 : &EC_X25519;
}

size_t hf_br_ecdsa_sign(int curve, const br_hash_class *hash, const uint8_t *value,
                        const br_ec_private_key *key, uint8_t *signature)
{
    return ECDSA_SIGN(hf_br_curve(curve), hash, value, key, signature);
}

uint32_t hf_br_ecdsa_verify(int curve, const uint8_t *value, size_t value_len,
                            const br_ec_public_key *key, const uint8_t *raw, size_t raw_len)
{
    return ECDSA_VERIFY(hf_br_curve(curve), value, value_len, key, raw, raw_len);
}
