/* A capture under test: events are told to it, and what it wrote is read back (pcapng_rig.h). */
#ifndef HF_TESTS_CAPTURE_RIG_H
#define HF_TESTS_CAPTURE_RIG_H

#include "trace/capture.h"
#include "unit/pcapng_rig.h"

#define FIRST_PORT HF_CAPTURE_PORT_MIN
#define PORT       8883u
#define NOW        UINT64_C(1800000000123456789)
#define BIG        200001u

enum {
    FIN = 1,
    SYN = 2,
    RST = 4,
    ACK = 16,
};

static const uint8_t V4[4] = {198, 51, 100, 7};
static const uint8_t V6[16] = {0x20, 0x01, 0x0d, 0xb8, [14] = 7, 9};

typedef struct bench {
    pcap_file file;
    hf_capture capture;
    uint64_t now;
    uint8_t held[4096];
    uint8_t sent[BIG];
    uint8_t said[BIG];
} bench;

static inline bench *bench_new(size_t held)
{
    bench *b = calloc(1, sizeof *b);
    assert_non_null(b);
    const hf_sink sink = {.put = pcap_put, .ctx = &b->file};
    hf_capture_begin(&b->capture, &sink, (hf_space){b->held, held}, "handfast test");
    b->now = NOW;
    for (size_t i = 0; i < BIG; i++) {
        b->sent[i] = (uint8_t)(i * 31 + i / 251);
    }
    return b;
}

static inline void tell(bench *b, hf_event event)
{
    hf_capture_event(&b->capture, &event, b->now++);
}

static inline hf_event address(unsigned family, hf_code code)
{
    const uint8_t *bytes = family == 6 ? V6 : V4;
    return (hf_event){.kind = HF_EVENT_ADDRESS,
                      .type = (uint8_t)family,
                      .number = code,
                      .size = PORT,
                      .body = {bytes, family == 6 ? 16 : 4}};
}

static inline void dial(bench *b, unsigned family)
{
    b->file.peer_len = family == 6 ? 16 : 4;
    memcpy(b->file.peer, family == 6 ? V6 : V4, b->file.peer_len);
    tell(b, address(family, HF_PENDING));
    tell(b, address(family, HF_OK));
}

static inline void cross(bench *b, bool sent, const uint8_t *bytes, size_t len)
{
    tell(b, (hf_event){.kind = HF_EVENT_BYTES, .sent = sent, .body = {bytes, len}});
}

static inline void message(bench *b, bool sent, uint8_t type, uint32_t size)
{
    static const uint8_t BODY[512];
    assert_true(size <= sizeof BODY);
    tell(b, (hf_event){.kind = HF_EVENT_MESSAGE,
                       .type = type,
                       .sent = sent,
                       .size = size,
                       .body = {BODY, size}});
}

static inline const pcap_file *finish(bench *b)
{
    hf_capture_end(&b->capture, b->now);
    pcap_read(&b->file);
    return &b->file;
}

static inline void expect_said(bench *b, uint16_t ours, bool peer, const uint8_t *bytes, size_t len)
{
    assert_int_equal(pcap_said(&b->file, ours, peer, b->said, sizeof b->said), len);
    assert_memory_equal(b->said, bytes, len);
}

static inline void expect_packet(const pcap_file *file, size_t index, bool from_peer,
                                 unsigned flags)
{
    assert_true(index < file->count);
    const pcap_packet *p = &file->packets[index];
    if (p->from_peer != from_peer || p->flags != flags || p->len != 0) {
        fail_msg("packet %zu: from %s, flags %x, %zu bytes", index, p->from_peer ? "peer" : "us",
                 p->flags, p->len);
    }
}

#endif
