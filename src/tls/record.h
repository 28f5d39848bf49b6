/* The record layer (RFC 8446 5, RFC 5246 6.2): bytes of the transport <-> content with a type.
 *
 * Receiving: the program puts bytes into the buffer; hf_record_next() deframes and opens one record
 * at a time and hands its content on, in place. A record that is larger than the buffer is opened
 * in pieces where that is allowed: content is then handed on before the tag is checked
 * ("tentative"), and whoever takes it must let nothing leave before hf_record_next() has said
 * that the record is over. Sending: content is appended to an open record in the buffer, which is
 * sealed when it is full or flushed. Room for one alert is always kept.
 *
 * Nothing here knows handshake messages, and nothing calls up.
 */
#ifndef HF_TLS_RECORD_H
#define HF_TLS_RECORD_H

#include <handfast/tls_state.h>

enum hf_content_type {
    HF_CHANGE_CIPHER_SPEC = 20,
    HF_CONTENT_ALERT = 21,
    HF_CONTENT_HANDSHAKE = 22,
    HF_CONTENT_DATA = 23,
};

#define HF_PLAINTEXT_MAX  16384u
#define HF_CIPHERTEXT_MAX (HF_PLAINTEXT_MAX + 256u)
#define HF_RECORD_HEADER  5u
#define HF_ALERT_ROOM     (HF_RECORD_HEADER + 8u + 3u + HF_TAG_SIZE)
#define HF_EMPTY_MAX      32u /* empty application records in a row, unless configured */
#define HF_CCS_MAX        32u /* dropped change_cipher_spec records */

/* ---- receiving */
void hf_record_in_init(hf_record_in *in, hf_space buffer);
uint8_t *hf_record_space(hf_record_in *in, size_t *room);
void hf_record_received(hf_record_in *in, size_t len);

/* Goes on to the next content. Call it only when all content before was taken. HF_OK: content is
 * there (in->type, hf_record_content()); without content: a record opened in pieces is over and
 * authentic, and in->type is now known. HF_PENDING: more bytes are needed. `detail` is set for
 * errors whose text speaks of it. */
hf_code hf_record_next(hf_record_in *in, uint32_t *detail);
static inline bool hf_record_has_content(const hf_record_in *in)
{
    return in->held_out != 0 || in->zeros_out > 0 || in->content_len > 0;
}
hf_span hf_record_content(const hf_record_in *in);
void hf_record_take(hf_record_in *in, size_t len);
bool hf_record_tentative(const hf_record_in *in); /* content whose tag is not checked yet */
bool hf_record_at_end(const hf_record_in *in);    /* no record is half taken */

/* ---- sending */
void hf_record_out_init(hf_record_out *out, hf_space buffer);

/* Room for content of `type` in the open record; opens one (sealing an open one of another type) if
 * need be. Empty when there is none before output is taken. */
hf_code hf_record_room(hf_record_out *out, uint8_t type, hf_space *room);
bool hf_record_drained(const hf_record_out *out);      /* all output was taken */
size_t hf_record_capacity(const hf_record_out *out);   /* content that fits into an empty buffer */
size_t hf_record_free(const hf_record_out *out);       /* content that fits now */
void hf_record_append(hf_record_out *out, size_t len); /* of that room */
hf_code hf_record_flush(hf_record_out *out);           /* seals the open record, if any */
size_t hf_record_plaintext_limit(const hf_record_out *out);

/* Seals the open record, if any, and writes an alert behind it; there is always room for one. */
hf_code hf_record_alert(hf_record_out *out, uint8_t level, uint8_t description);

/* ---- both: record_protect.c */
typedef struct hf_record_protection {
    uint8_t nonce[HF_NONCE_SIZE];
    uint8_t ad[13]; /* additional data */
    uint8_t ad_len;
} hf_record_protection;
void hf_record_sequence(const hf_record_keys *keys, uint8_t out[8]); /* as it is sent */
/* For the record with this header, which stands before its body, and `plain` bytes inside. */
void hf_record_protect(const hf_record_keys *keys, bool version13, const uint8_t *header,
                       uint32_t plain, hf_record_protection *with);
/* Bytes between header and ciphertext: the explicit nonce of TLS 1.2. */
static inline uint32_t hf_record_explicit(const hf_record_keys *keys)
{
    return HF_HAS_TLS12 && keys->explicit_nonce ? 8 : 0;
}
void hf_record_keys_release(hf_record_keys *keys);

#endif
