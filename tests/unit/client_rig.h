/* A client engine in memory for tests of what it sends: configuration, buffers, and a ClientHello
 * taken apart by a parser that shares nothing with the library's.
 */
#ifndef HF_TESTS_CLIENT_RIG_H
#define HF_TESTS_CLIENT_RIG_H

#include "unit/cmocka_all.h"

#include <handfast/tls.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RIG_NAME "broker.example.com"

/* ---- a ClientHello in parts */
typedef struct hello_part {
    uint16_t type;
    const uint8_t *body;
    size_t len;
} hello_part;

typedef struct hello {
    uint8_t bytes[8192]; /* the message, joined from its records */
    size_t len;
    size_t records;
    size_t largest_record;
    uint16_t record_version; /* of the first */
    const uint8_t *version;
    const uint8_t *random;
    const uint8_t *session;
    size_t session_len;
    const uint8_t *suites;
    size_t suites_len;
    const uint8_t *compression;
    size_t compression_len;
    hello_part parts[32];
    size_t count;
} hello;

static inline size_t number(const uint8_t *at, unsigned width)
{
    size_t value = 0;
    for (unsigned i = 0; i < width; i++) {
        value = value << 8 | at[i];
    }
    return value;
}

static inline void hello_parts(hello *h, const uint8_t *at, const uint8_t *end)
{
    h->count = 0;
    while (at < end) {
        assert_in_range(h->count, 0, 31);
        assert_true(end - at >= 4);
        hello_part *part = &h->parts[h->count++];
        part->type = (uint16_t)number(at, 2);
        part->len = number(at + 2, 2);
        part->body = at + 4;
        at += 4 + part->len;
    }
    assert_ptr_equal(at, end);
}

static inline void hello_parse(hello *h)
{
    const uint8_t *at = h->bytes;
    assert_true(h->len > 4 + 2 + 32 + 1 + 2 + 1 + 2);
    assert_int_equal(at[0], 1);
    assert_int_equal(number(at + 1, 3), h->len - 4);
    h->version = at + 4;
    h->random = at + 6;
    h->session_len = at[38];
    h->session = at + 39;
    at = h->session + h->session_len;
    h->suites_len = number(at, 2);
    h->suites = at + 2;
    at = h->suites + h->suites_len;
    h->compression_len = at[0];
    h->compression = at + 1;
    at = h->compression + h->compression_len;
    assert_int_equal(number(at, 2), (size_t)(h->bytes + h->len - at - 2));
    hello_parts(h, at + 2, h->bytes + h->len);
}

/* Joins the plaintext handshake records in `wire`, which hold one message. */
static inline void hello_join(hello *h, const uint8_t *wire, size_t len)
{
    memset(h, 0, sizeof *h);
    for (size_t at = 0; at < len;) {
        assert_true(len - at > 5);
        size_t size = number(wire + at + 3, 2);
        assert_int_equal(wire[at], 22);
        assert_true(size > 0 && size <= len - at - 5 && h->len + size <= sizeof h->bytes);
        h->record_version = h->records == 0 ? (uint16_t)number(wire + 1, 2) : h->record_version;
        h->largest_record = size > h->largest_record ? size : h->largest_record;
        memcpy(h->bytes + h->len, wire + at + 5, size);
        h->len += size;
        h->records++;
        at += 5 + size;
    }
    hello_parse(h);
}

static inline const hello_part *hello_find(const hello *h, uint16_t type)
{
    for (size_t i = 0; i < h->count; i++) {
        if (h->parts[i].type == type) {
            return &h->parts[i];
        }
    }
    return NULL;
}

static inline void to_hex(const uint8_t *at, size_t len, char *text, size_t cap)
{
    assert_true(2 * len < cap);
    text[0] = 0;
    for (size_t i = 0; i < len; i++) {
        (void)snprintf(text + 2 * i, 3, "%02x", at[i]);
    }
}

static inline void assert_text_of(const uint8_t *at, size_t len, const char *hex)
{
    char text[4096];
    to_hex(at, len, text, sizeof text);
    assert_string_equal(text, hex);
}

/* The extension's body is exactly `hex`; NULL: the extension is not there. */
static inline void assert_part(const hello *h, uint16_t type, const char *hex)
{
    const hello_part *part = hello_find(h, type);
    if (hex == NULL) {
        assert_null(part);
        return;
    }
    if (part == NULL) {
        fail_msg("no extension %u", type);
    }
    assert_text_of(part->body, part->len, hex);
}

/* ---- the engine */
typedef struct client {
    hf_config config;
    hf_tls tls;
    const char *name;
    size_t in_cap, out_cap, slot_cap;
    uint8_t *in, *out, *slot;
    uint8_t memory[256];
    uint8_t wire[16384]; /* what came out */
    size_t wire_len;
    hello hello;
} client;

/* Defaults that a test may change before client_begin(). */
static inline void client_init(client *c)
{
    memset(c, 0, sizeof *c);
    hf_config_init(&c->config, c->memory, sizeof c->memory);
    c->config.insecure_skip_certificate_check = true; /* certificates are not the matter here */
    c->name = RIG_NAME;
    c->in_cap = HF_TLS_INPUT_SIZE;
    c->out_cap = HF_TLS_OUTPUT_SIZE;
    c->slot_cap = HF_TLS_CERTIFICATE_SIZE;
}

/* Begins without running: what hf_tls_client() returns. Buffers of their exact size, for ASan. */
static inline hf_code client_start(client *c)
{
    c->in = malloc(c->in_cap + 1);
    c->out = malloc(c->out_cap + 1);
    c->slot = malloc(c->slot_cap + 1);
    assert_true(c->in != NULL && c->out != NULL && c->slot != NULL);
    const hf_tls_memory memory = {.input = {c->in, c->in_cap},
                                  .output = {c->out, c->out_cap},
                                  .certificate = {c->slot, c->slot_cap}};
    return hf_tls_client(&c->tls, &c->config, &memory, c->name);
}

/* Runs and takes all output, until neither is wanted. */
static inline void client_drain(client *c)
{
    const unsigned busy = HF_WANT_RUN | HF_WANT_OUTPUT;
    while ((hf_tls_wants(&c->tls) & busy) != 0) {
        size_t len = 0;
        if ((hf_tls_wants(&c->tls) & HF_WANT_RUN) != 0) {
            (void)hf_tls_run(&c->tls);
        }
        const uint8_t *bytes = hf_tls_output(&c->tls, &len);
        assert_true(len <= sizeof c->wire - c->wire_len);
        if (len > 0) {
            memcpy(c->wire + c->wire_len, bytes, len);
        }
        c->wire_len += len;
        hf_tls_output_done(&c->tls, len);
    }
}

/* Builds, begins, and takes the first ClientHello apart. */
static inline void client_begin(client *c)
{
    if (!c->config.built) {
        assert_string_equal(hf_error_name(hf_config_build(&c->config)), "HF_OK");
    }
    assert_string_equal(hf_error_name(client_start(c)), "HF_OK");
    client_drain(c);
    assert_string_equal(hf_error_name((hf_code)hf_tls_error(&c->tls)->code), "HF_OK");
    hello_join(&c->hello, c->wire, c->wire_len);
}

/* Another connection with the same configuration. */
static inline void client_again(client *c)
{
    hf_tls_release(&c->tls);
    free(c->in);
    free(c->out);
    free(c->slot);
    c->in = c->out = c->slot = NULL;
    c->wire_len = 0;
}

static inline void client_end(client *c)
{
    client_again(c);
    hf_config_release(&c->config);
}

static inline hf_code client_give(client *c, const uint8_t *bytes, size_t len)
{
    hf_code code = HF_OK;
    for (size_t at = 0; at < len && (code == HF_OK || code == HF_PENDING);) {
        size_t room = 0;
        uint8_t *to = hf_tls_input(&c->tls, &room);
        size_t n = room < len - at ? room : len - at;
        if (to == NULL) {
            break;
        }
        memcpy(to, bytes + at, n);
        code = hf_tls_input_done(&c->tls, n);
        at += n;
    }
    client_drain(c);
    return (hf_code)hf_tls_error(&c->tls)->code;
}

#endif
