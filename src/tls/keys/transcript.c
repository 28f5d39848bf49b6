/* The transcript hash: see transcript.h. */
#include "tls/keys/transcript.h"

#include "crypto/crypto.h"

#define MESSAGE_HASH 254

void hf_transcript_start(hf_transcript *transcript, hf_hash_id hash)
{
    hf_hash_start(&transcript->hash, hash);
}

bool hf_transcript_started(const hf_transcript *transcript)
{
    return transcript->hash.id != HF_HASH_NONE;
}

void hf_transcript_add(hf_transcript *transcript, const uint8_t *ptr, size_t len)
{
    hf_hash_add(&transcript->hash, ptr, len);
}

void hf_transcript_now(const hf_transcript *transcript, uint8_t out[HF_HASH_MAX])
{
    hf_hash copy;
    hf_hash_clone(&copy, &transcript->hash);
    hf_hash_final(&copy, out);
}

void hf_transcript_from_hash(hf_transcript *transcript, hf_hash_id hash, const uint8_t *first)
{
    const uint8_t header[] = {MESSAGE_HASH, 0, 0, (uint8_t)hf_hash_size(hash)};
    hf_hash_start(&transcript->hash, hash);
    hf_hash_add(&transcript->hash, header, sizeof header);
    hf_hash_add(&transcript->hash, first, hf_hash_size(hash));
}

void hf_transcript_retry(hf_transcript *transcript)
{
    hf_hash_id id = (hf_hash_id)transcript->hash.id;
    uint8_t first[HF_HASH_MAX];
    hf_hash_final(&transcript->hash, first);
    hf_transcript_from_hash(transcript, id, first);
}
