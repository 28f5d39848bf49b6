/* Opening records from outside. See decode_open.h. */
#include "decode_open.h"

#include "crypto/crypto.h"
#include "tls/keys/schedule12.h"
#include "tls/keys/schedule13.h"
#include "tls/record.h"
#include "wire/secret.h"

#include <string.h>

#define AHEAD_MAX    512u /* record numbers that are tried behind a gap */
#define LEAST_RECORD 22u  /* bytes of the shortest sealed record: header, type, tag */

#define GCM_128  HF_TLS12, HF_AES_128_GCM, HF_SHA256, 0, true
#define GCM_256  HF_TLS12, HF_AES_256_GCM, HF_SHA384, 0, true
#define CCM_128  HF_TLS12, HF_AES_128_CCM, HF_SHA256, 0, true
#define CHACHA20 HF_TLS12, HF_CHACHA20_POLY1305, HF_SHA256, 0, false

/* Suites of TLS 1.2 that the engine never offers, with an AEAD that it has (RFC 5288, RFC 5487, RFC
 * 6655, RFC 7251, RFC 7905, RFC 8442): none of them differs in how records are sealed. */
static const hf_suite OTHERS[] = {
    {0x009c, GCM_128},  /* TLS_RSA_WITH_AES_128_GCM_SHA256 */
    {0x009d, GCM_256},  /* TLS_RSA_WITH_AES_256_GCM_SHA384 */
    {0x009e, GCM_128},  /* TLS_DHE_RSA_WITH_AES_128_GCM_SHA256 */
    {0x009f, GCM_256},  /* TLS_DHE_RSA_WITH_AES_256_GCM_SHA384 */
    {0x00a8, GCM_128},  /* TLS_PSK_WITH_AES_128_GCM_SHA256 */
    {0x00a9, GCM_256},  /* TLS_PSK_WITH_AES_256_GCM_SHA384 */
    {0x00aa, GCM_128},  /* TLS_DHE_PSK_WITH_AES_128_GCM_SHA256 */
    {0x00ab, GCM_256},  /* TLS_DHE_PSK_WITH_AES_256_GCM_SHA384 */
    {0xc02d, GCM_128},  /* TLS_ECDH_ECDSA_WITH_AES_128_GCM_SHA256 */
    {0xc09c, CCM_128},  /* TLS_RSA_WITH_AES_128_CCM */
    {0xc09e, CCM_128},  /* TLS_DHE_RSA_WITH_AES_128_CCM */
    {0xc0a4, CCM_128},  /* TLS_PSK_WITH_AES_128_CCM */
    {0xc0a6, CCM_128},  /* TLS_DHE_PSK_WITH_AES_128_CCM */
    {0xd001, GCM_128},  /* TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256 */
    {0xd002, GCM_256},  /* TLS_ECDHE_PSK_WITH_AES_256_GCM_SHA384 */
    {0xccaa, CHACHA20}, /* TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256 */
    {0xccab, CHACHA20}, /* TLS_PSK_WITH_CHACHA20_POLY1305_SHA256 */
    {0xccac, CHACHA20}, /* TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256 */
};

const hf_suite *decode_suite(uint16_t id)
{
    const hf_suite *suite = hf_suite_find(id);
    for (size_t i = 0; suite == NULL && i < sizeof OTHERS / sizeof OTHERS[0]; i++) {
        suite = OTHERS[i].id == id ? &OTHERS[i] : NULL;
    }
    return suite != NULL && hf_crypto_has_aead(suite->aead) ? suite : NULL;
}

/* ---- keys */

void decode_opener_secret(decode_opener *opener, unsigned epoch, const decode_secret *secret)
{
    bool fits =
        secret != NULL && opener->suite != NULL && secret->len == hf_hash_size(opener->suite->hash);
    opener->known[epoch] = fits;
    if (fits) {
        memcpy(opener->secrets[epoch].bytes, secret->bytes, secret->len);
    }
}

static void derive(decode_opener *opener, hf_record_keys *keys, unsigned epoch)
{
    hf_record_keys_release(keys);
    if (opener->known[epoch]) {
        (void)hf_record_keys13(keys, opener->crypto, opener->suite, &opener->secrets[epoch],
                               false); /* without them it is as if the secret were not known */
    }
}

void decode_opener_enter(decode_opener *opener, unsigned epoch)
{
    opener->epoch = (uint8_t)epoch;
    opener->version13 = true;
    hf_record_keys_release(&opener->early);
    if (epoch == DECODE_EARLY) {
        derive(opener, &opener->early, DECODE_EARLY);
        epoch = DECODE_HANDSHAKE;
    }
    derive(opener, &opener->keys, epoch);
}

void decode_opener_update(decode_opener *opener)
{
    if (opener->known[DECODE_APPLICATION]) {
        hf_next_traffic(opener->suite->hash, &opener->secrets[DECODE_APPLICATION]);
        derive(opener, &opener->keys, DECODE_APPLICATION);
    }
}

void decode_opener_enter12(decode_opener *opener, const decode_secret *master,
                           const uint8_t client_random[32], const uint8_t server_random[32],
                           bool client)
{
    hf_record_keys other = {.active = false};
    opener->epoch = DECODE_APPLICATION;
    opener->version13 = false;
    hf_record_keys_release(&opener->keys);
    if (master == NULL || opener->suite == NULL) {
        return;
    }
    hf_master_secret12 secret;
    memcpy(secret.bytes, master->bytes, sizeof secret.bytes);
    /* The other side opens what this one has sealed. */
    hf_code code = hf_record_keys12(&other, &opener->keys, opener->crypto, opener->suite, &secret,
                                    client_random, server_random, !client);
    opener->keys.active = code == HF_OK;
    hf_record_keys_release(&other);
    hf_wipe(&secret, sizeof secret);
}

bool decode_opener_can(const decode_opener *opener)
{
    return opener->suite != NULL &&
           (opener->keys.active || opener->early.active || opener->known[DECODE_APPLICATION]);
}

void decode_opener_release(decode_opener *opener)
{
    hf_record_keys_release(&opener->keys);
    hf_record_keys_release(&opener->early);
    hf_wipe(opener, sizeof *opener);
}

/* ---- records */

/* With the number that the keys stand at. The bytes of the record stay as they are. */
static bool try_once(decode_opener *opener, hf_record_keys *keys, const decode_record *record,
                     size_t *len)
{
    size_t apart = hf_record_explicit(keys);
    size_t around = HF_RECORD_HEADER + apart + HF_TAG_SIZE;
    if (!keys->active || record->len < around) {
        return false;
    }
    size_t plain = record->len - around;
    const uint8_t *body = record->bytes + HF_RECORD_HEADER;
    hf_record_protection with;
    hf_record_protect(keys, opener->version13, record->bytes, (uint32_t)plain, &with);
    memcpy(opener->plain, body + apart, plain + HF_TAG_SIZE); /* the tag stays behind the text */
    *len = plain;
    return hf_aead_open(&keys->aead, with.nonce, (hf_span){with.ad, with.ad_len}, opener->plain,
                        plain, opener->plain + plain) == HF_OK;
}

/* Also with later numbers, when records were lost. */
static bool try_keys(decode_opener *opener, hf_record_keys *keys, const decode_record *record,
                     size_t *len)
{
    uint64_t first = keys->sequence;
    uint64_t may = opener->gap ? opener->lost / LEAST_RECORD + 1 : 0;
    may = may < AHEAD_MAX ? may : AHEAD_MAX;
    for (uint64_t ahead = 0; ahead <= may && opener->trials < DECODE_TRIALS_MAX; ahead++) {
        keys->sequence = first + ahead;
        opener->trials += ahead > 0 ? 1 : 0;
        if (try_once(opener, keys, record, len)) {
            keys->sequence++;
            opener->gap = false;
            opener->lost = 0;
            return true;
        }
    }
    keys->sequence = first;
    return false;
}

/* The keys behind those of the handshake: the Finished before them was lost, or is not readable
 * because the log lacks the secrets of the handshake. */
static bool try_next(decode_opener *opener, const decode_record *record, size_t *len)
{
    bool late = opener->gap || !opener->known[DECODE_HANDSHAKE];
    bool before = opener->epoch == DECODE_HANDSHAKE || opener->epoch == DECODE_EARLY;
    if (!opener->version13 || !late || !before || !opener->known[DECODE_APPLICATION]) {
        return false;
    }
    hf_record_keys next = {.active = false};
    derive(opener, &next, DECODE_APPLICATION);
    bool opened = try_keys(opener, &next, record, len);
    if (opened) {
        uint64_t sequence = next.sequence;
        decode_opener_enter(opener, DECODE_APPLICATION);
        opener->keys.sequence = sequence;
    }
    hf_record_keys_release(&next);
    return opened;
}

static bool try_all(decode_opener *opener, const decode_record *record, size_t *len)
{
    if (try_keys(opener, &opener->early, record, len)) {
        return true;
    }
    if (try_keys(opener, &opener->keys, record, len)) {
        if (opener->epoch == DECODE_EARLY) { /* the server did not take the early data */
            opener->epoch = DECODE_HANDSHAKE;
            hf_record_keys_release(&opener->early);
        }
        return true;
    }
    return try_next(opener, record, len);
}

/* RFC 8446 5.4: the last byte that is not zero is the type. */
static bool strip(const uint8_t *plain, size_t *len, uint8_t *type)
{
    while (*len > 0 && plain[*len - 1] == 0) {
        (*len)--;
    }
    if (*len == 0) {
        return false;
    }
    (*len)--;
    *type = plain[*len];
    return true;
}

bool decode_opener_open(decode_opener *opener, const decode_record *record, uint8_t *type,
                        hf_span *content)
{
    size_t len = 0;
    if (record->lost > 0) {
        opener->gap = true;
        opener->lost += record->lost;
    }
    if (!decode_opener_can(opener) || !try_all(opener, record, &len)) {
        return false;
    }
    *type = record->bytes[0];
    if (opener->version13 && !strip(opener->plain, &len, type)) {
        return false;
    }
    *content = (hf_span){opener->plain, len};
    return true;
}
