/* The TLS 1.3 key schedule: see schedule13.h. */
#include "tls/keys/schedule13.h"

#include "crypto/crypto.h"
#include "wire/secret.h"

#include <string.h>

#define KEY_MAX 32

/* HKDF-Expand-Label (RFC 8446 7.1) with the secret already keyed into an HMAC, so that several
 * outputs of one secret share that work. HkdfLabel is fed in parts: no buffer for a long label. */
static void expand_keyed(const hf_hmac *keyed, hf_hash_id hash, const char *label, hf_span context,
                         uint8_t *out, size_t len)
{
    static const uint8_t PREFIX[] = {'t', 'l', 's', '1', '3', ' '};
    size_t size = hf_hash_size(hash);
    size_t label_len = strlen(label);
    const uint8_t head[] = {(uint8_t)(len >> 8), (uint8_t)len,
                            (uint8_t)(sizeof PREFIX + label_len)};
    const uint8_t context_len = (uint8_t)context.len;
    uint8_t block[HF_HASH_MAX]; /* T(i) of RFC 5869 2.3 */
    uint8_t counter = 0;
    hf_span parts[] = {
        {block, 0},
        {head, sizeof head},
        {PREFIX, sizeof PREFIX},
        {(const uint8_t *)label, label_len},
        {&context_len, 1},
        context,
        {&counter, 1},
    };
    while (len > 0) {
        hf_hmac hmac;
        hf_hmac_clone(&hmac, keyed);
        counter++;
        for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
            hf_hmac_add(&hmac, parts[i].ptr, parts[i].len);
        }
        hf_hmac_final(&hmac, block);
        parts[0].len = size;
        size_t take = len < size ? len : size;
        memcpy(out, block, take);
        out += take;
        len -= take;
    }
    hf_wipe(block, sizeof block);
}

void hf_expand_label(hf_hash_id hash, const uint8_t *secret, const char *label, hf_span context,
                     uint8_t *out, size_t len)
{
    hf_hmac keyed;
    hf_hmac_start(&keyed, hash, secret, hf_hash_size(hash));
    expand_keyed(&keyed, hash, label, context, out, len);
    hf_hmac_drop(&keyed);
}

/* Derive-Secret (RFC 8446 7.1) of several labels over one transcript hash. */
static void derive_all(hf_hash_id hash, const uint8_t *secret, const uint8_t *transcript,
                       const char *const *labels, uint8_t *const *outs, size_t count)
{
    hf_hmac keyed;
    size_t size = hf_hash_size(hash);
    hf_hmac_start(&keyed, hash, secret, size);
    for (size_t i = 0; i < count; i++) {
        expand_keyed(&keyed, hash, labels[i], (hf_span){transcript, size}, outs[i], size);
    }
    hf_hmac_drop(&keyed);
}

static void derive(hf_hash_id hash, const uint8_t *secret, const char *label,
                   const uint8_t *transcript, uint8_t *out)
{
    derive_all(hash, secret, transcript, &label, &out, 1);
}

/* Derive-Secret(secret, label, ""). */
static void derive_from_nothing(hf_hash_id hash, const uint8_t *secret, const char *label,
                                uint8_t *out)
{
    hf_hash empty;
    uint8_t nothing[HF_HASH_MAX];
    hf_hash_start(&empty, hash);
    hf_hash_final(&empty, nothing);
    derive(hash, secret, label, nothing, out);
}

/* The salt of the next Extract. */
static void derive_salt(hf_hash_id hash, const uint8_t *secret, uint8_t *out)
{
    derive_from_nothing(hash, secret, "derived", out);
}

void hf_early_without_psk(hf_hash_id hash, hf_early_secret *early)
{
    static const uint8_t ZEROS[HF_SECRET_MAX];
    hf_hkdf_extract(hash, (hf_span){NULL, 0}, (hf_span){ZEROS, hf_hash_size(hash)}, early->bytes);
}

void hf_early_from_psk(hf_hash_id hash, const uint8_t *psk, hf_early_secret *early)
{
    hf_hkdf_extract(hash, (hf_span){NULL, 0}, (hf_span){psk, hf_hash_size(hash)}, early->bytes);
}

void hf_psk_binder(hf_hash_id hash, const hf_early_secret *early, hf_psk_kind kind,
                   const uint8_t *transcript, uint8_t out[HF_HASH_MAX])
{
    static const char *const LABELS[] = {"res binder", "ext binder", "imp binder"};
    hf_traffic_secret key;
    derive_from_nothing(hash, early->bytes, LABELS[kind], key.bytes);
    hf_finished13(hash, &key, transcript, out);
    hf_wipe(&key, sizeof key);
}

void hf_handshake_from_early(hf_hash_id hash, const hf_early_secret *early, hf_span shared,
                             hf_handshake_secret *handshake)
{
    uint8_t salt[HF_SECRET_MAX];
    derive_salt(hash, early->bytes, salt);
    hf_hkdf_extract(hash, (hf_span){salt, hf_hash_size(hash)}, shared, handshake->bytes);
    hf_wipe(salt, sizeof salt);
}

/* Derive-Secret(Early Secret, "derived", "") when there is no PSK: the same in every handshake, so
 * it is written down. A test derives it the long way. */
static const uint8_t *derived_without_psk(hf_hash_id hash)
{
    static const uint8_t SHA256[32] = {0x6f, 0x26, 0x15, 0xa1, 0x08, 0xc7, 0x02, 0xc5,
                                       0x67, 0x8f, 0x54, 0xfc, 0x9d, 0xba, 0xb6, 0x97,
                                       0x16, 0xc0, 0x76, 0x18, 0x9c, 0x48, 0x25, 0x0c,
                                       0xeb, 0xea, 0xc3, 0x57, 0x6c, 0x36, 0x11, 0xba};
    static const uint8_t SHA384[48] = {0x15, 0x91, 0xda, 0xc5, 0xcb, 0xbf, 0x03, 0x30, 0xa4, 0xa8,
                                       0x4d, 0xe9, 0xc7, 0x53, 0x33, 0x0e, 0x92, 0xd0, 0x1f, 0x0a,
                                       0x88, 0x21, 0x4b, 0x44, 0x64, 0x97, 0x2f, 0xd6, 0x68, 0x04,
                                       0x9e, 0x93, 0xe5, 0x2f, 0x2b, 0x16, 0xfa, 0xd9, 0x22, 0xfd,
                                       0xc0, 0x58, 0x44, 0x78, 0x42, 0x8f, 0x28, 0x2b};
    return hash == HF_SHA384 ? SHA384 : SHA256;
}

void hf_handshake_without_psk(hf_hash_id hash, hf_span shared, hf_handshake_secret *handshake)
{
    hf_hkdf_extract(hash, (hf_span){derived_without_psk(hash), hf_hash_size(hash)}, shared,
                    handshake->bytes);
}

void hf_master_from_handshake(hf_hash_id hash, const hf_handshake_secret *handshake,
                              hf_master_secret *master)
{
    static const uint8_t ZEROS[HF_SECRET_MAX];
    uint8_t salt[HF_SECRET_MAX];
    size_t size = hf_hash_size(hash);
    derive_salt(hash, handshake->bytes, salt);
    hf_hkdf_extract(hash, (hf_span){salt, size}, (hf_span){ZEROS, size}, master->bytes);
    hf_wipe(salt, sizeof salt);
}

void hf_handshake_traffic(hf_hash_id hash, const hf_handshake_secret *handshake,
                          const uint8_t *transcript, hf_traffic_secret *client,
                          hf_traffic_secret *server)
{
    static const char *const LABELS[] = {"c hs traffic", "s hs traffic"};
    uint8_t *const outs[] = {client->bytes, server->bytes};
    derive_all(hash, handshake->bytes, transcript, LABELS, outs, 2);
}

void hf_application_traffic(hf_hash_id hash, const hf_master_secret *master,
                            const uint8_t *transcript, hf_traffic_secret *client,
                            hf_traffic_secret *server, hf_traffic_secret *exporter)
{
    static const char *const LABELS[] = {"c ap traffic", "s ap traffic", "exp master"};
    uint8_t *const outs[] = {client->bytes, server->bytes, exporter->bytes};
    derive_all(hash, master->bytes, transcript, LABELS, outs, 3);
}

void hf_resumption_from_master(hf_hash_id hash, const hf_master_secret *master,
                               const uint8_t *transcript, hf_resumption_secret *resumption)
{
    derive(hash, master->bytes, "res master", transcript, resumption->bytes);
}

void hf_ticket_psk(hf_hash_id hash, const hf_resumption_secret *resumption, hf_span nonce,
                   uint8_t *psk)
{
    hf_expand_label(hash, resumption->bytes, "resumption", nonce, psk, hf_hash_size(hash));
}

void hf_next_traffic(hf_hash_id hash, hf_traffic_secret *secret)
{
    uint8_t next[HF_SECRET_MAX];
    size_t size = hf_hash_size(hash);
    hf_expand_label(hash, secret->bytes, "traffic upd", (hf_span){NULL, 0}, next, size);
    memcpy(secret->bytes, next, size);
    hf_wipe(next, sizeof next);
}

void hf_export13(hf_hash_id hash, const hf_traffic_secret *exporter, const char *label,
                 hf_span context, uint8_t *out, size_t len)
{
    uint8_t secret[HF_SECRET_MAX];
    uint8_t value[HF_HASH_MAX];
    hf_hash running;
    derive_from_nothing(hash, exporter->bytes, label, secret);
    hf_hash_start(&running, hash);
    hf_hash_add(&running, context.ptr, context.len);
    hf_hash_final(&running, value);
    hf_expand_label(hash, secret, "exporter", (hf_span){value, hf_hash_size(hash)}, out, len);
    hf_wipe(secret, sizeof secret);
}

void hf_finished13(hf_hash_id hash, const hf_traffic_secret *base, const uint8_t *transcript,
                   uint8_t out[HF_HASH_MAX])
{
    uint8_t key[HF_SECRET_MAX];
    size_t size = hf_hash_size(hash);
    hf_expand_label(hash, base->bytes, "finished", (hf_span){NULL, 0}, key, size);
    hf_hmac hmac;
    hf_hmac_start(&hmac, hash, key, size);
    hf_hmac_add(&hmac, transcript, size);
    hf_hmac_final(&hmac, out);
    hf_wipe(key, sizeof key);
}

hf_code hf_record_keys13(hf_record_keys *keys, const hf_crypto *crypto, const hf_suite *suite,
                         const hf_traffic_secret *secret, bool sealing)
{
    uint8_t key[KEY_MAX];
    hf_hmac keyed;
    const hf_span nothing = {NULL, 0};
    hf_aead_release(&keys->aead);
    hf_hmac_start(&keyed, suite->hash, secret->bytes, hf_hash_size(suite->hash));
    expand_keyed(&keyed, suite->hash, "key", nothing, key, hf_aead_key_size(suite->aead));
    expand_keyed(&keyed, suite->hash, "iv", nothing, keys->iv, HF_NONCE_SIZE);
    hf_code code = hf_aead_init(&keys->aead, crypto, suite->aead, key, sealing);
    hf_hmac_drop(&keyed);
    hf_wipe(key, sizeof key);
    keys->sequence = 0;
    keys->explicit_nonce = false;
    keys->active = code == HF_OK;
    return code;
}
