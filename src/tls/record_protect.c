/* What a record is sealed and opened with (RFC 8446 5.2, 5.3; RFC 5246 6.2.3.3). */
#include "tls/record.h"

#include "crypto/crypto.h"
#include "wire/secret.h"

#include <string.h>

void hf_record_keys_release(hf_record_keys *keys)
{
    hf_aead_release(&keys->aead);
    hf_wipe(keys, sizeof *keys);
}

void hf_record_sequence(const hf_record_keys *keys, uint8_t out[8])
{
    uint64_t rest = keys->sequence;
    for (unsigned i = 8; i-- > 0; rest >>= 8) {
        out[i] = (uint8_t)rest;
    }
}

void hf_record_protect(const hf_record_keys *keys, bool version13, const uint8_t *header,
                       uint32_t plain, hf_record_protection *with)
{
    hf_record_sequence(keys, with->ad); /* where TLS 1.2 has it */
    memcpy(with->nonce, keys->iv, HF_NONCE_SIZE);
    for (unsigned i = 0; i < 8; i++) {
        with->nonce[4 + i] ^= with->ad[i]; /* RFC 8446 5.3, RFC 7905 2 */
    }
    if (version13 || !HF_HAS_TLS12) {
        memcpy(with->ad, header, HF_RECORD_HEADER);
        with->ad_len = HF_RECORD_HEADER;
        return;
    }
    if (keys->explicit_nonce) { /* RFC 5288 3: behind the salt what stands in the record */
        memcpy(with->nonce + 4, header + HF_RECORD_HEADER, 8);
    }
    memcpy(with->ad + 8, header, 3);
    with->ad[11] = (uint8_t)(plain >> 8);
    with->ad[12] = (uint8_t)plain;
    with->ad_len = 13;
}
