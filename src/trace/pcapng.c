/* Writing blocks. See pcapng.h. A block's length stands in front of it and behind it, so it is
 * computed before anything of the block is written. */
#include "trace/pcapng.h"

#include "wire/writer.h"

#include <string.h>

#define SECTION_BLOCK   0x0a0d0d0au
#define INTERFACE_BLOCK 1u
#define PACKET_BLOCK    6u
#define SECRETS_BLOCK   10u
#define BYTE_ORDER      0x1a2b3c4du
#define SECRETS_TLS     0x544c534bu /* "TLSK" */
#define LINKTYPE_RAW    101u        /* an IPv4 or IPv6 header comes first */

enum option {
    OPTION_END = 0,
    OPTION_COMMENT = 1,
    OPTION_INTERFACE_NAME = 2, /* of an interface block */
    OPTION_APPLICATION = 4,    /* of a section block */
    OPTION_RESOLUTION = 9,     /* of an interface block */
};

#define INTERFACE_NAME  "handfast"
#define RESOLUTION      9u /* 10^-9 s */
#define OPTION_HEADER   4u
#define BLOCK_AROUND    12u /* type, length, length */
#define PACKET_FIXED    20u
#define APPLICATION_MAX 255u

static size_t padded(size_t len)
{
    return (len + 3u) & ~(size_t)3u;
}

static void put(const hf_sink *sink, const uint8_t *ptr, size_t len)
{
    if (len > 0) {
        sink->put(sink->ctx, (const char *)ptr, len);
    }
}

static void put_padded(const hf_sink *sink, hf_span bytes)
{
    static const uint8_t ZEROS[3] = {0};
    put(sink, bytes.ptr, bytes.len);
    put(sink, ZEROS, padded(bytes.len) - bytes.len);
}

static void put_u32(const hf_sink *sink, uint32_t value)
{
    uint8_t bytes[4];
    hf_writer w = hf_write_to(bytes, sizeof bytes);
    hf_write_u32(&w, value);
    put(sink, bytes, sizeof bytes);
}

static void put_option(const hf_sink *sink, enum option code, hf_span value)
{
    uint8_t header[OPTION_HEADER];
    hf_writer w = hf_write_to(header, sizeof header);
    hf_write_u16(&w, (uint16_t)code);
    hf_write_u16(&w, (uint16_t)value.len);
    put(sink, header, sizeof header);
    put_padded(sink, value);
}

static size_t option_size(size_t len)
{
    return OPTION_HEADER + padded(len);
}

static hf_span text_span(const char *text, size_t most)
{
    size_t len = strlen(text);
    return (hf_span){(const uint8_t *)text, len < most ? len : most};
}

static void put_section(const hf_sink *sink, const char *application)
{
    const hf_span name = text_span(application, APPLICATION_MAX);
    uint32_t total = (uint32_t)(BLOCK_AROUND + 16u + option_size(name.len) + OPTION_HEADER);
    uint8_t fixed[24];
    hf_writer w = hf_write_to(fixed, sizeof fixed);
    hf_write_u32(&w, SECTION_BLOCK);
    hf_write_u32(&w, total);
    hf_write_u32(&w, BYTE_ORDER);
    hf_write_u16(&w, 1); /* version 1.0 */
    hf_write_u16(&w, 0);
    hf_write_u32(&w, UINT32_MAX); /* the section's length: not known */
    hf_write_u32(&w, UINT32_MAX);
    put(sink, fixed, w.len);
    put_option(sink, OPTION_APPLICATION, name);
    put_option(sink, OPTION_END, (hf_span){NULL, 0});
    put_u32(sink, total);
}

static void put_interface(const hf_sink *sink)
{
    static const uint8_t RESOLUTION_BYTE[] = {RESOLUTION};
    const hf_span name = text_span(INTERFACE_NAME, sizeof INTERFACE_NAME);
    uint32_t total =
        (uint32_t)(BLOCK_AROUND + 8u + option_size(name.len) + option_size(1) + OPTION_HEADER);
    uint8_t fixed[16];
    hf_writer w = hf_write_to(fixed, sizeof fixed);
    hf_write_u32(&w, INTERFACE_BLOCK);
    hf_write_u32(&w, total);
    hf_write_u16(&w, LINKTYPE_RAW);
    hf_write_u16(&w, 0);
    hf_write_u32(&w, 0); /* packets are never cut */
    put(sink, fixed, w.len);
    put_option(sink, OPTION_INTERFACE_NAME, name);
    put_option(sink, OPTION_RESOLUTION, (hf_span){RESOLUTION_BYTE, 1});
    put_option(sink, OPTION_END, (hf_span){NULL, 0});
    put_u32(sink, total);
}

void hf_pcapng_begin(const hf_sink *sink, const char *application)
{
    put_section(sink, application);
    put_interface(sink);
}

void hf_pcapng_secrets(const hf_sink *sink, hf_span lines)
{
    uint32_t total = (uint32_t)(BLOCK_AROUND + 8u + padded(lines.len));
    uint8_t fixed[16];
    hf_writer w = hf_write_to(fixed, sizeof fixed);
    hf_write_u32(&w, SECRETS_BLOCK);
    hf_write_u32(&w, total);
    hf_write_u32(&w, SECRETS_TLS);
    hf_write_u32(&w, (uint32_t)lines.len);
    put(sink, fixed, w.len);
    put_padded(sink, lines);
    put_u32(sink, total);
}

/* The next line without its end; false when there is none. */
static bool next_line(hf_span *left, hf_span *line)
{
    if (left->len == 0) {
        return false;
    }
    const uint8_t *end = memchr(left->ptr, '\n', left->len);
    size_t len = end == NULL ? left->len : (size_t)(end - left->ptr);
    size_t used = end == NULL ? len : len + 1;
    *line = (hf_span){left->ptr, len < HF_PCAPNG_COMMENT_MAX ? len : HF_PCAPNG_COMMENT_MAX};
    left->ptr += used;
    left->len -= used;
    return true;
}

static size_t comments_size(hf_span comments)
{
    hf_span line;
    size_t size = 0;
    while (next_line(&comments, &line)) {
        size += option_size(line.len);
    }
    return size > 0 ? size + OPTION_HEADER : 0;
}

static void put_comments(const hf_sink *sink, hf_span comments)
{
    hf_span line;
    bool any = comments.len > 0;
    while (next_line(&comments, &line)) {
        put_option(sink, OPTION_COMMENT, line);
    }
    if (any) {
        put_option(sink, OPTION_END, (hf_span){NULL, 0});
    }
}

void hf_pcapng_packet(const hf_sink *sink, uint64_t time_ns, hf_span header, hf_span payload,
                      hf_span comments)
{
    static const uint8_t ZEROS[3] = {0};
    uint32_t len = (uint32_t)(header.len + payload.len);
    uint32_t total =
        (uint32_t)(BLOCK_AROUND + PACKET_FIXED + padded(len) + comments_size(comments));
    uint8_t fixed[28];
    hf_writer w = hf_write_to(fixed, sizeof fixed);
    hf_write_u32(&w, PACKET_BLOCK);
    hf_write_u32(&w, total);
    hf_write_u32(&w, 0); /* the one interface */
    hf_write_u32(&w, (uint32_t)(time_ns >> 32));
    hf_write_u32(&w, (uint32_t)time_ns);
    hf_write_u32(&w, len);
    hf_write_u32(&w, len);
    put(sink, fixed, w.len);
    put(sink, header.ptr, header.len);
    put(sink, payload.ptr, payload.len);
    put(sink, ZEROS, padded(len) - len);
    put_comments(sink, comments);
    put_u32(sink, total);
}
