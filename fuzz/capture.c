/* Fuzz target: a capture as `handfast decode` reads it, from the file to the events.
 *
 * Input: the file, with its secrets. What must hold: nothing is read outside of it, work ends,
 * events keep to what include/handfast/trace.h says of them.
 */
#include "fuzz.h"

#include "decode_capture.h"
#include "decode_find.h"
#include "decode_tls.h"

#include "crypto/crypto.h"

typedef struct counts {
    size_t records;
    size_t changes;
} counts;

static void take_event(void *ctx, const hf_event *event, int64_t time)
{
    counts *seen = ctx;
    (void)time;
    REQUIRE(event->body.len == 0 || event->body.ptr != NULL);
    if (event->kind == HF_EVENT_RECORD) {
        seen->records++;
        REQUIRE(event->size > 5 && event->size <= DECODE_RECORD_MAX);
        REQUIRE(event->content < event->size && event->body.len <= 2);
    } else if (event->kind == HF_EVENT_MESSAGE) {
        REQUIRE(event->offset == 0 && event->body.len == event->size);
        REQUIRE(event->size <= DECODE_MESSAGE_MAX);
    } else if (event->kind == HF_EVENT_PACKET) {
        REQUIRE(event->size >= 2 && event->body.len < event->size);
    } else if (event->kind == HF_EVENT_KEYS) {
        seen->changes++;
    }
}

static void take_note(void *ctx, int64_t time, const char *text)
{
    (void)ctx;
    (void)time;
    REQUIRE(text[0] != 0);
}

static void read_flow(const decode_capture *capture, const decode_flow *flow,
                      const hf_crypto *crypto)
{
    static decode_tls tls;
    static decode_stream scratch;
    counts seen = {0, 0};
    unsigned client = 0;
    const decode_sink sink = {take_event, take_note, &seen};
    decode_content content = decode_find(flow, &scratch, &client);
    REQUIRE(client < 2 && decode_content_name(content)[0] != 0);
    if (content != DECODE_IS_TLS && content != DECODE_IS_TLS_LATE) {
        return;
    }
    REQUIRE(decode_tls_run(&tls, flow, client, crypto, &capture->secrets, &sink));
    REQUIRE(seen.records == (size_t)tls.sides[0].records + tls.sides[1].records);
    REQUIRE(seen.changes <= 2 * seen.records + 2);
    for (unsigned i = 0; i < 2; i++) {
        REQUIRE(tls.sides[i].unread <= tls.sides[i].sealed);
        REQUIRE(tls.sides[i].sealed <= tls.sides[i].records);
    }
    decode_tls_release(&tls);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static hf_crypto crypto;
    static bool ready;
    static decode_capture capture;
    hf_span input = {data, len};
    hf_span file = take_bytes(&input, input.len);
    if (!ready) {
        REQUIRE(hf_crypto_init(&crypto, (hf_random_source){0}) == HF_OK);
        ready = true;
    }
    memset(&capture, 0, sizeof capture);
    if (decode_capture_read(&capture, file) != DECODE_NO_FILE) {
        REQUIRE(capture.end != DECODE_BROKEN || capture.reader.problem != NULL);
        for (size_t i = 0; i < capture.flows.count; i++) {
            read_flow(&capture, &capture.flows.list[i], &crypto);
        }
    }
    decode_capture_release(&capture);
    give_back(file);
    return 0;
}
