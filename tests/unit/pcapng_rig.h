/* Reads a capture as a program that knows nothing of its writer would: blocks and options by the
 * format, IP and TCP with their checksums, both directions put together. Everything that is wrong
 * fails the test.
 */
#ifndef HF_TESTS_PCAPNG_RIG_H
#define HF_TESTS_PCAPNG_RIG_H

#include "unit/cmocka_all.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PCAP_PACKETS_MAX 400u
#define PCAP_ROOM        (1u << 21)

typedef struct pcap_packet {
    uint64_t time;
    uint8_t family;
    bool from_peer; /* by the address */
    uint16_t source;
    uint16_t target;
    uint32_t sequence;
    uint32_t acknowledged;
    uint8_t flags;
    const uint8_t *data;
    size_t len;
    char comments[4096]; /* lines */
    size_t secrets;      /* blocks of secrets that stand before it */
} pcap_packet;

typedef struct pcap_file {
    uint8_t bytes[PCAP_ROOM]; /* what the sink has got */
    size_t len;
    pcap_packet packets[PCAP_PACKETS_MAX];
    size_t count;
    char secrets[8192];
    size_t secrets_count;
    char application[300];
    uint8_t peer[16]; /* its address, for from_peer */
    size_t peer_len;
} pcap_file;

static inline void pcap_put(void *ctx, const char *text, size_t len)
{
    pcap_file *file = ctx;
    assert_true(len <= sizeof file->bytes - file->len);
    memcpy(file->bytes + file->len, text, len);
    file->len += len;
}

static inline uint32_t pcap_u16(const uint8_t *at)
{
    return (uint32_t)at[0] << 8 | at[1];
}

static inline uint32_t pcap_u32(const uint8_t *at)
{
    return pcap_u16(at) << 16 | pcap_u16(at + 2);
}

/* RFC 1071 over a copy, one byte after the other: 0 for a part that holds its own checksum. */
static inline uint16_t pcap_sum(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < a_len + b_len; i++) {
        uint8_t byte = i < a_len ? a[i] : b[i - a_len];
        sum += i % 2 == 0 ? (uint64_t)byte * 256 : byte;
    }
    while (sum > 0xffff) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return (uint16_t)~sum;
}

static inline void pcap_take_tcp(pcap_packet *p, const uint8_t *tcp, size_t len,
                                 const uint8_t *pair, size_t address)
{
    uint8_t pseudo[40] = {0};
    assert_true(len >= 20);
    memcpy(pseudo, pair, 2 * address);
    size_t at = 2 * address;
    if (address == 4) {
        pseudo[at + 1] = 6;
        pseudo[at + 2] = (uint8_t)(len >> 8);
        pseudo[at + 3] = (uint8_t)len;
        at += 4;
    } else {
        pseudo[at + 2] = (uint8_t)(len >> 8);
        pseudo[at + 3] = (uint8_t)len;
        pseudo[at + 7] = 6;
        at += 8;
    }
    assert_int_equal(pcap_sum(pseudo, at, tcp, len), 0);
    size_t header = (size_t)(tcp[12] >> 4) * 4;
    assert_in_range(header, 20, len);
    p->source = (uint16_t)pcap_u16(tcp);
    p->target = (uint16_t)pcap_u16(tcp + 2);
    p->sequence = pcap_u32(tcp + 4);
    p->acknowledged = pcap_u32(tcp + 8);
    p->flags = tcp[13];
    p->data = tcp + header;
    p->len = len - header;
}

static inline void pcap_take_packet(pcap_file *file, pcap_packet *p, const uint8_t *ip, size_t len)
{
    assert_in_range(len, 40, 65535);
    p->family = ip[0] >> 4;
    if (p->family == 4) {
        assert_int_equal(ip[0], 0x45);
        assert_int_equal(pcap_u16(ip + 2), len);
        assert_int_equal(ip[9], 6);
        assert_int_equal(pcap_sum(ip, 20, NULL, 0), 0);
        p->from_peer = memcmp(ip + 12, file->peer, file->peer_len) == 0;
        pcap_take_tcp(p, ip + 20, len - 20, ip + 12, 4);
    } else {
        assert_int_equal(p->family, 6);
        assert_int_equal(pcap_u16(ip + 4), len - 40);
        assert_int_equal(ip[6], 6);
        p->from_peer = memcmp(ip + 8, file->peer, file->peer_len) == 0;
        pcap_take_tcp(p, ip + 40, len - 40, ip + 8, 16);
    }
}

/* Options from `at` up to `end`; texts of `code` are appended to `text`, a line each. */
static inline void pcap_options(const uint8_t *at, const uint8_t *end, unsigned code, char *text,
                                size_t cap)
{
    bool ended = at == end; /* none at all */
    while (at < end) {
        assert_true(end - at >= 4);
        unsigned kind = pcap_u16(at);
        size_t len = pcap_u16(at + 2);
        assert_true((size_t)(end - at) >= 4 + (len + 3) / 4 * 4);
        if (kind == code) {
            size_t have = strlen(text);
            assert_true(have + len + 2 <= cap);
            memcpy(text + have, at + 4, len);
            memcpy(text + have + len, "\n", 2);
        }
        for (size_t i = len; i % 4 != 0; i++) {
            assert_int_equal(at[4 + i], 0);
        }
        ended = kind == 0;
        at += 4 + (len + 3) / 4 * 4;
        assert_true(!ended || at == end);
    }
    assert_true(ended);
}

static inline void pcap_take_block(pcap_file *file, uint32_t type, const uint8_t *body, size_t len)
{
    const uint8_t *end = body + len;
    if (type == 0x0a0d0d0a) {
        assert_int_equal(file->count + file->secrets_count, 0);
        assert_int_equal(pcap_u32(body), 0x1a2b3c4d);
        assert_int_equal(pcap_u32(body + 4), 0x00010000);
        pcap_options(body + 16, end, 4, file->application, sizeof file->application);
    } else if (type == 1) {
        char resolution[8] = "";
        assert_int_equal(pcap_u16(body), 101);
        pcap_options(body + 8, end, 9, resolution, sizeof resolution);
        assert_string_equal(resolution, "\x09\n");
    } else if (type == 10) {
        assert_int_equal(pcap_u32(body), 0x544c534b);
        size_t size = pcap_u32(body + 4);
        size_t have = strlen(file->secrets);
        assert_int_equal(len, 8 + (size + 3) / 4 * 4);
        assert_true(have + size < sizeof file->secrets);
        memcpy(file->secrets + have, body + 8, size);
        file->secrets[have + size] = 0;
        file->secrets_count++;
    } else {
        assert_int_equal(type, 6);
        assert_true(file->count < PCAP_PACKETS_MAX);
        pcap_packet *p = &file->packets[file->count++];
        size_t size = pcap_u32(body + 12);
        memset(p, 0, sizeof *p);
        assert_int_equal(pcap_u32(body), 0);
        assert_int_equal(pcap_u32(body + 16), size);
        p->time = (uint64_t)pcap_u32(body + 4) << 32 | pcap_u32(body + 8);
        p->secrets = file->secrets_count;
        assert_true(file->count == 1 || p->time >= p[-1].time);
        pcap_take_packet(file, p, body + 20, size);
        pcap_options(body + 20 + (size + 3) / 4 * 4, end, 1, p->comments, sizeof p->comments);
    }
}

static inline void pcap_read(pcap_file *file)
{
    size_t at = 0;
    file->count = file->secrets_count = 0;
    file->secrets[0] = file->application[0] = 0;
    while (at < file->len) {
        assert_true(file->len - at >= 12);
        const uint8_t *block = file->bytes + at;
        size_t len = pcap_u32(block + 4);
        assert_true(len >= 12 && len % 4 == 0 && len <= file->len - at);
        assert_int_equal(pcap_u32(block + len - 4), len);
        pcap_take_block(file, pcap_u32(block), block + 8, len - 12);
        at += len;
    }
    assert_int_equal(at, file->len);
}

/* What one end of the connection from port `ours` has said. Sequence numbers leave no gap, no
 * acknowledgement is of what was not sent, and no more is under way than the window holds. */
static inline size_t pcap_said(const pcap_file *file, uint16_t ours, bool peer, uint8_t *out,
                               size_t cap)
{
    uint32_t next[2] = {0};
    uint32_t heard[2] = {0};
    bool begun[2] = {false};
    size_t len = 0;
    for (size_t i = 0; i < file->count; i++) {
        const pcap_packet *p = &file->packets[i];
        unsigned from = p->from_peer ? 1 : 0;
        if ((p->from_peer ? p->target : p->source) != ours) {
            continue;
        }
        assert_true(!begun[from] || p->sequence == next[from]);
        assert_int_equal((p->flags & 2) != 0, !begun[from]);
        if ((p->flags & 16) != 0) {
            assert_int_equal(p->acknowledged, next[1 - from]);
            heard[from] = p->acknowledged;
        }
        begun[from] = true;
        next[from] = p->sequence + (uint32_t)p->len + ((p->flags & 3) != 0 ? 1 : 0);
        assert_true((p->flags & 2) != 0 || next[from] - heard[1 - from] <= 65535);
        if (p->from_peer == peer && p->len > 0) {
            assert_true(p->len <= cap - len);
            memcpy(out + len, p->data, p->len);
            len += p->len;
        }
    }
    return len;
}

#endif
