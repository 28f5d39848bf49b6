/* A captured frame down to its TCP segment: link layer, IPv4 or IPv6, TCP.
 *
 * Second step of `handfast decode`. Pure: bytes in, a struct of spans out; every length is checked
 * against what was captured. IP fragments are not put together: TCP avoids them.
 */
#ifndef HF_CLI_DECODE_FRAME_H
#define HF_CLI_DECODE_FRAME_H

#include "decode_reader.h"

enum decode_tcp_flag {
    DECODE_FIN = 1,
    DECODE_SYN = 2,
    DECODE_RST = 4,
    DECODE_ACK = 16,
};

/* One end of a connection. */
typedef struct decode_end {
    uint8_t address[16]; /* IPv4: the first 4 bytes, the others zero */
    uint16_t port;
    uint8_t family; /* 4 or 6 */
} decode_end;

typedef struct decode_segment {
    decode_end from;
    decode_end to;
    uint32_t sequence;
    uint32_t acknowledged; /* with DECODE_ACK */
    uint8_t flags;
    hf_span data;   /* what was captured of it */
    uint32_t total; /* bytes of data that the segment had; more than data.len: cut by the capture */
} decode_segment;

typedef enum decode_kind {
    DECODE_TCP,
    DECODE_OTHER,     /* UDP, ARP, ...: not looked at */
    DECODE_FRAGMENT,  /* of an IP packet with TCP in it */
    DECODE_ENCRYPTED, /* Wi-Fi with its own encryption */
    DECODE_SHORT,     /* cut before its headers end, or headers that contradict themselves */
    DECODE_NO_LINK,   /* a link type that is not known here */
} decode_kind;

decode_kind decode_frame_read(const decode_frame *frame, decode_segment *segment);

/* "Ethernet"; "unknown" for those that are not read. */
const char *decode_link_name(uint16_t link);

#endif
