/* TCP reassembly over a whole file. See decode_flow.h.
 *
 * Sequence numbers wrap at 2^32, so each is turned into a place in the stream by its distance to
 * the newest segment of its direction.
 */
#include "decode_flow.h"

#include <stdlib.h>
#include <string.h>

#define HEADS       4096u
#define STREAM_JUMP (1ll << 30) /* no segment is that far from the one before */

static bool same_end(const decode_end *a, const decode_end *b)
{
    return a->family == b->family && a->port == b->port &&
           memcmp(a->address, b->address, sizeof a->address) == 0;
}

/* The same for both directions. */
static size_t hash_of(const decode_segment *segment)
{
    size_t hash =
        (size_t)segment->from.port * segment->to.port + segment->from.port + segment->to.port;
    for (size_t i = 0; i < sizeof segment->from.address; i++) {
        size_t both = (size_t)segment->from.address[i] + segment->to.address[i];
        hash = hash * 31 + both;
    }
    return hash % HEADS;
}

/* Doubles a list when it is full. */
static void *grow(void *list, size_t *room, size_t count, size_t size)
{
    if (count < *room) {
        return list;
    }
    size_t wanted = *room == 0 ? 16 : *room * 2;
    void *larger = wanted < SIZE_MAX / size ? realloc(list, wanted * size) : NULL;
    if (larger != NULL) {
        *room = wanted;
    }
    return larger;
}

/* ---- connections */

/* A SYN on a connection that had another one, or is over: the ports are used again. */
static bool begins_anew(const decode_flow *flow, const decode_segment *segment, unsigned side)
{
    const decode_half *half = &flow->halves[side];
    if ((segment->flags & DECODE_SYN) == 0 || !half->begun) {
        return false;
    }
    return half->begin != segment->sequence + 1;
}

static decode_flow *find(const decode_flows *flows, size_t hash, const decode_segment *segment,
                         unsigned *side)
{
    size_t index = flows->heads == NULL ? 0 : flows->heads[hash];
    while (index != 0) {
        decode_flow *flow = &flows->list[index - 1];
        bool forward = same_end(&flow->ends[0], &segment->from);
        const decode_end *other = forward ? &flow->ends[1] : &flow->ends[0];
        if (same_end(other, &segment->to) &&
            (forward || same_end(&flow->ends[1], &segment->from))) {
            *side = forward ? 0 : 1;
            return flow;
        }
        index = flows->next[index - 1];
    }
    return NULL;
}

static decode_flow *make_flow(decode_flows *flows, size_t hash, const decode_segment *segment)
{
    if (flows->heads == NULL) {
        flows->heads = calloc(HEADS, sizeof *flows->heads);
        flows->next = calloc(DECODE_FLOWS_MAX, sizeof *flows->next);
    }
    decode_flow *list = grow(flows->list, &flows->room, flows->count, sizeof *list);
    if (flows->heads == NULL || flows->next == NULL || list == NULL) {
        return NULL;
    }
    flows->list = list;
    decode_flow *flow = &list[flows->count];
    memset(flow, 0, sizeof *flow);
    flow->ends[0] = segment->from;
    flow->ends[1] = segment->to;
    flows->next[flows->count] = flows->heads[hash];
    flows->count++;
    flows->heads[hash] = flows->count;
    flow->number = (uint32_t)flows->count;
    return flow;
}

/* The one who opens a connection is ends[0]. */
static void learn_opener(decode_flow *flow, uint8_t flags, unsigned *side)
{
    if ((flags & DECODE_SYN) == 0 || flow->opener_known) {
        return;
    }
    unsigned opener = (flags & DECODE_ACK) != 0 ? 1 - *side : *side;
    if (opener == 1) {
        decode_end end = flow->ends[0];
        decode_half half = flow->halves[0];
        flow->ends[0] = flow->ends[1];
        flow->halves[0] = flow->halves[1];
        flow->ends[1] = end;
        flow->halves[1] = half;
        *side = 1 - *side;
    }
    flow->opener_known = true;
}

/* ---- segments */

/* Where in the stream a sequence number is; false: too far away to belong to it. */
static bool place(const decode_half *half, uint32_t sequence, int64_t *at)
{
    uint32_t near = half->begin + (uint32_t)(uint64_t)half->last;
    *at = half->last + (int32_t)(sequence - near);
    return *at > half->last - STREAM_JUMP && *at < half->last + STREAM_JUMP;
}

static void begin(decode_half *half, uint32_t sequence, bool syn)
{
    if (!half->begun) {
        half->begun = true;
        half->begin = sequence;
    }
    half->syn = half->syn || syn;
}

static bool keep(decode_half *half, const decode_frame *frame, const decode_segment *segment,
                 int64_t at)
{
    decode_part *parts = grow(half->parts, &half->parts_room, half->parts_count, sizeof *parts);
    if (parts == NULL) {
        return false;
    }
    half->parts = parts;
    parts[half->parts_count++] = (decode_part){at, frame->time, segment->data, frame->number};
    return true;
}

static void note_end(decode_half *half, const decode_frame *frame, uint8_t flags)
{
    if ((flags & DECODE_FIN) != 0 && !half->fin) {
        half->fin = true;
        half->fin_time = frame->time;
    }
    if ((flags & DECODE_RST) != 0 && !half->rst) {
        half->rst = true;
        half->rst_time = frame->time;
    }
}

/* What the peer has acknowledged was sent, whether it was captured or not. */
static void note_acknowledged(decode_half *other, const decode_segment *segment)
{
    int64_t at = 0;
    bool told = (segment->flags & DECODE_ACK) != 0 && (segment->flags & DECODE_RST) == 0;
    if (!told || !other->begun || !place(other, segment->acknowledged, &at)) {
        return;
    }
    at -= other->fin && at > other->end ? 1 : 0; /* the FIN counts as a byte */
    other->end = at > other->end ? at : other->end;
}

static bool add_to(decode_half *half, const decode_frame *frame, const decode_segment *segment)
{
    bool syn = (segment->flags & DECODE_SYN) != 0;
    uint32_t sequence = segment->sequence + (syn ? 1u : 0u);
    int64_t at = 0;
    bool counts = syn || segment->total > 0 || (segment->flags & DECODE_FIN) != 0;
    if (counts && !half->begun) {
        begin(half, sequence, syn);
    }
    if (counts && place(half, sequence, &at)) {
        int64_t end = at + segment->total;
        half->last = at;
        half->end = end > half->end ? end : half->end;
        half->syn = half->syn || syn;
        if (segment->data.len > 0 && !keep(half, frame, segment, at)) {
            return false;
        }
    }
    note_end(half, frame, segment->flags);
    return true;
}

decode_added decode_flows_add(decode_flows *flows, const decode_frame *frame,
                              const decode_segment *segment)
{
    unsigned side = 0;
    size_t hash = hash_of(segment);
    decode_flow *flow = find(flows, hash, segment, &side);
    if (flow == NULL || begins_anew(flow, segment, side)) {
        if (flows->count == DECODE_FLOWS_MAX) {
            return DECODE_TOO_MANY;
        }
        flow = make_flow(flows, hash, segment);
        side = 0;
    }
    if (flow == NULL) {
        return DECODE_NO_MEMORY;
    }
    learn_opener(flow, segment->flags, &side);
    flow->first_time = flow->packets == 0 ? frame->time : flow->first_time;
    flow->last_time = frame->time;
    flow->packets++;
    flow->cut += segment->data.len < segment->total ? 1 : 0;
    note_acknowledged(&flow->halves[1 - side], segment);
    return add_to(&flow->halves[side], frame, segment) ? DECODE_ADDED : DECODE_NO_MEMORY;
}

void decode_flows_release(decode_flows *flows)
{
    for (size_t i = 0; i < flows->count; i++) {
        for (unsigned side = 0; side < 2; side++) {
            free(flows->list[i].halves[side].parts);
            free(flows->list[i].halves[side].chunks);
        }
    }
    free(flows->list);
    free(flows->heads);
    free(flows->next);
    memset(flows, 0, sizeof *flows);
}

/* ---- order */

static int compare(const void *a, const void *b)
{
    const decode_part *one = a;
    const decode_part *two = b;
    if (one->at != two->at) {
        return one->at < two->at ? -1 : 1;
    }
    return one->order < two->order ? -1 : 1;
}

/* Parts in the order of the stream. What lies in front of the first byte is left out: keep-alives
 * carry the byte before. */
static bool order_half(decode_flow *flow, decode_half *half)
{
    if (half->parts_count == 0) {
        half->lost = half->lost_at_end = half->syn && half->end > 1 ? (uint64_t)half->end : 0;
        return true;
    }
    half->chunks = calloc(half->parts_count, sizeof *half->chunks);
    if (half->chunks == NULL) {
        return false;
    }
    qsort(half->parts, half->parts_count, sizeof *half->parts, compare);
    int64_t next = half->syn ? 0 : half->parts[0].at;
    int64_t time = half->parts[0].time;
    uint32_t order = 0;
    for (size_t i = 0; i < half->parts_count; i++) {
        const decode_part *part = &half->parts[i];
        int64_t end = part->at + (int64_t)part->data.len;
        if (end <= next) {
            flow->resent++;
            continue;
        }
        size_t known = part->at < next ? (size_t)(next - part->at) : 0;
        uint64_t lost = part->at > next ? (uint64_t)(part->at - next) : 0;
        time = part->order > order ? part->time : time;
        order = part->order > order ? part->order : order;
        hf_span bytes = {part->data.ptr + known, part->data.len - known};
        half->chunks[half->chunks_count++] = (decode_chunk){bytes, lost, time, order};
        half->lost += lost;
        next = end;
    }
    /* A single byte is a FIN that was acknowledged, but not captured. */
    half->lost_at_end = half->end > next + 1 ? (uint64_t)(half->end - next) : 0;
    half->lost += half->lost_at_end;
    return true;
}

bool decode_flows_order(decode_flows *flows)
{
    for (size_t i = 0; i < flows->count; i++) {
        for (unsigned side = 0; side < 2; side++) {
            if (!order_half(&flows->list[i], &flows->list[i].halves[side])) {
                return false;
            }
        }
    }
    return true;
}
