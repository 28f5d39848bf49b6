/* ServerHello and HelloRetryRequest (RFC 8446 4.1.3, 4.1.4; RFC 5246 7.4.1.3). */
#include "tls/message/message.h"

#include <string.h>

/* SHA-256 of "HelloRetryRequest" (RFC 8446 4.1.3). */
static const uint8_t RETRY_RANDOM[32] = {
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};

bool hf_is_retry_random(const uint8_t random[32])
{
    return memcmp(random, RETRY_RANDOM, sizeof RETRY_RANDOM) == 0;
}

hf_code hf_server_hello_parse(hf_reader *r, hf_server_hello *hello, uint32_t *detail)
{
    hf_code code = HF_OK;
    memset(hello, 0, sizeof *hello);
    hello->legacy_version = hf_read_u16(r);
    hello->random = hf_read_bytes(r, 32).ptr;
    hello->session_id = hf_read_vec(r, 1, 0, 32);
    hello->suite = hf_read_u16(r);
    hello->compression = hf_read_u8(r);
    if (!r->bad && hf_read_left(r) > 0) { /* a TLS 1.2 server may leave the block out */
        bool retry = hf_is_retry_random(hello->random);
        code = hf_extensions_parse(r, 0, retry, &hello->extensions, detail);
    }
    return hf_message_end(r, code);
}

static void write_version(hf_writer *w)
{
    hf_write_u16(w, HF_EXT_SUPPORTED_VERSIONS);
    hf_write_u16(w, 2);
    hf_write_u16(w, HF_TLS13);
}

/* In a HelloRetryRequest the group alone (RFC 8446 4.2.8). */
static void write_key_share(hf_writer *w, const hf_server_hello_out *hello)
{
    hf_write_u16(w, HF_EXT_KEY_SHARE);
    size_t body = hf_write_open(w, 2);
    hf_write_u16(w, hello->group);
    if (hello->random != NULL) {
        hf_write_vec(w, 2, hello->point);
    }
    hf_write_close(w, body, 2);
}

static void write_extensions(hf_writer *w, const hf_server_hello_out *hello)
{
    if (hello->version == HF_TLS12) {
        hf_answers_write(w, hello->answers);
        return;
    }
    write_version(w);
    if (hello->with_share) {
        write_key_share(w, hello);
    }
    if (hello->with_psk) { /* RFC 8446 4.2.11 */
        hf_write_u16(w, HF_EXT_PRE_SHARED_KEY);
        hf_write_u16(w, 2);
        hf_write_u16(w, hello->selected_psk);
    }
    if (hello->cookie.len > 0) {
        hf_cookie_write(w, hello->cookie);
    }
}

void hf_server_hello_write(hf_writer *w, const hf_server_hello_out *hello)
{
    hf_write_u8(w, HF_SERVER_HELLO);
    size_t message = hf_write_open(w, 3);
    hf_write_u16(w, HF_TLS12); /* RFC 8446 4.1.3: legacy_version */
    hf_write_bytes(w, hello->random == NULL ? RETRY_RANDOM : hello->random, 32);
    hf_write_vec(w, 1, hello->session_id);
    hf_write_u16(w, hello->suite);
    hf_write_u8(w, 0); /* null compression */
    size_t block = hf_write_open(w, 2);
    write_extensions(w, hello);
    if (w->len > block + 2 || hello->version != HF_TLS12) {
        hf_write_close(w, block, 2);
    } else {
        w->len -= 2; /* RFC 5246 7.4.1.3: no extensions, no block */
    }
    hf_write_close(w, message, 3);
}
