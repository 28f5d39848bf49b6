/* What a connection carries. See decode_find.h. */
#include "decode_find.h"

#include "decode_mqtt.h"

#include <string.h>

#define FIRST        32u
#define CLIENT_HELLO 1u
#define SERVER_HELLO 2u

static bool begins(const uint8_t *data, size_t len, const char *with)
{
    size_t n = strlen(with);
    return len >= n && memcmp(data, with, n) == 0;
}

static bool is_http(const uint8_t *data, size_t len)
{
    static const char *const WORDS[] = {"GET ",   "POST ",    "PUT ",     "HEAD ", "DELETE ",
                                        "PATCH ", "OPTIONS ", "CONNECT ", "HTTP/"};
    for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++) {
        if (begins(data, len, WORDS[i])) {
            return true;
        }
    }
    return false;
}

/* Type of the handshake message that a direction begins with; 0: it begins with none. */
static unsigned first_message(const decode_half *half)
{
    uint8_t data[FIRST];
    size_t len = decode_first_bytes(half, data, sizeof data);
    bool hello = len >= 6 && decode_is_header(data) && data[0] == 22;
    return hello && (data[5] == CLIENT_HELLO || data[5] == SERVER_HELLO) ? data[5] : 0;
}

/* An alert in the clear, as a server's only answer. */
static bool is_alert(const decode_half *half)
{
    uint8_t data[FIRST];
    size_t len = decode_first_bytes(half, data, sizeof data);
    return len >= 7 && decode_is_header(data) && data[0] == 21 && data[3] == 0 && data[4] == 2;
}

/* Records somewhere in what there is of a direction whose beginning is missing. */
static bool has_records(const decode_half *half, decode_stream *scratch)
{
    bool lost = half->chunks_count > 0 && half->chunks[0].lost > 0;
    if (half->syn && !lost) {
        return false;
    }
    decode_stream_begin(scratch, half);
    return decode_stream_peek(scratch) == DECODE_RECORD;
}

static decode_content by_first_bytes(const decode_half *half)
{
    uint8_t data[FIRST];
    size_t len = decode_first_bytes(half, data, sizeof data);
    if (len == 0) {
        return DECODE_IS_NOTHING;
    }
    if (is_http(data, len)) {
        return DECODE_IS_HTTP;
    }
    if (begins(data, len, "SSH-")) {
        return DECODE_IS_SSH;
    }
    return decode_is_mqtt((hf_span){data, len}) ? DECODE_IS_MQTT : DECODE_IS_OTHER;
}

decode_content decode_find(const decode_flow *flow, decode_stream *scratch, unsigned *client)
{
    unsigned first[2] = {first_message(&flow->halves[0]), first_message(&flow->halves[1])};
    *client = first[1] == CLIENT_HELLO || first[0] == SERVER_HELLO ? 1 : 0;
    if (first[0] == CLIENT_HELLO || first[1] == CLIENT_HELLO) {
        return DECODE_IS_TLS;
    }
    if (first[0] == SERVER_HELLO || first[1] == SERVER_HELLO) {
        return DECODE_IS_TLS_LATE;
    }
    decode_content there = by_first_bytes(&flow->halves[0]);
    decode_content back = by_first_bytes(&flow->halves[1]);
    decode_content named = there == DECODE_IS_OTHER || there == DECODE_IS_NOTHING ? back : there;
    if (named != DECODE_IS_OTHER && named != DECODE_IS_NOTHING) {
        return named;
    }
    if (has_records(&flow->halves[0], scratch) || has_records(&flow->halves[1], scratch) ||
        is_alert(&flow->halves[0]) || is_alert(&flow->halves[1])) {
        return DECODE_IS_TLS_LATE;
    }
    return there == DECODE_IS_NOTHING ? back : there;
}

const char *decode_content_text(decode_content content)
{
    static const char *const TEXTS[] = {
        [DECODE_IS_NOTHING] = "no data",
        [DECODE_IS_TLS] = "TLS",
        [DECODE_IS_TLS_LATE] = "TLS, without its beginning",
        [DECODE_IS_HTTP] = "HTTP, not encrypted",
        [DECODE_IS_MQTT] = "MQTT, not encrypted",
        [DECODE_IS_SSH] = "SSH",
        [DECODE_IS_OTHER] = "no TLS",
    };
    return TEXTS[content];
}

const char *decode_content_name(decode_content content)
{
    static const char *const NAMES[] = {
        [DECODE_IS_NOTHING] = "nothing", [DECODE_IS_TLS] = "tls",   [DECODE_IS_TLS_LATE] = "tls",
        [DECODE_IS_HTTP] = "http",       [DECODE_IS_MQTT] = "mqtt", [DECODE_IS_SSH] = "ssh",
        [DECODE_IS_OTHER] = "other",
    };
    return NAMES[content];
}
