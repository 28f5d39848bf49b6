/* TLS records out of one direction's chunks.
 *
 * Fourth step of `handfast decode`: deframes, and finds the next record behind a gap: there a
 * header counts only when what follows it looks like one, too. Records are copied into the stream's
 * own buffer, where they are opened in place.
 */
#ifndef HF_CLI_DECODE_STREAM_H
#define HF_CLI_DECODE_STREAM_H

#include "decode_flow.h"

#define DECODE_RECORD_MAX (5u + 16384u + 2048u) /* RFC 5246 6.2.3: the longest of all versions */

typedef enum decode_ready {
    DECODE_RECORD,      /* stream->record is there */
    DECODE_STREAM_END,  /* everything was read */
    DECODE_STREAM_CUT,  /* it ends in the middle of a record */
    DECODE_STREAM_LOST, /* what comes is no TLS record */
} decode_ready;

typedef struct decode_record {
    uint8_t *bytes; /* with its header */
    size_t len;
    uint64_t lost; /* bytes in front of it that are lost or were passed over */
    int64_t time;  /* when its last byte came */
    uint32_t order;
} decode_record;

typedef struct decode_stream {
    const decode_half *half;
    size_t chunk;  /* the next byte is there, */
    size_t offset; /* at this place of it */
    size_t start;  /* in the buffer: what is not taken yet */
    size_t end;
    uint64_t lost;
    int64_t time;
    uint32_t order;
    bool searching; /* behind a gap: no record was found yet */
    bool crossed;   /* the gap in front of the chunk was accounted for */
    bool ready;
    decode_record record;
    uint8_t buffer[4 * DECODE_RECORD_MAX];
} decode_stream;

void decode_stream_begin(decode_stream *stream, const decode_half *half);

/* The next record, the same one until it is taken. */
decode_ready decode_stream_peek(decode_stream *stream);
void decode_stream_take(decode_stream *stream);

/* Up to `len` first bytes of a direction, which begin with its first byte; 0 when that is lost. */
size_t decode_first_bytes(const decode_half *half, uint8_t *out, size_t len);

/* Whether these 5 bytes may be the header of a record. */
bool decode_is_header(const uint8_t *at);

#endif
