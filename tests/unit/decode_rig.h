/* For tests of the tool's decode: captures made in memory, and a run over a whole one that counts
 * what comes out and checks what must hold for any input.
 */
#ifndef HF_TESTS_DECODE_RIG_H
#define HF_TESTS_DECODE_RIG_H

#include "decode_capture.h"
#include "decode_find.h"
#include "decode_tls.h"

#include "crypto/crypto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BYTES(text) ((hf_span){(const uint8_t *)(text), sizeof(text) - 1})

/* ---- a file that grows */
typedef struct made {
    uint8_t bytes[65536];
    size_t len;
    bool big; /* byte order */
} made;

static inline void put_bytes(made *m, const void *bytes, size_t len)
{
    assert_true(m->len + len <= sizeof m->bytes);
    if (len > 0) {
        memcpy(m->bytes + m->len, bytes, len);
    }
    m->len += len;
}

static inline void put_order(made *m, uint64_t value, unsigned width, bool big)
{
    for (unsigned i = 0; i < width; i++) {
        unsigned shift = 8 * (big ? width - 1 - i : i);
        uint8_t byte = (uint8_t)(value >> shift);
        put_bytes(m, &byte, 1);
    }
}

static inline void put_number(made *m, uint64_t value, unsigned width)
{
    put_order(m, value, width, m->big);
}

static inline void put_net(made *m, uint64_t value, unsigned width)
{
    put_order(m, value, width, true);
}

static inline void put_block(made *m, uint32_t type, hf_span body)
{
    size_t padded = (body.len + 3) & ~(size_t)3;
    put_number(m, type, 4);
    put_number(m, padded + 12, 4);
    put_bytes(m, body.ptr, body.len);
    put_bytes(m, "\0\0\0", padded - body.len);
    put_number(m, padded + 12, 4);
}

static inline hf_span made_span(const made *m)
{
    return (hf_span){m->bytes, m->len};
}

static inline void put_section(made *m)
{
    static made body;
    body = (made){.big = m->big};
    put_number(&body, 0x1a2b3c4d, 4);
    put_number(&body, 1, 2);
    put_number(&body, 0, 2);
    put_number(&body, UINT64_MAX, 8);
    put_block(m, 0x0a0d0d0a, made_span(&body));
}

/* `resolution`: if_tsresol; -1: the option is not there. */
static inline void put_interface(made *m, uint16_t link, int resolution)
{
    static made body;
    body = (made){.big = m->big};
    put_number(&body, link, 2);
    put_number(&body, 0, 2);
    put_number(&body, 0, 4);
    if (resolution >= 0) {
        put_number(&body, 9, 2);
        put_number(&body, 1, 2);
        put_number(&body, (uint64_t)resolution, 1);
        put_bytes(&body, "\0\0\0", 3);
        put_number(&body, 0, 4);
    }
    put_block(m, 1, made_span(&body));
}

static inline void put_enhanced(made *m, uint32_t index, uint64_t units, hf_span data)
{
    static made body;
    body = (made){.big = m->big};
    put_number(&body, index, 4);
    put_number(&body, units >> 32, 4);
    put_number(&body, units & 0xffffffff, 4);
    put_number(&body, data.len, 4);
    put_number(&body, data.len, 4);
    put_bytes(&body, data.ptr, data.len);
    put_block(m, 6, made_span(&body));
}

static inline void put_classic(made *m, uint32_t magic, uint32_t link)
{
    put_number(m, magic, 4);
    put_number(m, 2, 2);
    put_number(m, 4, 2);
    put_number(m, 0, 8);
    put_number(m, 65535, 4);
    put_number(m, link, 4);
}

/* An IPv4 packet of TCP between 10.0.0.1:1000 (side 0) and 10.0.0.2:8883. */
static inline hf_span ip_packet(made *m, unsigned side, uint8_t flags, uint32_t sequence,
                                uint32_t acknowledged, hf_span data)
{
    size_t from = m->len;
    put_net(m, 0x4500, 2);
    put_net(m, 40 + data.len, 2);
    put_net(m, 0x00014000, 4);
    put_net(m, 0x40060000, 4);
    put_net(m, side == 0 ? 0x0a000001 : 0x0a000002, 4);
    put_net(m, side == 0 ? 0x0a000002 : 0x0a000001, 4);
    put_net(m, side == 0 ? 1000 : 8883, 2);
    put_net(m, side == 0 ? 8883 : 1000, 2);
    put_net(m, sequence, 4);
    put_net(m, acknowledged, 4);
    put_net(m, 0x5000u | flags, 2);
    put_net(m, 0xffff, 2);
    put_net(m, 0, 4);
    put_bytes(m, data.ptr, data.len);
    return (hf_span){m->bytes + from, m->len - from};
}

/* ---- a run over a file */
typedef struct seen {
    size_t records;
    size_t messages;
    size_t packets;
    size_t keys;
    size_t certificates;
    size_t notes;
    size_t flows;
    size_t tls;
    size_t complete;
    size_t unread;
    size_t data;
    int64_t time;
} seen;

static inline void see_event(void *ctx, const hf_event *event, int64_t time)
{
    seen *s = ctx;
    assert_true(event->body.len == 0 || event->body.ptr != NULL);
    assert_true(time >= 0);
    switch (event->kind) {
    case HF_EVENT_RECORD:
        assert_true(event->size > 5 && event->size <= DECODE_RECORD_MAX);
        assert_true(event->content < event->size && event->body.len <= 2);
        s->records++;
        break;
    case HF_EVENT_MESSAGE:
        assert_true(event->offset == 0 && event->body.len == event->size);
        assert_true(event->size <= DECODE_MESSAGE_MAX);
        s->messages++;
        break;
    case HF_EVENT_PACKET:
        assert_true(event->size >= 2 && event->body.len <= DECODE_PACKET_MAX);
        s->packets++;
        break;
    case HF_EVENT_KEYS:
        s->keys++;
        break;
    case HF_EVENT_CERTIFICATE:
        s->certificates++;
        break;
    default:
        break;
    }
}

static inline void see_note(void *ctx, int64_t time, const char *text)
{
    seen *s = ctx;
    (void)time;
    assert_true(strlen(text) > 10);
    s->notes++;
}

static inline const hf_crypto *rig_crypto(void)
{
    static hf_crypto crypto;
    static bool ready;
    if (!ready) {
        assert_int_equal(hf_crypto_init(&crypto, (hf_random_source){NULL, NULL}), HF_OK);
        ready = true;
    }
    return &crypto;
}

static inline void see_flow(seen *s, const decode_capture *capture, const decode_flow *flow)
{
    static decode_tls tls;
    static decode_stream scratch;
    unsigned client = 0;
    const decode_sink sink = {see_event, see_note, s};
    decode_content content = decode_find(flow, &scratch, &client);
    s->flows++;
    assert_true(client < 2);
    if (content != DECODE_IS_TLS && content != DECODE_IS_TLS_LATE) {
        return;
    }
    s->tls++;
    assert_true(decode_tls_run(&tls, flow, client, rig_crypto(), &capture->secrets, &sink));
    s->complete += tls.complete ? 1 : 0;
    s->unread += tls.sides[0].unread + tls.sides[1].unread;
    s->data += tls.sides[0].data + tls.sides[1].data;
    decode_tls_release(&tls);
}

/* The bytes are copied to memory of exactly their length, so that sanitizers see every step too
 * far. */
static inline decode_outcome see_file(seen *s, hf_span file)
{
    decode_capture capture;
    memset(&capture, 0, sizeof capture);
    memset(s, 0, sizeof *s);
    uint8_t *copy = malloc(file.len > 0 ? file.len : 1);
    assert_non_null(copy);
    if (file.len > 0) {
        memcpy(copy, file.ptr, file.len);
    }
    decode_outcome outcome = decode_capture_read(&capture, (hf_span){copy, file.len});
    for (size_t i = 0; i < capture.flows.count; i++) {
        see_flow(s, &capture, &capture.flows.list[i]);
    }
    decode_capture_release(&capture);
    free(copy);
    return outcome;
}

#endif
