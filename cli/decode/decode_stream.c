/* Deframing of records from chunks. See decode_stream.h.
 *
 * buffer: [0, start) taken | [start, end) copied out of the chunks, without a gap in it.
 */
#include "decode_stream.h"

#include <string.h>

#define HEADER 5u

void decode_stream_begin(decode_stream *stream, const decode_half *half)
{
    memset(stream, 0, offsetof(decode_stream, buffer));
    stream->half = half;
    stream->searching = !half->syn; /* the first bytes may be in the middle of a record */
}

bool decode_is_header(const uint8_t *at)
{
    size_t len = (size_t)at[3] << 8 | at[4];
    return at[0] >= 20 && at[0] <= 24 && at[1] == 3 && at[2] <= 4 && len > 0 &&
           HEADER + len <= DECODE_RECORD_MAX;
}

/* Whether the next byte of the chunks follows those in the buffer. */
static bool at_gap(const decode_stream *stream)
{
    const decode_half *half = stream->half;
    return stream->chunk < half->chunks_count && stream->offset == 0 && !stream->crossed &&
           half->chunks[stream->chunk].lost > 0;
}

static void make_room(decode_stream *stream)
{
    if (stream->start > 2 * DECODE_RECORD_MAX) {
        memmove(stream->buffer, stream->buffer + stream->start, stream->end - stream->start);
        stream->end -= stream->start;
        stream->start = 0;
    }
}

/* Copies until `len` bytes are there, the chunks are over, or a gap comes. */
static bool fill(decode_stream *stream, size_t len)
{
    const decode_half *half = stream->half;
    make_room(stream);
    while (stream->end - stream->start < len && stream->chunk < half->chunks_count &&
           !at_gap(stream)) {
        const decode_chunk *chunk = &half->chunks[stream->chunk];
        size_t want = len - (stream->end - stream->start);
        size_t have = chunk->bytes.len - stream->offset;
        size_t n = want < have ? want : have;
        memcpy(stream->buffer + stream->end, chunk->bytes.ptr + stream->offset, n);
        stream->end += n;
        stream->offset += n;
        stream->time = chunk->time;
        stream->order = chunk->order;
        stream->crossed = false;
        if (stream->offset == chunk->bytes.len) {
            stream->chunk++;
            stream->offset = 0;
        }
    }
    return stream->end - stream->start >= len;
}

/* The bytes before a gap are of no use; those behind it are searched for a header. */
static void cross_gap(decode_stream *stream)
{
    stream->lost += stream->end - stream->start;
    stream->lost += stream->half->chunks[stream->chunk].lost;
    stream->start = stream->end = 0;
    stream->searching = true;
    stream->crossed = true;
}

static void pass_over(decode_stream *stream)
{
    stream->start++;
    stream->lost++;
}

/* Behind a gap, a header by chance is not rare: the one after it must be one, too. */
static bool is_followed(decode_stream *stream, size_t len)
{
    int64_t time = stream->time;
    uint32_t order = stream->order;
    bool more = fill(stream, len + HEADER);
    if (more) {
        stream->time = time;
        stream->order = order;
    }
    return !more || decode_is_header(stream->buffer + stream->start + len);
}

/* One step: true when there is an answer. */
static bool step(decode_stream *stream, decode_ready *answer)
{
    bool header = fill(stream, HEADER);
    const uint8_t *at = stream->buffer + stream->start;
    if (header && !decode_is_header(at)) {
        if (stream->searching) {
            pass_over(stream);
            return false;
        }
        *answer = DECODE_STREAM_LOST;
        return true;
    }
    size_t len = header ? HEADER + ((size_t)at[3] << 8 | at[4]) : 0;
    if (!header || !fill(stream, len)) {
        if (at_gap(stream)) {
            cross_gap(stream);
            return false;
        }
        if (header && stream->searching) {
            pass_over(stream);
            return false;
        }
        bool rest = stream->end > stream->start && !stream->searching;
        *answer = rest ? DECODE_STREAM_CUT : DECODE_STREAM_END;
        return true;
    }
    if (stream->searching && !is_followed(stream, len)) {
        pass_over(stream);
        return false;
    }
    stream->record = (decode_record){stream->buffer + stream->start, len, stream->lost,
                                     stream->time, stream->order};
    stream->lost = 0;
    stream->searching = false;
    stream->ready = true;
    *answer = DECODE_RECORD;
    return true;
}

decode_ready decode_stream_peek(decode_stream *stream)
{
    decode_ready answer = DECODE_RECORD;
    while (!stream->ready && !step(stream, &answer)) {
    }
    return stream->ready ? DECODE_RECORD : answer;
}

void decode_stream_take(decode_stream *stream)
{
    stream->start += stream->record.len;
    stream->ready = false;
}

size_t decode_first_bytes(const decode_half *half, uint8_t *out, size_t len)
{
    size_t have = 0;
    for (size_t i = 0; i < half->chunks_count && have < len; i++) {
        const decode_chunk *chunk = &half->chunks[i];
        if (chunk->lost > 0) {
            break;
        }
        size_t n = chunk->bytes.len < len - have ? chunk->bytes.len : len - have;
        memcpy(out + have, chunk->bytes.ptr, n);
        have += n;
    }
    return have;
}
