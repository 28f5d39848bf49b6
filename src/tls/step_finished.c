/* Finished, both versions and roles (RFC 8446 4.4.4, RFC 5246 7.4.9). */
#include "tls/handshake.h"

#include "tls/keys/schedule12.h"
#include "tls/keys/schedule13.h"
#include "tls/keys/transcript.h"
#include "wire/secret.h"

#include "crypto/crypto.h"

/* verify_data over all messages so far; returns its length. */
static size_t verify_data(hf_handshake *hs, bool ours, uint8_t out[HF_HASH_MAX])
{
    uint8_t transcript[HF_HASH_MAX];
    hf_hash_id hash = hs->suite->hash;
    hf_transcript_now(&hs->transcript, transcript);
    if (HF_HAS_TLS12 && hf_is12(hs)) { /* said twice for builds that do not optimise */
        bool client = ours != hf_is_server(hs);
        hf_finished12(hash, &hs->secret.master12, client, transcript, out);
        return HF_VERIFY_DATA12;
    }
    hf_finished13(hash, ours ? hf_our_secret(hs) : hf_peer_secret(hs), transcript, out);
    return hf_hash_size(hash);
}

hf_code hf_send_finished(hf_handshake *hs, hf_writer *w)
{
    uint8_t data[HF_HASH_MAX];
    size_t len = verify_data(hs, true, data);
    hf_write_u8(w, HF_FINISHED);
    hf_write_vec(w, 3, (hf_span){data, len});
    return HF_OK;
}

hf_code hf_recv_finished(hf_handshake *hs, hf_reader *body)
{
    uint8_t expected[HF_HASH_MAX];
    size_t len = verify_data(hs, false, expected);
    hf_span theirs = hf_read_bytes(body, len);
    if (!hf_read_done(body)) {
        return HF_E_DECODE;
    }
    return hf_same_secret(expected, theirs.ptr, len) ? HF_OK : HF_E_FINISHED;
}
