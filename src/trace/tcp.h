/* Headers of a TCP connection that is made up around bytes which crossed a socket: IPv4 or IPv6,
 * valid checksums, sequence and acknowledgement numbers that fit together.
 *
 * In the flow: below the capture. One hf_tcp is one connection; its two ends are told apart by an
 * index. Invariant: every segment that is made acknowledges all that the other end has sent so far.
 */
#ifndef HF_TRACE_TCP_H
#define HF_TRACE_TCP_H

#include <handfast/bytes.h>

#include <stdbool.h>
#include <stdint.h>

#define HF_TCP_HEADERS_MAX 64u    /* IPv6 and TCP with an option */
#define HF_TCP_SEGMENT_MAX 32000u /* payload of a segment; two fit into the window */
#define HF_TCP_WINDOW      65535u

enum hf_tcp_flag {
    HF_TCP_FIN = 1,
    HF_TCP_SYN = 2,
    HF_TCP_RST = 4,
    HF_TCP_PSH = 8,
    HF_TCP_ACK = 16,
};

typedef struct hf_tcp_end {
    uint8_t address[16]; /* IPv4: the first 4 */
    uint16_t port;
    uint16_t packets; /* sent: IPv4's identification */
    uint32_t next;    /* sequence number of what it sends next */
    uint32_t heard;   /* of the other's, up to where it has acknowledged */
} hf_tcp_end;

typedef struct hf_tcp {
    hf_tcp_end ends[2];
    uint8_t family; /* 4 or 6 */
} hf_tcp;

/* Addresses, ports and the first `next` of both ends are the caller's to set. Makes the headers of
 * the segment that end `from` sends now, moves the numbers on, and returns the headers' length.
 * `payload`: at most HF_TCP_SEGMENT_MAX bytes; empty for SYN, FIN and RST. */
size_t hf_tcp_segment(hf_tcp *tcp, unsigned from, unsigned flags, hf_span payload,
                      uint8_t headers[HF_TCP_HEADERS_MAX]);

/* Whether `len` more bytes of end `from` go beyond the window, unless the other acknowledges. */
bool hf_tcp_is_full(const hf_tcp *tcp, unsigned from, size_t len);

#endif
