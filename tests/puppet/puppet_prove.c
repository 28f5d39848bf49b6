/* What either end proves itself with: Certificate, signatures, Finished (RFC 8446 4.4, RFC 5246
 * 7.4.2, 7.4.3, 7.4.8, 7.4.9; RFC 7250).
 */
#include "puppet/puppet_inside.h"

#include <handfast/x509.h>

#include <string.h>

static const char *context_of(bool client)
{
    return client ? "TLS 1.3, client CertificateVerify" : "TLS 1.3, server CertificateVerify";
}

static hf_signature_kind kind_of(uint16_t scheme)
{
    return (scheme & 0xff) == 3 ? HF_ECDSA : (scheme >> 8) == 8 ? HF_RSA_PSS : HF_RSA_PKCS1;
}

static hf_hash_id hash_of(uint16_t scheme)
{
    switch (scheme) {
    case HF_ECDSA_SECP384R1_SHA384:
    case HF_RSA_PSS_RSAE_SHA384:
    case HF_RSA_PKCS1_SHA384:
        return HF_SHA384;
    case HF_RSA_PKCS1_SHA512:
        return HF_SHA512;
    default:
        return HF_SHA256;
    }
}

static void hash_parts(hf_hash_id id, const hf_span *parts, size_t count, uint8_t *value)
{
    hf_hash hash;
    hf_hash_start(&hash, id);
    for (size_t i = 0; i < count; i++) {
        hf_hash_add(&hash, parts[i].ptr, parts[i].len);
    }
    hf_hash_final(&hash, value);
}

void puppet_sign(puppet *p, puppet_message *m, uint16_t scheme, const hf_span *parts, size_t count)
{
    uint8_t value[HF_HASH_MAX];
    uint8_t signature[HF_SIGNATURE_MAX];
    size_t len = 0;
    hash_parts(hash_of(scheme), parts, count, value);
    if (hf_key_sign(p->key, &p->crypto, kind_of(scheme), hash_of(scheme), value, signature,
                    sizeof signature, &len) != HF_OK) {
        puppet_fault(p, "the puppet cannot sign");
    }
    puppet_put16(m, scheme);
    puppet_put16(m, (unsigned)len);
    puppet_put(m, signature, len);
}

size_t puppet_signed13(const puppet *p, const char *context, uint8_t out[200])
{
    size_t len = strlen(context) + 1;
    memset(out, ' ', 64);
    memcpy(out + 64, context, len);
    uint8_t hash[HF_HASH_MAX];
    puppet_hash(p, hash);
    memcpy(out + 64 + len, hash, hf_hash_size(p->chosen->hash));
    return 64 + len + hf_hash_size(p->chosen->hash);
}

bool puppet_verify(const puppet *p, const hf_public_key *key, hf_span signature,
                   const hf_span *parts, size_t count)
{
    uint8_t value[HF_HASH_MAX];
    if (signature.len < 4 || puppet_u16(signature.ptr + 2) + 4u != signature.len) {
        return false;
    }
    uint16_t scheme = puppet_u16(signature.ptr);
    hf_span bytes = {signature.ptr + 4, signature.len - 4};
    hash_parts(hash_of(scheme), parts, count, value);
    return hf_crypto_verify(&p->crypto, key, kind_of(scheme), hash_of(scheme), value, bytes) ==
           HF_OK;
}

void puppet_make_certificate(puppet *p, puppet_message *m)
{
    bool entries = p->version == HF_TLS13;
    m->type = M_CERTIFICATE;
    if (entries) {
        puppet_put8(m, 0);
    } else if (p->raw_key) { /* RFC 7250 3: no list */
        puppet_put24(m, p->chain[0].len);
        puppet_put(m, p->chain[0].ptr, p->chain[0].len);
        return;
    }
    size_t at = m->len;
    puppet_put24(m, 0);
    for (size_t i = 0; i < p->chain_count; i++) {
        puppet_put24(m, p->chain[i].len);
        puppet_put(m, p->chain[i].ptr, p->chain[i].len);
        if (entries) {
            puppet_put16(m, 0);
        }
    }
    size_t end = m->len;
    m->len = at;
    puppet_put24(m, end - at - 3);
    m->len = end;
}

/* TLS 1.3; in TLS 1.2 only a client has this message. */
void puppet_make_verify(puppet *p, puppet_message *m)
{
    uint8_t input[200];
    m->type = M_CERTIFICATE_VERIFY;
    if (p->version != HF_TLS13) {
        puppet_sign(p, m, p->scheme, &(hf_span){p->said, p->said_len}, 1);
        return;
    }
    size_t len = puppet_signed13(p, context_of(p->role->client), input);
    puppet_sign(p, m, p->scheme, &(hf_span){input, len}, 1);
}

void puppet_make_finished(puppet *p, puppet_message *m)
{
    uint8_t data[HF_HASH_MAX];
    size_t len = puppet_finished_data(p, true, data);
    m->type = M_FINISHED;
    puppet_put(m, data, len);
}

bool puppet_peer_key(puppet *p, hf_public_key *key)
{
    hf_certificate leaf;
    hf_span der = {p->peer_leaf, p->peer_leaf_len};
    if (p->peer_raw) {
        return hf_x509_public_key(key, der) == HF_OK;
    }
    if (hf_x509_parse(&leaf, der, NULL) != HF_OK) {
        return false;
    }
    *key = leaf.key;
    return true;
}

bool puppet_verify_peer(puppet *p, hf_span signature)
{
    uint8_t input[200];
    hf_public_key key;
    hf_span bytes = {p->said, p->said_len};
    if (p->version == HF_TLS13) {
        bytes = (hf_span){input, puppet_signed13(p, context_of(!p->role->client), input)};
    }
    return puppet_peer_key(p, &key) && puppet_verify(p, &key, signature, &bytes, 1);
}
