/* TCP connections out of a capture, and each direction's bytes in order.
 *
 * Third step of `handfast decode`. All segments are collected first, so that a hole is known for
 * one that nothing in the file fills: it is told as a gap and the stream goes on behind it.
 * Segments out of order, sent twice or overlapping are put right; of overlapping bytes those of the
 * segment that begins earlier count. Owns its lists (heap); bytes are borrowed from the file.
 */
#ifndef HF_CLI_DECODE_FLOW_H
#define HF_CLI_DECODE_FLOW_H

#include "decode_frame.h"

#include <stddef.h>

#define DECODE_FLOWS_MAX 65536u

/* A segment with data. `at`: where in its direction's stream. */
typedef struct decode_part {
    int64_t at;
    int64_t time;
    hf_span data;
    uint32_t order; /* which of the file's frames */
} decode_part;

/* Bytes of one direction as they became readable: `order` and `time` never go down. */
typedef struct decode_chunk {
    hf_span bytes;
    uint64_t lost; /* bytes in front of it that the capture lacks */
    int64_t time;
    uint32_t order; /* the frame that made it readable */
} decode_chunk;

typedef struct decode_half {
    decode_part *parts;
    size_t parts_count;
    decode_chunk *chunks; /* made by decode_flows_order() */
    size_t chunks_count;
    uint64_t lost;        /* bytes that the capture lacks, all gaps together */
    uint64_t lost_at_end; /* of these, behind everything that there is */
    uint32_t begin;       /* sequence number of the first byte */
    int64_t last;         /* where the newest segment began: numbers near it are meant */
    int64_t end;          /* furthest byte that a segment, a FIN or the peer speaks of */
    bool begun;           /* `begin` is known */
    bool syn, fin, rst;
    int64_t fin_time, rst_time;
    /* ---- private */
    size_t parts_room;
} decode_half;

typedef struct decode_flow {
    decode_end ends[2]; /* ends[i] sends halves[i] */
    decode_half halves[2];
    int64_t first_time;
    int64_t last_time;
    uint32_t number; /* from 1 */
    uint32_t packets;
    uint32_t resent;   /* segments that brought nothing new */
    uint32_t cut;      /* segments that were not captured whole */
    bool opener_known; /* a SYN says who opened it: it is ends[0] */
} decode_flow;

typedef struct decode_flows {
    decode_flow *list;
    size_t count;
    /* ---- private */
    size_t room;
    size_t *heads; /* hash table over the newest flow of each pair of ends: index + 1, 0: empty */
    size_t *next;
} decode_flows;

typedef enum decode_added {
    DECODE_ADDED,
    DECODE_NO_MEMORY,
    DECODE_TOO_MANY, /* more than DECODE_FLOWS_MAX connections */
} decode_added;

/* All zero: nothing there yet. Segments come in the order of the file. */
decode_added decode_flows_add(decode_flows *flows, const decode_frame *frame,
                              const decode_segment *segment);

/* After the last segment: makes the chunks. False: no memory. */
bool decode_flows_order(decode_flows *flows);
void decode_flows_release(decode_flows *flows);

#endif
