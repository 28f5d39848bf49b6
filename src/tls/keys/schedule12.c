/* The TLS 1.2 key schedule: see schedule12.h. */
#include "tls/keys/schedule12.h"

#include "crypto/crypto.h"
#include "wire/secret.h"
#include "wire/writer.h"

#include <string.h>

#define KEY_MAX 32

#define LABEL(text)                                                                                \
    {                                                                                              \
        (const uint8_t *)(text), sizeof(text) - 1                                                  \
    }

void hf_extended_master(hf_hash_id hash, hf_span premaster, const uint8_t *session_hash,
                        hf_master_secret12 *master)
{
    const hf_span seed[] = {LABEL("extended master secret"), {session_hash, hf_hash_size(hash)}};
    hf_prf12(hash, premaster, seed, 2, master->bytes, sizeof master->bytes);
}

void hf_legacy_master(hf_hash_id hash, hf_span premaster, const uint8_t client_random[32],
                      const uint8_t server_random[32], hf_master_secret12 *master)
{
    const hf_span seed[] = {LABEL("master secret"), {client_random, 32}, {server_random, 32}};
    hf_prf12(hash, premaster, seed, 3, master->bytes, sizeof master->bytes);
}

/* What is derived from a master secret. */
static void derive(hf_hash_id hash, const hf_master_secret12 *master, const hf_span *seed,
                   size_t count, uint8_t *out, size_t len)
{
    hf_prf12(hash, (hf_span){master->bytes, sizeof master->bytes}, seed, count, out, len);
}

void hf_finished12(hf_hash_id hash, const hf_master_secret12 *master, bool client,
                   const uint8_t *transcript, uint8_t out[HF_VERIFY_DATA12])
{
    hf_span seed[] = {LABEL("server finished"), {transcript, hf_hash_size(hash)}};
    if (client) {
        seed[0].ptr = (const uint8_t *)"client finished"; /* as long */
    }
    derive(hash, master, seed, 2, out, HF_VERIFY_DATA12);
}

void hf_export12(hf_hash_id hash, const hf_master_secret12 *master, const char *label,
                 const uint8_t client_random[32], const uint8_t server_random[32],
                 const hf_span *context, uint8_t *out, size_t len)
{
    uint8_t seed[32 + 32 + 2];
    hf_writer w = hf_write_to(seed, sizeof seed);
    hf_write_bytes(&w, client_random, 32);
    hf_write_bytes(&w, server_random, 32);
    hf_span parts[] = {{(const uint8_t *)label, strlen(label)}, {seed, w.len}, {NULL, 0}};
    if (context != NULL) {
        hf_write_u16(&w, (uint16_t)context->len);
        parts[1].len = w.len;
        parts[2] = *context;
    }
    derive(hash, master, parts, 3, out, len);
}

/* One direction's part of the key block. */
static hf_code bind_keys(hf_record_keys *keys, const hf_crypto *crypto, const hf_suite *suite,
                         const uint8_t *key, const uint8_t *iv, size_t iv_len, bool sealing)
{
    hf_aead_release(&keys->aead);
    memset(keys->iv, 0, sizeof keys->iv);
    memcpy(keys->iv, iv, iv_len);
    keys->sequence = 0;
    keys->explicit_nonce = suite->explicit_nonce;
    return hf_aead_init(&keys->aead, crypto, suite->aead, key, sealing);
}

hf_code hf_record_keys12(hf_record_keys *sealing, hf_record_keys *opening, const hf_crypto *crypto,
                         const hf_suite *suite, const hf_master_secret12 *master,
                         const uint8_t client_random[32], const uint8_t server_random[32],
                         bool client)
{
    const hf_span seed[] = {LABEL("key expansion"), {server_random, 32}, {client_random, 32}};
    uint8_t block[2 * KEY_MAX + 2 * HF_NONCE_SIZE];
    size_t key = hf_aead_key_size(suite->aead);
    size_t iv = suite->explicit_nonce ? 4 : HF_NONCE_SIZE; /* RFC 5288 3, RFC 7905 2 */
    hf_code code = HF_OK;
    derive(suite->hash, master, seed, 3, block, 2 * key + 2 * iv);
    for (size_t i = 0; i < 2 && code == HF_OK; i++) { /* what the client writes with comes first */
        bool ours = client == (i == 0);
        code = bind_keys(ours ? sealing : opening, crypto, suite, block + i * key,
                         block + 2 * key + i * iv, iv, ours);
    }
    hf_wipe(block, sizeof block);
    return code;
}
