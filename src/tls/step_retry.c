/* HelloRetryRequest, a server's side (RFC 8446 4.1.4), and its cookie (4.2.2).
 *
 * The cookie holds what another engine with the same key needs to go on without the first hello:
 * suite, group, hash of that hello, digest of what may not change, all under an HMAC. It is bound
 * to nothing else: like the hello it stands for, it can be replayed, and proves only that this was
 * said.
 */
#include "tls/handshake.h"

#include "crypto/crypto.h"
#include "tls/keys/transcript.h"
#include "tls/offer.h"
#include "wire/reader.h"
#include "wire/secret.h"

#include <string.h>

#define KEY_LEN 32u
#define MAC_LEN 32u

static void mac(const hf_config *config, const uint8_t *bytes, size_t len, uint8_t out[MAC_LEN])
{
    static const char CONTEXT[] = "handfast cookie";
    uint8_t value[HF_HASH_MAX];
    hf_hmac hmac;
    const hf_span parts[] = {{(const uint8_t *)CONTEXT, sizeof CONTEXT}, {bytes, len}};
    hf_hmac_start(&hmac, HF_SHA256, config->cookie_key, KEY_LEN);
    hf_hmac_parts(&hmac, parts, 2, value);
    hf_hmac_drop(&hmac);
    memcpy(out, value, MAC_LEN);
}

bool hf_make_cookie(const hf_handshake *hs, uint8_t cookie[HF_COOKIE_MAX], size_t *len)
{
    if (hs->config->cookie_key == NULL) {
        return false;
    }
    hf_writer w = hf_write_to(cookie, HF_COOKIE_MAX);
    hf_write_u16(&w, hs->suite->id);
    hf_write_u16(&w, hs->group);
    hf_write_vec(&w, 1, (hf_span){hs->secret.first_hash, hf_hash_size(hs->suite->hash)});
    hf_write_bytes(&w, hs->hello_digest, sizeof hs->hello_digest);
    uint8_t *tag = hf_write_space(&w, MAC_LEN);
    mac(hs->config, cookie, w.len - MAC_LEN, tag);
    *len = w.len;
    return true;
}

static void write_retry(const hf_handshake *hs, hf_writer *w, hf_span session_id)
{
    uint8_t cookie[HF_COOKIE_MAX];
    size_t len = 0;
    hf_server_hello_out hello = {
        .version = HF_TLS13,
        .session_id = session_id,
        .suite = hs->suite->id,
        .group = hs->group,
        .with_share = true,
    };
    if (hf_make_cookie(hs, cookie, &len)) {
        hello.cookie = (hf_span){cookie, len};
    }
    hf_server_hello_write(w, &hello);
}

hf_code hf_send_retry(hf_handshake *hs, hf_writer *w)
{
    write_retry(hs, w, hs->session_id);
    return HF_OK;
}

/* ---- a hello with a cookie that this connection has not given out */

/* The suite that was settled with the first hello. A PSK may have decided it, and is looked at
 * later: then it need not be the one that certificates would get. */
static const hf_suite *settled_suite(const hf_handshake *hs, const hf_client_hello *hello,
                                     uint16_t id)
{
    const hf_suite *suite = hf_suite_find(id);
    bool common = suite != NULL && suite->version == HF_TLS13 && hf_offers_suite(hs->config, id) &&
                  hf_numbers_have(hello->suites, id);
    bool free = hs->suite == NULL || hs->config->psks.find != NULL;
    return common && (free || hs->suite == suite) ? suite : NULL;
}

static hf_code read_cookie(hf_handshake *hs, const hf_client_hello *hello)
{
    const hf_span cookie = hello->cookie;
    uint8_t tag[MAC_LEN];
    hf_reader r = hf_read_span_of(cookie);
    uint16_t suite = hf_read_u16(&r);
    uint16_t group = hf_read_u16(&r);
    hf_span first = hf_read_vec(&r, 1, 32, HF_SECRET_MAX);
    hf_span digest = hf_read_bytes(&r, sizeof hs->hello_digest);
    hf_span theirs = hf_read_bytes(&r, MAC_LEN);
    if (!hf_read_done(&r)) {
        return HF_E_COOKIE;
    }
    mac(hs->config, cookie.ptr, cookie.len - MAC_LEN, tag);
    bool ours = hf_same_secret(tag, theirs.ptr, MAC_LEN);
    const hf_suite *settled = settled_suite(hs, hello, suite);
    bool fits = settled != NULL && first.len == hf_hash_size(settled->hash);
    if (!ours || !fits || !hf_offers_group(hs->config, group)) {
        return HF_E_COOKIE;
    }
    hs->suite = settled;
    hs->group = group;
    memcpy(hs->secret.first_hash, first.ptr, first.len);
    memcpy(hs->hello_digest, digest.ptr, digest.len);
    return HF_OK;
}

/* The transcript as it stood when the HelloRetryRequest was sent. */
static hf_code restore_transcript(hf_handshake *hs, hf_span session_id)
{
    uint8_t bytes[256]; /* a HelloRetryRequest has at most 4 + 38 + 32 + 60 bytes and the cookie */
    hf_writer w = hf_write_to(bytes, sizeof bytes);
    hf_transcript_from_hash(&hs->transcript, hs->suite->hash, hs->secret.first_hash);
    write_retry(hs, &w, session_id);
    hf_transcript_add(&hs->transcript, bytes, w.len);
    return w.bad ? HF_E_INTERNAL : HF_OK;
}

hf_code hf_resume_from_cookie(hf_handshake *hs, const hf_client_hello *hello)
{
    hf_code code = hs->config->cookie_key == NULL ? HF_E_COOKIE : read_cookie(hs, hello);
    code = code == HF_OK ? restore_transcript(hs, hello->session_id) : code;
    code = code == HF_OK ? hf_take_second_hello(hs, hello) : code;
    if (code == HF_OK) {
        hs->facts |= HF_FACT_RETRY;
        hs->effects |= HF_EFFECT_VERSION;
        hs->row = (uint8_t)hf_flow_second_hello();
    }
    return code;
}
