/* Handshake messages to take apart: those of RFC 8448, and made ones of TLS 1.2 and of everything
 * that RFC 8448 does not have. They are made field by field, so that a test knows what stands
 * where.
 */
#ifndef HF_TESTS_DISSECT_SAMPLES_H
#define HF_TESTS_DISSECT_SAMPLES_H

#include "trace/dissect.h"
#include "unit/message_bytes.h"
#include "unit/vector_text.h"
#include "unit/x509_fixtures.h"

#include <handfast/config.h>

static inline void add_list16(message *m, unsigned width, const uint16_t *numbers, size_t count)
{
    size_t mark = open_vector(m, width);
    for (size_t i = 0; i < count; i++) {
        add_number(m, numbers[i], 2);
    }
    close_vector(m, mark, width);
}

static inline void add_text(message *m, unsigned width, const char *text)
{
    size_t mark = open_vector(m, width);
    add_bytes(m, text, strlen(text));
    close_vector(m, mark, width);
}

static inline size_t open_extension(message *m, uint16_t type)
{
    add_number(m, type, 2);
    return open_vector(m, 2);
}

static inline void add_numbers_extension(message *m, uint16_t type, unsigned width,
                                         const uint16_t *numbers, size_t count)
{
    size_t mark = open_extension(m, type);
    add_list16(m, width, numbers, count);
    close_vector(m, mark, 2);
}

static inline void add_bytes_extension(message *m, uint16_t type, const char *bytes, size_t len)
{
    add_number(m, type, 2);
    add_number(m, len, 2);
    add_bytes(m, bytes, len);
}

/* O=Example */
#define SAMPLE_NAME                                                                                \
    "\x30\x12\x31\x10\x30\x0e\x06\x03\x55\x04\x0a\x0c\x07"                                         \
    "Example"

static inline void add_names(message *m)
{
    size_t names = open_vector(m, 2);
    add_number(m, sizeof SAMPLE_NAME - 1, 2);
    add_bytes(m, SAMPLE_NAME, sizeof SAMPLE_NAME - 1);
    close_vector(m, names, 2);
}

static inline void add_hello_extensions(message *m)
{
    static const uint16_t versions[] = {0x7a7a, 0x0304, 0x0303};
    static const uint16_t groups[] = {0x3a3a, 4588, 29, 23, 256, 30, 0x4242};
    static const uint16_t schemes[] = {0x0403, 0x0807, 0x0201, 0x0101};
    static const uint16_t squeezers[] = {2, 1};
    add_bytes_extension(m, 0x1a1a, "", 0);
    size_t mark = open_extension(m, 0);
    size_t list = open_vector(m, 2);
    add_number(m, 0, 1);
    add_text(m, 2, "a\x1b\"b.example");
    close_vector(m, list, 2);
    close_vector(m, mark, 2);
    add_bytes_extension(m, 1, "\x03", 1);
    add_bytes_extension(m, 5, "\x01\x00\x00\x00\x00", 5);
    add_numbers_extension(m, 10, 2, groups, 7);
    add_bytes_extension(m, 11, "\x01\x00", 2);
    add_numbers_extension(m, 13, 2, schemes, 4);
    add_bytes_extension(m, 15, "\x01", 1);
    mark = open_extension(m, 16);
    list = open_vector(m, 2);
    add_text(m, 1, "x-amzn-mqtt-ca");
    add_text(m, 1, "mqtt");
    close_vector(m, list, 2);
    close_vector(m, mark, 2);
    add_bytes_extension(m, 18, "", 0);
    add_bytes_extension(m, 19, "\x02\x02\x00", 3);
    add_bytes_extension(m, 20, "\x01\x02", 2);
    add_bytes_extension(m, 21, "\x00\x00\x00", 3);
    add_bytes_extension(m, 22, "", 0);
    add_bytes_extension(m, 23, "", 0);
    add_numbers_extension(m, 27, 1, squeezers, 2);
    add_bytes_extension(m, 28, "\x02\x00", 2);
    add_bytes_extension(m, 35, "", 0);
    add_bytes_extension(m, 42, "", 0);
    add_numbers_extension(m, 43, 1, versions, 3);
    add_bytes_extension(m, 44, "\x00\x02\xab\xcd", 4);
    add_bytes_extension(m, 45, "\x03\x00\x01\x2a", 4);
    mark = open_extension(m, 47);
    add_names(m);
    close_vector(m, mark, 2);
    add_bytes_extension(m, 49, "", 0);
    add_numbers_extension(m, 50, 2, schemes, 2);
    add_bytes_extension(m, 51, "\x00\x0c\x3a\x3a\x00\x01\x00\x00\x17\x00\x03\x04\x05\x06", 14);
    add_bytes_extension(m, 0xff01, "\x00", 1);
    add_bytes_extension(m, 60000, "\x01\x02\x03", 3);
    mark = open_extension(m, 41);
    list = open_vector(m, 2);
    add_text(m, 2, "device-7");
    add_number(m, 0, 4);
    close_vector(m, list, 2);
    list = open_vector(m, 2);
    add_number(m, 32, 1);
    add_fill(m, 0x5a, 32);
    close_vector(m, list, 2);
    close_vector(m, mark, 2);
}

/* A ClientHello with every extension that has a form. */
static inline void make_client_hello(message *m)
{
    static const uint16_t suites[] = {0x0a0a, 0x1301, 0xc02b, 0x002f, 0x00ff, 0x4321};
    m->len = 0;
    add_number(m, 0x0303, 2);
    add_fill(m, 0x33, 32);
    add_number(m, 32, 1);
    add_fill(m, 0x44, 32);
    add_list16(m, 2, suites, 6);
    add_number(m, 0x0100, 2);
    size_t mark = open_vector(m, 2);
    add_hello_extensions(m);
    close_vector(m, mark, 2);
}

/* ---- TLS 1.2 */

/* ServerHello whose random ends in a downgrade mark; `mark` 0: none, 1: 1.1 or below, 2: 1.2 */
static inline void make_server_hello12(message *m, unsigned mark)
{
    m->len = 0;
    add_number(m, 0x0303, 2);
    add_fill(m, 0x77, 24);
    if (mark == 0) {
        add_fill(m, 0x77, 8);
    } else {
        add_bytes(m, "DOWNGRD", 7);
        add_number(m, mark - 1, 1);
    }
    add_number(m, 0, 1);
    add_number(m, 0xc02b, 2);
    add_number(m, 0, 1);
    size_t list = open_vector(m, 2);
    add_bytes_extension(m, 0xff01, "\x00", 1);
    add_bytes_extension(m, 0, "", 0);
    add_bytes_extension(m, 23, "", 0);
    add_bytes_extension(m, 35, "", 0);
    add_bytes_extension(m, 5, "", 0);
    add_bytes_extension(m, 20, "\x02", 1);
    add_bytes_extension(m, 16, "\x00\x03\x02h2", 5);
    close_vector(m, list, 2);
}

static inline void add_fixture(message *m, const char *name)
{
    hf_span der = fixture(name);
    size_t mark = open_vector(m, 3);
    add_bytes(m, der.ptr, der.len);
    close_vector(m, mark, 3);
    fixture_free(der);
}

static inline void make_certificate12(message *m)
{
    m->len = 0;
    size_t list = open_vector(m, 3);
    add_fixture(m, "leaf");
    add_fixture(m, "int-rsa");
    close_vector(m, list, 3);
}

/* With a stapled response, as far as it goes: "not here" (RFC 6960: unauthorized). */
static inline void make_certificate13(message *m)
{
    m->len = 0;
    add_text(m, 1, "ctx");
    size_t list = open_vector(m, 3);
    add_fixture(m, "leaf");
    size_t extensions = open_vector(m, 2);
    add_bytes_extension(m, 5, "\x01\x00\x00\x05\x30\x03\x0a\x01\x06", 9);
    close_vector(m, extensions, 2);
    close_vector(m, list, 3);
}

static inline void make_request12(message *m)
{
    static const uint16_t schemes[] = {0x0403, 0x0401};
    m->len = 0;
    add_text(m, 1, "\x40\x01");
    add_list16(m, 2, schemes, 2);
    add_names(m);
}

static inline void make_ecdhe(message *m, const char *hint)
{
    m->len = 0;
    if (hint != NULL) {
        add_text(m, 2, hint);
    }
    add_number(m, 3, 1);
    add_number(m, 29, 2);
    add_number(m, 32, 1);
    add_fill(m, 0x09, 32);
    if (hint == NULL) {
        add_number(m, 0x0403, 2);
        add_text(m, 2, "signature");
    }
}

static inline void make_dhe(message *m)
{
    m->len = 0;
    add_text(m, 2,
             "\x7f"
             "234567");
    add_text(m, 2, "\x02");
    add_text(m, 2, "1234567");
    add_number(m, 0x0804, 2);
    add_text(m, 2, "signature");
}

/* ---- one after the other, for tests that damage them */

typedef void sample_visitor(void *ctx, uint8_t type, hf_span body, const hf_dissect_as *as);

static inline void visit_sample(const message *m, uint8_t type, uint16_t version, uint16_t suite,
                                sample_visitor *visit, void *ctx)
{
    hf_dissect_as as = {.version = version, .suite = suite};
    hf_span body = exact(m->at, m->len);
    visit(ctx, type, body, &as);
    exact_free(body);
}

static inline void visit_made(sample_visitor *visit, void *ctx)
{
    static message m;
    make_client_hello(&m);
    visit_sample(&m, 1, 0, 0, visit, ctx);
    make_server_hello12(&m, 2);
    visit_sample(&m, 2, HF_TLS12, 0, visit, ctx);
    make_certificate12(&m);
    visit_sample(&m, 11, HF_TLS12, 0, visit, ctx);
    make_certificate13(&m);
    visit_sample(&m, 11, HF_TLS13, 0, visit, ctx);
    make_request12(&m);
    visit_sample(&m, 13, HF_TLS12, 0, visit, ctx);
    make_ecdhe(&m, NULL);
    visit_sample(&m, 12, HF_TLS12, 0xc02b, visit, ctx);
    visit_sample(&m, 12, 0, 0, visit, ctx);
    make_ecdhe(&m, "hint");
    visit_sample(&m, 12, HF_TLS12, 0xc037, visit, ctx);
    make_dhe(&m);
    visit_sample(&m, 12, HF_TLS12, 0x009e, visit, ctx);
}

/* RFC 8448: the names of what is a row of handshake messages. */
static inline void visit_traced(sample_visitor *visit, void *ctx)
{
    static const char *const sections[] = {"simple", "resumed", "retry", "client-certificate",
                                           "compatible"};
    static const char *const names[] = {
        "client_hello",  "hello_retry_request", "second_client_hello", "server_hello",
        "server_flight", "client_flight",       "end_of_early_data",   "ticket"};
    static message m;
    for (size_t i = 0; i < 5 * 8; i++) {
        vectors v;
        vectors_open(&v, "rfc8448.txt");
        vectors_section(&v, sections[i / 8]);
        hf_span all = {NULL, 0};
        if (vectors_have(&v, names[i % 8])) {
            all = vectors_get(&v, names[i % 8]);
        }
        for (size_t at = 0; at < all.len; at += 4 + m.len) {
            m.len = 0;
            assert_in_range(at + 4, 4, all.len);
            size_t len = (size_t)all.ptr[at + 2] << 8 | all.ptr[at + 3];
            add_bytes(&m, all.ptr + at + 4, len);
            visit_sample(&m, all.ptr[at], HF_TLS13, 0, visit, ctx);
        }
        vectors_close(&v);
    }
}

#endif
