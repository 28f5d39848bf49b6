/* AlgorithmIdentifiers and public keys: see algorithm.h. */
#include "x509/algorithm.h"

#include "x509/der.h"

#include <string.h>

static bool is_oid(hf_span oid, const uint8_t *known, size_t len)
{
    return oid.len == len && memcmp(oid.ptr, known, len) == 0;
}

#define IS(oid, known) is_oid(oid, known, sizeof(known))

static const uint8_t OID_EC_PUBLIC_KEY[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01};
static const uint8_t OID_P256[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
static const uint8_t OID_P384[] = {0x2b, 0x81, 0x04, 0x00, 0x22};
static const uint8_t OID_RSA[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01};
static const uint8_t OID_MGF1[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08};
static const uint8_t OID_PSS[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a};
static const uint8_t OID_SHA1[] = {0x2b, 0x0e, 0x03, 0x02, 0x1a}; /* in identifiers only */
/* The last byte tells the hash. */
static const uint8_t ARC_ECDSA_SHA2[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03};
static const uint8_t ARC_PKCS1[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01};
static const uint8_t ARC_HASH[] = {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02};

/* SHA-256, SHA-384, SHA-512 stand in this order in each arc, from `first` on. */
static hf_hash_id hash_from(uint8_t number, uint8_t first)
{
    static const hf_hash_id hashes[] = {HF_SHA256, HF_SHA384, HF_SHA512};
    bool known = number >= first && number < first + (HF_HAS_SHA384 ? 3 : 1);
    return known ? hashes[number - first] : HF_HASH_NONE;
}

/* NULL parameters, or none at all where the RFCs allow both. */
static void read_null_or_nothing(hf_reader *r)
{
    if (hf_read_left(r) > 0 && hf_der_read(r, HF_DER_NULL).len != 0) {
        hf_read_spoil(r);
    }
}

hf_key_algorithm hf_algorithm_of_curve(hf_span oid)
{
    if (IS(oid, OID_P256)) {
        return HF_ALGORITHM_P256;
    }
    return HF_HAS_P384 && IS(oid, OID_P384) ? HF_ALGORITHM_P384 : HF_ALGORITHM_UNKNOWN;
}

hf_key_algorithm hf_algorithm_read_key(hf_reader *r)
{
    hf_key_algorithm algorithm = HF_ALGORITHM_UNKNOWN;
    const uint8_t *end = hf_der_enter(r, HF_DER_SEQUENCE);
    hf_span oid = hf_der_read(r, HF_DER_OID);
    if (HF_HAS_RSA && IS(oid, OID_RSA)) {
        read_null_or_nothing(r);
        algorithm = HF_ALGORITHM_RSA;
    } else if (IS(oid, OID_EC_PUBLIC_KEY) && hf_der_next_is(r, HF_DER_OID)) {
        algorithm = hf_algorithm_of_curve(hf_der_read(r, HF_DER_OID));
    } else {
        hf_der_skip_rest(r); /* explicit curves included: RFC 5480 2.1.1 forbids them */
    }
    hf_der_leave(r, end);
    return algorithm;
}

/* AlgorithmIdentifier of a hash function (RFC 4055 2.1, RFC 5754 2). */
static hf_hash_id read_hash(hf_reader *r, bool in_identifier)
{
    const uint8_t *end = hf_der_enter(r, HF_DER_SEQUENCE);
    hf_span oid = hf_der_read(r, HF_DER_OID);
    hf_hash_id hash = hash_from(hf_der_last_of_arc(oid, ARC_HASH, sizeof ARC_HASH), 1);
    if (HF_HAS_SHA1 && in_identifier && IS(oid, OID_SHA1)) {
        hash = HF_SHA1;
    }
    if (hash == HF_HASH_NONE) {
        hf_der_skip_rest(r);
    }
    read_null_or_nothing(r);
    hf_der_leave(r, end);
    return hash;
}

hf_hash_id hf_algorithm_read_identifier_hash(hf_reader *r)
{
    return read_hash(r, true);
}

/* MaskGenAlgorithm of RSASSA-PSS (RFC 4055 2.2): the hash of MGF1. */
static hf_hash_id read_mask(hf_reader *r)
{
    hf_hash_id hash = HF_HASH_NONE;
    const uint8_t *end = hf_der_enter(r, HF_DER_SEQUENCE);
    if (IS(hf_der_read(r, HF_DER_OID), OID_MGF1)) {
        hash = read_hash(r, false);
    }
    hf_der_skip_rest(r);
    hf_der_leave(r, end);
    return hash;
}

/* RSASSA-PSS-params (RFC 4055 3.1). Every default is SHA-1's, so all three must stand. Supported:
 * one SHA-2 for both hashes and a salt of its length, as RFC 8446 4.2.3 has it. */
static hf_hash_id read_pss_parameters(hf_reader *r)
{
    static const uint8_t sizes[] = {[HF_SHA256] = 32, [HF_SHA384] = 48, [HF_SHA512] = 64};
    uint32_t values[] = {HF_HASH_NONE, HF_HASH_NONE, 20, 1}; /* hash, that of MGF1, salt, trailer */
    const uint8_t *end = hf_der_enter(r, HF_DER_SEQUENCE);
    for (unsigned n = 0; n < 4; n++) {
        const uint8_t *field_end = hf_der_enter_optional(r, HF_DER_EXPLICIT(n));
        if (field_end != NULL) {
            values[n] = n == 0   ? read_hash(r, false)
                        : n == 1 ? read_mask(r)
                                 : hf_der_read_small(r, 0x7fffffff);
            hf_der_leave(r, field_end);
        }
    }
    hf_der_leave(r, end);
    bool ours = values[0] != HF_HASH_NONE && values[0] == values[1] &&
                values[2] == sizes[values[0]] && values[3] == 1;
    return ours ? (hf_hash_id)values[0] : HF_HASH_NONE;
}

void hf_algorithm_read_signature(hf_reader *r, hf_signature_kind *kind, hf_hash_id *hash)
{
    hf_span oid = hf_der_read(r, HF_DER_OID);
    hf_hash_id ecdsa = hash_from(hf_der_last_of_arc(oid, ARC_ECDSA_SHA2, sizeof ARC_ECDSA_SHA2), 2);
    hf_hash_id pkcs1 = HF_HASH_NONE;
    if (HF_HAS_RSA) {
        pkcs1 = hash_from(hf_der_last_of_arc(oid, ARC_PKCS1, sizeof ARC_PKCS1), 11);
    }
    *kind = HF_SIGNATURE_NONE;
    *hash = HF_HASH_NONE;
    if (ecdsa != HF_HASH_NONE) {
        *kind = HF_ECDSA; /* RFC 5758 3.2: parameters absent, so nothing more is read */
        *hash = ecdsa;
    } else if (pkcs1 != HF_HASH_NONE) {
        read_null_or_nothing(r); /* RFC 4055 5: NULL, and absence must be accepted */
        *kind = HF_RSA_PKCS1;
        *hash = pkcs1;
    } else if (HF_HAS_RSA && IS(oid, OID_PSS) && hf_read_left(r) > 0) {
        *hash = read_pss_parameters(r);
        *kind = *hash == HF_HASH_NONE ? HF_SIGNATURE_NONE : HF_RSA_PSS;
    } else {
        hf_der_skip_rest(r);
    }
}

void hf_algorithm_point(hf_key_algorithm algorithm, hf_span bits, hf_public_key *key)
{
    bool p384 = HF_HAS_P384 && algorithm == HF_ALGORITHM_P384;
    if (bits.len == (p384 ? 97 : 65) && bits.ptr[0] == 0x04) {
        key->kind = p384 ? HF_KEY_P384 : HF_KEY_P256;
        key->point = bits;
    }
}

static size_t bits_of(hf_span number)
{
    size_t bits = number.len * 8;
    for (unsigned mask = 0x80; number.len > 0 && mask != 0; mask >>= 1) {
        if ((number.ptr[0] & mask) != 0) {
            break;
        }
        bits--;
    }
    return bits;
}

void hf_algorithm_rsa(hf_span modulus, hf_span exponent, hf_public_key *key)
{
    size_t bits = bits_of(modulus);
    bool odd = exponent.len > 0 && (exponent.ptr[exponent.len - 1] & 1) != 0;
    bool small = exponent.len == 1 && exponent.ptr[0] < 3;
    if (bits >= HF_RSA_BITS_MIN && bits <= HF_RSA_BITS_MAX && odd && !small && exponent.len <= 8) {
        *key = (hf_public_key){.kind = HF_KEY_RSA, .point = modulus, .exponent = exponent};
    }
}

/* RSAPublicKey (RFC 8017 A.1.1) in the BIT STRING of a SubjectPublicKeyInfo. */
static void read_rsa(hf_reader *r, hf_public_key *key)
{
    hf_reader bits = hf_read_span_of(hf_der_read_bits(r));
    const uint8_t *end = hf_der_enter(&bits, HF_DER_SEQUENCE);
    hf_span modulus = hf_der_read_unsigned(&bits);
    hf_span exponent = hf_der_read_unsigned(&bits);
    hf_der_leave(&bits, end);
    if (hf_read_done(&bits)) {
        hf_algorithm_rsa(modulus, exponent, key);
    } else {
        hf_read_spoil_at(r, bits.at);
    }
}

void hf_algorithm_read_spki(hf_reader *r, hf_public_key *key)
{
    *key = (hf_public_key){.kind = HF_KEY_NONE};
    const uint8_t *end = hf_der_enter(r, HF_DER_SEQUENCE);
    hf_key_algorithm algorithm = hf_algorithm_read_key(r);
    if (algorithm == HF_ALGORITHM_UNKNOWN) {
        hf_der_skip(r, HF_DER_BIT_STRING);
    } else if (HF_HAS_RSA && algorithm == HF_ALGORITHM_RSA) {
        read_rsa(r, key);
    } else {
        hf_algorithm_point(algorithm, hf_der_read_bits(r), key);
    }
    hf_der_leave(r, end);
}
