/* What the puppet checks of the client's flight: certificates, signature, key exchange, Finished.
 * See puppet.h.
 */
#include "puppet/puppet_inside.h"

#include <handfast/x509.h>

#include <string.h>

void puppet_certificate_in(puppet *p, const uint8_t *body, size_t len)
{
    size_t extra = p->version == HF_TLS13 ? 2 : 0;
    size_t at = p->version == HF_TLS13 ? 4 : 3;
    p->client_chain_count = 0;
    while (at + 3 <= len) {
        size_t one = (size_t)body[at] << 16 | (size_t)body[at + 1] << 8 | body[at + 2];
        if (at + 3 + one + extra > len) {
            puppet_fault(p, "the client's certificate list is broken");
            return;
        }
        if (p->client_chain_count == 0 && one <= sizeof p->client_leaf) {
            memcpy(p->client_leaf, body + at + 3, one);
            p->client_leaf_len = one;
        }
        p->client_chain_count++;
        at += 3 + one + extra;
    }
    if (at != len) {
        puppet_fault(p, "the client's certificate list has a rest");
    }
}

void puppet_verify_in(puppet *p, const uint8_t *body, size_t len)
{
    uint8_t input[200];
    hf_span signed_bytes = {p->said, p->said_len};
    hf_certificate leaf;
    uint16_t scheme = puppet_u16(body);
    hf_hash_id id = scheme == HF_ECDSA_SECP384R1_SHA384 || scheme == HF_RSA_PSS_RSAE_SHA384 ||
                            scheme == HF_RSA_PKCS1_SHA384
                        ? HF_SHA384
                        : HF_SHA256;
    hf_signature_kind kind = (scheme & 0xff) == 3 ? HF_ECDSA
                             : (scheme >> 8) == 8 ? HF_RSA_PSS
                                                  : HF_RSA_PKCS1;
    uint8_t value[HF_HASH_MAX];
    hf_hash hash;
    if (p->version == HF_TLS13) {
        signed_bytes =
            (hf_span){input, puppet_signed13(p, "TLS 1.3, client CertificateVerify", input)};
    }
    hf_hash_start(&hash, id);
    hf_hash_add(&hash, signed_bytes.ptr, signed_bytes.len);
    hf_hash_final(&hash, value);
    hf_span der = {p->client_leaf, p->client_leaf_len};
    if (puppet_u16(body + 2) + 4u != len || hf_x509_parse(&leaf, der, NULL) != HF_OK ||
        hf_crypto_verify(&p->crypto, &leaf.key, kind, id, value, (hf_span){body + 4, len - 4}) !=
            HF_OK) {
        puppet_fault(p, "the client's signature is wrong");
        return;
    }
    p->certificate_verified = true;
}

void puppet_key_exchange_in(puppet *p, const uint8_t *body, size_t len)
{
    uint8_t hash[HF_HASH_MAX];
    if (len < 1 || body[0] + 1u != len ||
        hf_exchange_agree(&p->exchange, &p->crypto, (hf_span){body + 1, len - 1}, p->shared) !=
            HF_OK) {
        puppet_fault(p, "the client's key exchange is bad");
    }
    hf_span shared = {p->shared, hf_exchange_shared_size(p->group)};
    if (p->legacy) {
        hf_legacy_master(p->chosen->hash, shared, p->client_random, p->server_random, &p->master);
        return;
    }
    puppet_hash(p, hash);
    hf_extended_master(p->chosen->hash, shared, hash, &p->master);
}

void puppet_finished_in(puppet *p, const uint8_t *body, size_t len)
{
    uint8_t hash[HF_HASH_MAX];
    uint8_t expected[HF_HASH_MAX];
    bool version13 = p->version == HF_TLS13;
    size_t size = version13 ? hf_hash_size(p->chosen->hash) : 12;
    puppet_hash(p, hash);
    if (version13) {
        hf_finished13(p->chosen->hash, &p->client_secret, hash, expected);
    } else {
        hf_finished12(p->chosen->hash, &p->master, true, hash, expected);
    }
    if (len != size || memcmp(expected, body, size) != 0) {
        puppet_fault(p, "the client's Finished is wrong");
    }
    p->client_finished = true;
}
