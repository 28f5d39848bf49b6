/* The TLS 1.3 key schedule: see schedule13.h. */
#include "tls/keys/schedule13.h"

#include "crypto/crypto.h"
#include "wire/secret.h"

#include <string.h>

#define KEY_MAX 32

/* What is derived from a secret under one label. */
typedef struct output {
    const char *label;
    uint8_t *ptr;
    size_t len;
} output;

/* HKDF-Expand-Label (RFC 8446 7.1) with the secret already keyed into an HMAC. HkdfLabel is fed in
 * parts: no buffer for a long label. */
static void expand_keyed(const hf_hmac *keyed, hf_hash_id hash, hf_span context, output out)
{
    static const uint8_t PREFIX[] = {'t', 'l', 's', '1', '3', ' '};
    size_t size = hf_hash_size(hash);
    size_t label_len = strlen(out.label);
    const uint8_t head[] = {(uint8_t)(out.len >> 8), (uint8_t)out.len,
                            (uint8_t)(sizeof PREFIX + label_len)};
    const uint8_t context_len = (uint8_t)context.len;
    uint8_t block[HF_HASH_MAX]; /* T(i) of RFC 5869 2.3 */
    uint8_t counter = 0;
    hf_span parts[] = {
        {block, 0},
        {head, sizeof head},
        {PREFIX, sizeof PREFIX},
        {(const uint8_t *)out.label, label_len},
        {&context_len, 1},
        context,
        {&counter, 1},
    };
    while (out.len > 0) {
        counter++;
        hf_hmac_parts(keyed, parts, sizeof parts / sizeof parts[0], block);
        parts[0].len = size;
        size_t take = out.len < size ? out.len : size;
        memcpy(out.ptr, block, take);
        out.ptr += take;
        out.len -= take;
    }
    hf_wipe(block, sizeof block);
}

/* Several outputs of one secret share the work of keying it in. */
static void expand(hf_hash_id hash, const uint8_t *secret, hf_span context, const output *outputs,
                   size_t count)
{
    hf_hmac keyed;
    hf_hmac_start(&keyed, hash, secret, hf_hash_size(hash));
    for (size_t i = 0; i < count; i++) {
        expand_keyed(&keyed, hash, context, outputs[i]);
    }
    hf_hmac_drop(&keyed);
}

void hf_expand_label(hf_hash_id hash, const uint8_t *secret, const char *label, hf_span context,
                     uint8_t *out, size_t len)
{
    expand(hash, secret, context, &(output){label, out, len}, 1);
}

/* Derive-Secret (RFC 8446 7.1). */
static void derive(hf_hash_id hash, const uint8_t *secret, const char *label,
                   const uint8_t *transcript, uint8_t *out)
{
    size_t size = hf_hash_size(hash);
    hf_expand_label(hash, secret, label, (hf_span){transcript, size}, out, size);
}

/* Derive-Secret(secret, label, ""). */
static void derive_from_nothing(hf_hash_id hash, const uint8_t *secret, const char *label,
                                uint8_t *out)
{
    uint8_t nothing[HF_HASH_MAX];
    hf_digest(hash, NULL, 0, nothing);
    derive(hash, secret, label, nothing, out);
}

/* From one of the three secrets in a row to the next (RFC 8446 7.1). */
static void extract_next(hf_hash_id hash, const uint8_t *secret, const uint8_t *ikm, size_t len,
                         uint8_t *next)
{
    uint8_t salt[HF_SECRET_MAX];
    derive_from_nothing(hash, secret, "derived", salt);
    hf_hkdf_extract(hash, (hf_span){salt, hf_hash_size(hash)}, (hf_span){ikm, len}, next);
    hf_wipe(salt, sizeof salt);
}

static const uint8_t ZEROS[HF_SECRET_MAX];

void hf_early_without_psk(hf_hash_id hash, hf_early_secret *early)
{
    hf_early_from_psk(hash, ZEROS, early);
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
    extract_next(hash, early->bytes, shared.ptr, shared.len, handshake->bytes);
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
    return HF_HAS_SHA384 && hash == HF_SHA384 ? SHA384 : SHA256;
}

void hf_handshake_without_psk(hf_hash_id hash, hf_span shared, hf_handshake_secret *handshake)
{
    hf_hkdf_extract(hash, (hf_span){derived_without_psk(hash), hf_hash_size(hash)}, shared,
                    handshake->bytes);
}

void hf_master_from_handshake(hf_hash_id hash, const hf_handshake_secret *handshake,
                              hf_master_secret *master)
{
    extract_next(hash, handshake->bytes, ZEROS, hf_hash_size(hash), master->bytes);
}

void hf_handshake_traffic(hf_hash_id hash, const hf_handshake_secret *handshake,
                          const uint8_t *transcript, hf_traffic_secret *client,
                          hf_traffic_secret *server)
{
    size_t size = hf_hash_size(hash);
    const output outputs[] = {
        {"c hs traffic", client->bytes, size},
        {"s hs traffic", server->bytes, size},
    };
    expand(hash, handshake->bytes, (hf_span){transcript, size}, outputs, 2);
}

void hf_application_traffic(hf_hash_id hash, const hf_master_secret *master,
                            const uint8_t *transcript, hf_traffic_secret *client,
                            hf_traffic_secret *server, hf_traffic_secret *exporter)
{
    size_t size = hf_hash_size(hash);
    const output outputs[] = {
        {"c ap traffic", client->bytes, size},
        {"s ap traffic", server->bytes, size},
        {"exp master", exporter->bytes, size},
    };
    expand(hash, master->bytes, (hf_span){transcript, size}, outputs, 3);
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
    hf_expand_label(hash, secret->bytes, "traffic upd", (hf_span){NULL, 0}, secret->bytes,
                    hf_hash_size(hash));
}

void hf_export13(hf_hash_id hash, const hf_traffic_secret *exporter, const char *label,
                 hf_span context, uint8_t *out, size_t len)
{
    uint8_t secret[HF_SECRET_MAX];
    uint8_t value[HF_HASH_MAX];
    derive_from_nothing(hash, exporter->bytes, label, secret);
    hf_digest(hash, &context, 1, value);
    hf_expand_label(hash, secret, "exporter", (hf_span){value, hf_hash_size(hash)}, out, len);
    hf_wipe(secret, sizeof secret);
}

void hf_finished13(hf_hash_id hash, const hf_traffic_secret *base, const uint8_t *transcript,
                   uint8_t out[HF_HASH_MAX])
{
    uint8_t key[HF_SECRET_MAX];
    size_t size = hf_hash_size(hash);
    hf_expand_label(hash, base->bytes, "finished", (hf_span){NULL, 0}, key, size);
    hf_hmac_once(hash, key, size, transcript, size, out);
    hf_wipe(key, sizeof key);
}

hf_code hf_record_keys13(hf_record_keys *keys, const hf_crypto *crypto, const hf_suite *suite,
                         const hf_traffic_secret *secret, bool sealing)
{
    uint8_t key[KEY_MAX];
    const output outputs[] = {
        {"key", key, hf_aead_key_size(suite->aead)},
        {"iv", keys->iv, HF_NONCE_SIZE},
    };
    hf_aead_release(&keys->aead);
    expand(suite->hash, secret->bytes, (hf_span){NULL, 0}, outputs, 2);
    hf_code code = hf_aead_init(&keys->aead, crypto, suite->aead, key, sealing);
    hf_wipe(key, sizeof key);
    keys->sequence = 0;
    keys->explicit_nonce = false;
    keys->active = code == HF_OK;
    return code;
}
