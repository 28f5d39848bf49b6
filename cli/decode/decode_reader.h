/* Capture files: pcapng and classic pcap, of either byte order, read from memory.
 *
 * First step of `handfast decode`: a file becomes frames with their time and link type, and the
 * secrets that it holds. Knows nothing of what is in a frame. No heap; spans point into the file.
 * A file that is cut off or broken gives everything before that place.
 */
#ifndef HF_CLI_DECODE_READER_H
#define HF_CLI_DECODE_READER_H

#include <handfast/bytes.h>
#include <stdbool.h>
#include <stdint.h>

#define DECODE_INTERFACES_MAX 256u /* of one section; more are an error */

/* LINKTYPE_... of tcpdump.org, those that decode_frame.h reads. */
enum decode_link {
    DECODE_LINK_NULL = 0,
    DECODE_LINK_ETHERNET = 1,
    DECODE_LINK_PPP = 9,
    DECODE_LINK_RAW_BSD = 12,
    DECODE_LINK_RAW_OPENBSD = 14,
    DECODE_LINK_RAW = 101,
    DECODE_LINK_WIFI = 105,
    DECODE_LINK_LOOP = 108,
    DECODE_LINK_SLL = 113,
    DECODE_LINK_RADIOTAP = 127,
    DECODE_LINK_IPV4 = 228,
    DECODE_LINK_IPV6 = 229,
    DECODE_LINK_SLL2 = 276,
};

typedef struct decode_frame {
    hf_span bytes;   /* as far as they were captured */
    int64_t time;    /* nanoseconds since 1970; 0 with has_time false */
    uint32_t number; /* in the file, from 1, as Wireshark counts */
    uint32_t wire;   /* bytes that it had on the wire */
    uint16_t link;   /* LINKTYPE_... */
    bool big;        /* byte order of the file: LINKTYPE_NULL has its family in it */
    bool has_time;   /* simple packet blocks have none */
} decode_frame;

typedef enum decode_result {
    DECODE_FRAME,
    DECODE_SECRETS, /* a TLS key log is in reader->secrets */
    DECODE_END,     /* the file is over */
    DECODE_CUT,     /* it ends in the middle of a block or packet */
    DECODE_BROKEN,  /* reader->problem says what is wrong at reader->at */
} decode_result;

/* Private, but for secrets, problem and at. */
typedef struct decode_reader {
    hf_span file;
    size_t at; /* where the next block or packet begins */
    hf_span secrets;
    const char *problem;
    uint32_t frames;
    bool pcapng;
    bool big;
    bool nanoseconds; /* classic */
    uint16_t link;    /* classic */
    uint32_t interfaces_count;
    struct {
        uint64_t per_second; /* units of its clock */
        int64_t offset;      /* seconds to be added */
        uint32_t snap;       /* 0: everything was captured */
        uint16_t link;
    } interfaces[DECODE_INTERFACES_MAX];
} decode_reader;

/* False: it is no capture file. `file` is borrowed until the last call. */
bool decode_reader_begin(decode_reader *reader, hf_span file);

/* After DECODE_END, DECODE_CUT and DECODE_BROKEN it must not be called again. */
decode_result decode_reader_next(decode_reader *reader, decode_frame *frame);

#endif
