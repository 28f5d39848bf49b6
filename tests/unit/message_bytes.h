/* Building blocks of handshake messages for tests: bytes put behind each other, lengths filled in
 * afterwards, so that a test says what it breaks and nothing else.
 */
#ifndef HF_TESTS_MESSAGE_BYTES_H
#define HF_TESTS_MESSAGE_BYTES_H

#include "tls/message/message.h"
#include "unit/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

typedef struct message {
    uint8_t at[140000];
    size_t len;
} message;

static inline void add_number(message *m, size_t value, unsigned width)
{
    assert_true(m->len + width <= sizeof m->at);
    for (unsigned i = 0; i < width; i++) {
        m->at[m->len++] = (uint8_t)(value >> (8 * (width - 1 - i)));
    }
}

static inline void add_bytes(message *m, const void *bytes, size_t len)
{
    assert_true(m->len + len <= sizeof m->at);
    if (len > 0) {
        memcpy(m->at + m->len, bytes, len);
    }
    m->len += len;
}

static inline void add_fill(message *m, uint8_t byte, size_t len)
{
    assert_true(m->len + len <= sizeof m->at);
    memset(m->at + m->len, byte, len);
    m->len += len;
}

/* Opens a vector; close_vector() writes its length. */
static inline size_t open_vector(message *m, unsigned width)
{
    size_t mark = m->len;
    add_number(m, 0, width);
    return mark;
}

static inline void close_vector(message *m, size_t mark, unsigned width)
{
    size_t end = m->len;
    m->len = mark;
    add_number(m, end - mark - width, width);
    m->len = end;
}

static inline void add_extension(message *m, uint16_t type, const void *body, size_t len)
{
    add_number(m, type, 2);
    add_number(m, len, 2);
    add_bytes(m, body, len);
}

/* A body in memory of exactly its length, so that ASan sees a step outside. */
static inline hf_span exact(const uint8_t *bytes, size_t len)
{
    uint8_t *copy = malloc(len > 0 ? len : 1);
    assert_non_null(copy);
    if (len > 0) {
        memcpy(copy, bytes, len);
    }
    return (hf_span){copy, len};
}

static inline void exact_free(hf_span body)
{
    free((void *)body.ptr);
}

/* ---- messages that carry extensions, up to the block and with it */

enum carrier { IN_SH, IN_HRR, IN_EE, IN_CR, IN_SH12, CARRIERS };

static const unsigned PLACES[CARRIERS] = {HF_IN_SERVER_HELLO, HF_IN_HELLO_RETRY, HF_IN_ENCRYPTED,
                                          HF_IN_REQUEST, HF_IN_SERVER_HELLO12};

static inline void add_hello_frame(message *m, bool retry, size_t session_len)
{
    static const uint8_t RETRY[32] = {0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11,
                                      0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
                                      0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e,
                                      0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};
    add_number(m, 0x0303, 2);
    if (retry) {
        add_bytes(m, RETRY, sizeof RETRY);
    } else {
        add_fill(m, 0x77, 32);
    }
    add_number(m, session_len, 1);
    add_fill(m, 0x11, session_len);
    add_number(m, 0x1301, 2);
    add_number(m, 0, 1);
}

static inline void begin_carrier(message *m, enum carrier carrier)
{
    m->len = 0;
    if (carrier == IN_CR) {
        add_number(m, 0, 1); /* certificate_request_context */
    } else if (carrier != IN_EE) {
        add_hello_frame(m, carrier == IN_HRR, 0);
    }
}

typedef struct parsed {
    hf_code code;
    uint32_t offset;
    uint32_t type; /* of an extension that stands twice */
    hf_extensions extensions;
} parsed;

static inline parsed parse_carrier(const uint8_t *bytes, size_t len, enum carrier carrier)
{
    parsed p = {.code = HF_OK};
    hf_span body = exact(bytes, len);
    hf_reader r = hf_read_span_of(body);
    if (carrier == IN_EE) {
        p.code = hf_encrypted_extensions_parse(&r, &p.extensions, &p.type);
    } else if (carrier == IN_CR) {
        hf_certificate_request request;
        p.code = hf_certificate_request_parse13(&r, &request, &p.type);
        p.extensions = request.extensions;
    } else {
        hf_server_hello hello;
        p.code = hf_server_hello_parse(&r, &hello, &p.type);
        p.extensions = hello.extensions;
    }
    p.offset = (uint32_t)hf_read_offset(&r);
    exact_free(body); /* spans of the result are not to be read */
    return p;
}

#endif
