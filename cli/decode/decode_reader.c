/* Capture files, block by block. See decode_reader.h.
 *
 * pcapng: draft-ietf-opsawg-pcapng. Every block has its length at both ends; the second one is not
 * needed to go on, so a wrong one is no reason to stop. classic pcap: draft-ietf-opsawg-pcap.
 */
#include "decode_reader.h"

#include <string.h>

#define BLOCK_SECTION   0x0a0d0d0au
#define BLOCK_INTERFACE 1u
#define BLOCK_PACKET    2u /* obsolete, written by old programs */
#define BLOCK_SIMPLE    3u
#define BLOCK_ENHANCED  6u
#define BLOCK_SECRETS   10u
#define SECRETS_TLS     0x544c534bu
#define OPTION_TSRESOL  9u
#define OPTION_TSOFFSET 14u

#define MAGIC_MICRO 0xa1b2c3d4u
#define MAGIC_NANO  0xa1b23c4du

#define CLASSIC_HEADER 24u
#define CLASSIC_PACKET 16u
#define BLOCK_MIN      12u
#define SECOND         1000000000ll
#define TIME_MAX       8000000000ll /* seconds: the year 2223; later ones are no times */

static const uint8_t SECTION[4] = {0x0a, 0x0d, 0x0d, 0x0a}; /* the same in both byte orders */

static uint16_t u16_at(const decode_reader *reader, const uint8_t *at)
{
    return (uint16_t)(reader->big ? at[0] << 8 | at[1] : at[1] << 8 | at[0]);
}

static uint32_t u32_at(const decode_reader *reader, const uint8_t *at)
{
    uint32_t first = u16_at(reader, at);
    uint32_t second = u16_at(reader, at + 2);
    return reader->big ? first << 16 | second : second << 16 | first;
}

static size_t left(const decode_reader *reader)
{
    return reader->file.len - reader->at;
}

static decode_result broken(decode_reader *reader, const char *problem)
{
    reader->problem = problem;
    return DECODE_BROKEN;
}

/* ---- times */

/* Units of 1/per_second to nanoseconds, without overflow for any input. */
static int64_t to_nanoseconds(uint64_t units, uint64_t per_second, int64_t offset)
{
    uint64_t seconds = units / per_second;
    uint64_t rest = units % per_second;
    while (per_second > (uint64_t)SECOND * 8) { /* finer than we need, and rest * SECOND fits */
        per_second /= 2;
        rest /= 2;
    }
    if (seconds > (uint64_t)TIME_MAX || offset > TIME_MAX || offset < -TIME_MAX) {
        return 0;
    }
    int64_t whole = (int64_t)seconds + offset;
    return whole * SECOND + (int64_t)(rest * (uint64_t)SECOND / per_second);
}

/* if_tsresol: a power of ten, or of two with the high bit. 0: no such resolution. */
static uint64_t resolution(uint8_t value)
{
    uint64_t per_second = 1;
    unsigned power = value & 0x7fu;
    bool binary = (value & 0x80u) != 0;
    if (power > (binary ? 63u : 19u)) {
        return 0;
    }
    for (unsigned i = 0; i < power; i++) {
        per_second *= binary ? 2u : 10u;
    }
    return per_second;
}

/* ---- pcapng */

static decode_result take_section(decode_reader *reader, hf_span body)
{
    reader->interfaces_count = 0;
    if (body.len < 16) {
        return broken(reader, "a section header is too short");
    }
    uint16_t major = u16_at(reader, body.ptr + 4);
    return major == 1 ? DECODE_END : broken(reader, "a section has a version that is not known");
}

static int64_t i64_at(const decode_reader *reader, const uint8_t *at)
{
    uint64_t first = u32_at(reader, at);
    uint64_t second = u32_at(reader, at + 4);
    return (int64_t)(reader->big ? first << 32 | second : second << 32 | first);
}

/* The two options of an interface that change what times mean. */
static bool take_option(decode_reader *reader, uint16_t code, hf_span value)
{
    uint32_t index = reader->interfaces_count;
    if (code == OPTION_TSRESOL && value.len >= 1) {
        reader->interfaces[index].per_second = resolution(value.ptr[0]);
        return reader->interfaces[index].per_second != 0;
    }
    if (code == OPTION_TSOFFSET && value.len >= 8) {
        reader->interfaces[index].offset = i64_at(reader, value.ptr);
    }
    return true;
}

static decode_result take_interface(decode_reader *reader, hf_span body)
{
    uint32_t index = reader->interfaces_count;
    if (body.len < 8) {
        return broken(reader, "an interface block is too short");
    }
    if (index == DECODE_INTERFACES_MAX) {
        return broken(reader, "a section has more than 256 interfaces");
    }
    reader->interfaces[index].link = u16_at(reader, body.ptr);
    reader->interfaces[index].snap = u32_at(reader, body.ptr + 4);
    reader->interfaces[index].per_second = 1000000;
    reader->interfaces[index].offset = 0;
    size_t at = 8;
    while (body.len - at >= 4) {
        uint16_t code = u16_at(reader, body.ptr + at);
        size_t len = u16_at(reader, body.ptr + at + 2);
        size_t padded = (len + 3) & ~(size_t)3;
        if (code == 0 || padded > body.len - at - 4) {
            break;
        }
        if (!take_option(reader, code, (hf_span){body.ptr + at + 4, len})) {
            return broken(reader, "an interface has a time resolution that is out of range");
        }
        at += 4 + padded;
    }
    reader->interfaces_count++;
    return DECODE_END;
}

/* Enhanced packet, and the obsolete packet block, which differs in its first word alone. */
static decode_result take_packet(decode_reader *reader, hf_span body, bool obsolete,
                                 decode_frame *frame)
{
    if (body.len < 20) {
        return broken(reader, "a packet block is too short");
    }
    uint32_t index = obsolete ? u16_at(reader, body.ptr) : u32_at(reader, body.ptr);
    uint32_t captured = u32_at(reader, body.ptr + 12);
    if (index >= reader->interfaces_count) {
        return broken(reader, "a packet names an interface that does not exist");
    }
    if (captured > body.len - 20) {
        return broken(reader, "a packet is longer than its block");
    }
    uint64_t units = (uint64_t)u32_at(reader, body.ptr + 4) << 32 | u32_at(reader, body.ptr + 8);
    *frame = (decode_frame){
        .bytes = {body.ptr + 20, captured},
        .time = to_nanoseconds(units, reader->interfaces[index].per_second,
                               reader->interfaces[index].offset),
        .number = ++reader->frames,
        .wire = u32_at(reader, body.ptr + 16),
        .link = reader->interfaces[index].link,
        .big = reader->big,
        .has_time = true,
    };
    return DECODE_FRAME;
}

static decode_result take_simple(decode_reader *reader, hf_span body, decode_frame *frame)
{
    if (body.len < 4) {
        return broken(reader, "a packet block is too short");
    }
    if (reader->interfaces_count == 0) {
        return broken(reader, "a packet names an interface that does not exist");
    }
    uint32_t wire = u32_at(reader, body.ptr);
    uint32_t snap = reader->interfaces[0].snap;
    size_t captured = snap != 0 && snap < wire ? snap : wire;
    *frame = (decode_frame){
        .bytes = {body.ptr + 4, captured < body.len - 4 ? captured : body.len - 4},
        .number = ++reader->frames,
        .wire = wire,
        .link = reader->interfaces[0].link,
        .big = reader->big,
    };
    return DECODE_FRAME;
}

static decode_result take_secrets(decode_reader *reader, hf_span body)
{
    if (body.len < 8 || u32_at(reader, body.ptr + 4) > body.len - 8) {
        return broken(reader, "a block of secrets is longer than it says");
    }
    reader->secrets = (hf_span){body.ptr + 8, u32_at(reader, body.ptr + 4)};
    return u32_at(reader, body.ptr) == SECRETS_TLS ? DECODE_SECRETS : DECODE_END;
}

/* DECODE_END: nothing to hand out, go on. */
static decode_result take_block(decode_reader *reader, uint32_t type, hf_span body,
                                decode_frame *frame)
{
    switch (type) {
    case BLOCK_SECTION:
        return take_section(reader, body);
    case BLOCK_INTERFACE:
        return take_interface(reader, body);
    case BLOCK_PACKET:
        return take_packet(reader, body, true, frame);
    case BLOCK_ENHANCED:
        return take_packet(reader, body, false, frame);
    case BLOCK_SIMPLE:
        return take_simple(reader, body, frame);
    case BLOCK_SECRETS:
        return take_secrets(reader, body);
    default:
        return DECODE_END; /* names, statistics, what others invented */
    }
}

/* A section header says in which byte order its section is, its own length included. */
static bool learn_order(decode_reader *reader, const uint8_t *at)
{
    static const uint8_t BIG[4] = {0x1a, 0x2b, 0x3c, 0x4d};
    static const uint8_t LITTLE[4] = {0x4d, 0x3c, 0x2b, 0x1a};
    if (memcmp(at, SECTION, sizeof SECTION) != 0) {
        return true;
    }
    reader->big = memcmp(at + 8, BIG, sizeof BIG) == 0;
    return reader->big || memcmp(at + 8, LITTLE, sizeof LITTLE) == 0;
}

static decode_result next_block(decode_reader *reader, decode_frame *frame)
{
    decode_result result = DECODE_END;
    while (result == DECODE_END && left(reader) > 0) {
        const uint8_t *at = reader->file.ptr + reader->at;
        if (left(reader) < BLOCK_MIN) {
            return DECODE_CUT;
        }
        if (!learn_order(reader, at)) {
            return broken(reader, "a section header has no byte order");
        }
        uint32_t len = u32_at(reader, at + 4);
        if (len < BLOCK_MIN || len % 4 != 0) {
            return broken(reader, "a block has an impossible length");
        }
        if (len > left(reader)) {
            return DECODE_CUT;
        }
        result = take_block(reader, u32_at(reader, at), (hf_span){at + 8, len - BLOCK_MIN}, frame);
        if (result != DECODE_BROKEN) {
            reader->at += len;
        }
    }
    return result;
}

/* ---- classic */

static decode_result next_packet(decode_reader *reader, decode_frame *frame)
{
    if (left(reader) == 0) {
        return DECODE_END;
    }
    if (left(reader) < CLASSIC_PACKET) {
        return DECODE_CUT;
    }
    const uint8_t *at = reader->file.ptr + reader->at;
    uint32_t captured = u32_at(reader, at + 8);
    uint32_t wire = u32_at(reader, at + 12);
    if (captured > 0x1000000u) { /* 16 MB: no frame is that long */
        return broken(reader, "a packet has an impossible length");
    }
    size_t have = left(reader) - CLASSIC_PACKET;
    uint64_t per_second = reader->nanoseconds ? 1000000000u : 1000000u;
    uint64_t units = (uint64_t)u32_at(reader, at) * per_second + u32_at(reader, at + 4);
    if (captured > have) {
        return DECODE_CUT;
    }
    *frame = (decode_frame){
        .bytes = {at + CLASSIC_PACKET, captured},
        .time = to_nanoseconds(units, per_second, 0),
        .number = ++reader->frames,
        .wire = wire,
        .link = reader->link,
        .big = reader->big,
        .has_time = true,
    };
    reader->at += CLASSIC_PACKET + captured;
    return DECODE_FRAME;
}

static bool begin_classic(decode_reader *reader)
{
    if (reader->file.len < CLASSIC_HEADER) {
        return false;
    }
    for (int order = 0; order < 2; order++) {
        reader->big = order == 1;
        uint32_t magic = u32_at(reader, reader->file.ptr);
        if (magic == MAGIC_MICRO || magic == MAGIC_NANO) {
            reader->nanoseconds = magic == MAGIC_NANO;
            reader->link = u16_at(reader, reader->file.ptr + (reader->big ? 22 : 20));
            reader->at = CLASSIC_HEADER;
            return true;
        }
    }
    return false;
}

bool decode_reader_begin(decode_reader *reader, hf_span file)
{
    memset(reader, 0, sizeof *reader);
    reader->file = file;
    if (file.len >= sizeof SECTION && memcmp(file.ptr, SECTION, sizeof SECTION) == 0) {
        reader->pcapng = true;
        return true;
    }
    return begin_classic(reader);
}

decode_result decode_reader_next(decode_reader *reader, decode_frame *frame)
{
    return reader->pcapng ? next_block(reader, frame) : next_packet(reader, frame);
}
