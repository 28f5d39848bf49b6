/* Private keys: SEC1 (RFC 5915), PKCS#8 (RFC 5958), PKCS#1 (RFC 8017 A.1.2), told apart by the
 * second field of their SEQUENCE. Pure parser; whether the numbers fit together is found when the
 * backend loads the key and it is compared with the certificate.
 */
#include "x509/algorithm.h"
#include "x509/der.h"

#include <handfast/x509.h>

/* The rest of an ECPrivateKey after its version; `algorithm` is what PKCS#8 says, or UNKNOWN. */
static hf_code read_ec(hf_reader *r, hf_private_key *key, hf_key_algorithm algorithm)
{
    const uint8_t *secret_at = r->at;
    key->secret = hf_der_read(r, HF_DER_OCTET_STRING);
    const uint8_t *end = hf_der_enter_optional(r, HF_DER_EXPLICIT(0));
    if (end != NULL) {
        if (!hf_der_next_is(r, HF_DER_OID)) {
            return HF_E_KEY_UNSUPPORTED; /* explicit curve */
        }
        hf_key_algorithm named = hf_algorithm_of_curve(hf_der_read(r, HF_DER_OID));
        hf_der_leave(r, end);
        if (algorithm != HF_ALGORITHM_UNKNOWN && named != algorithm) {
            hf_read_spoil(r);
        }
        algorithm = named;
    }
    if (r->bad) {
        return HF_E_KEY_UNREADABLE;
    }
    bool p384 = HF_HAS_P384 && algorithm == HF_ALGORITHM_P384;
    if (!p384 && algorithm != HF_ALGORITHM_P256) {
        return HF_E_KEY_UNSUPPORTED;
    }
    key->pub.kind = p384 ? HF_KEY_P384 : HF_KEY_P256;
    if (key->secret.len != (p384 ? 48 : 32)) {
        hf_read_spoil_at(r, secret_at); /* RFC 5915 3: as long as the curve's order, always */
    }
    /* The point is taken when it is uncompressed, else left to the backend to derive. */
    end = hf_der_enter_optional(r, HF_DER_EXPLICIT(1));
    if (end != NULL) {
        hf_algorithm_point(algorithm, hf_der_read_bits(r), &key->pub);
        hf_der_leave(r, end);
    }
    return r->bad ? HF_E_KEY_UNREADABLE : HF_OK;
}

/* The rest of an RSAPrivateKey after its version. */
static hf_code read_rsa(hf_reader *r, hf_private_key *key)
{
    hf_span modulus = hf_der_read_unsigned(r);
    hf_span exponent = hf_der_read_unsigned(r);
    key->secret = hf_der_read_unsigned(r);
    key->p = hf_der_read_unsigned(r);
    key->q = hf_der_read_unsigned(r);
    key->dp = hf_der_read_unsigned(r);
    key->dq = hf_der_read_unsigned(r);
    key->iq = hf_der_read_unsigned(r);
    if (r->bad) {
        return HF_E_KEY_UNREADABLE;
    }
    hf_algorithm_rsa(modulus, exponent, &key->pub);
    return key->pub.kind == HF_KEY_RSA ? HF_OK : HF_E_KEY_UNSUPPORTED;
}

/* What stands in the OCTET STRING of PKCS#8: again a SEQUENCE that begins with a version. */
static hf_code read_inner(hf_reader *r, hf_private_key *key, hf_key_algorithm algorithm)
{
    const uint8_t *value_end = hf_der_enter(r, HF_DER_OCTET_STRING);
    const uint8_t *end = hf_der_enter(r, HF_DER_SEQUENCE);
    hf_code code;
    if (HF_HAS_RSA_PRIVATE && algorithm == HF_ALGORITHM_RSA) {
        (void)hf_der_read_small(r, 0);
        code = read_rsa(r, key);
    } else {
        if (hf_der_read_small(r, 1) != 1) {
            hf_read_spoil(r);
        }
        code = read_ec(r, key, algorithm);
    }
    hf_der_leave(r, end);
    hf_der_leave(r, value_end);
    return code;
}

/* PKCS#8 after its version. Attributes and the public key of version 2 are passed over. */
static hf_code read_pkcs8(hf_reader *r, hf_private_key *key)
{
    hf_key_algorithm algorithm = hf_algorithm_read_key(r);
    if (r->bad) {
        return HF_E_KEY_UNREADABLE;
    }
    if (algorithm == HF_ALGORITHM_UNKNOWN ||
        (!HF_HAS_RSA_PRIVATE && algorithm == HF_ALGORITHM_RSA)) {
        return HF_E_KEY_UNSUPPORTED;
    }
    hf_code code = read_inner(r, key, algorithm);
    hf_der_skip_optional(r, HF_DER_EXPLICIT(0));
    hf_der_skip_optional(r, HF_DER_CONTEXT(1));
    return code;
}

static hf_code read_key(hf_reader *r, hf_private_key *key)
{
    if (hf_der_next_is(r, HF_DER_SEQUENCE)) {
        /* EncryptedPrivateKeyInfo (RFC 5958 3): algorithm, then the encrypted bytes. */
        hf_der_skip(r, HF_DER_SEQUENCE);
        hf_der_skip(r, HF_DER_OCTET_STRING);
        return hf_read_done(r) ? HF_E_KEY_ENCRYPTED : HF_E_KEY_UNREADABLE;
    }
    uint32_t version = hf_der_read_small(r, 1);
    if (hf_der_next_is(r, HF_DER_SEQUENCE)) {
        return read_pkcs8(r, key);
    }
    if (hf_der_next_is(r, HF_DER_OCTET_STRING) && version == 1) {
        return read_ec(r, key, HF_ALGORITHM_UNKNOWN);
    }
    if (hf_der_next_is(r, HF_DER_INTEGER)) {
        /* Version 1 has more than two primes. */
        return HF_HAS_RSA_PRIVATE && version == 0 ? read_rsa(r, key) : HF_E_KEY_UNSUPPORTED;
    }
    return HF_E_KEY_UNREADABLE;
}

hf_code hf_key_parse(hf_private_key *key, hf_span der, uint32_t *offset)
{
    *key = (hf_private_key){.pub.kind = HF_KEY_NONE};
    hf_reader r = hf_read_span_of(der);
    const uint8_t *end = hf_der_enter(&r, HF_DER_SEQUENCE);
    hf_code code = read_key(&r, key);
    hf_der_leave(&r, end);
    if (code == HF_OK && !hf_read_done(&r)) {
        code = HF_E_KEY_UNREADABLE;
    }
    if (code != HF_OK) {
        *key = (hf_private_key){.pub.kind = HF_KEY_NONE};
        if (offset != NULL) {
            *offset = (uint32_t)hf_read_offset(&r);
        }
    }
    return code;
}
