/* The sizes of docs/porting.md: each error that says "too small" comes of a buffer one byte too
 * small, and the size that it names does. The table below and the one of the document have to say
 * the same.
 */
#include "puppet/puppet_inside.h"
#include "puppet/rig.h"
#include "unit/cmocka_all.h"
#include "unit/x509_fixtures.h"

#include <handfast/mqtt.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What came of a size, and what the error names as the size that would do. */
typedef struct outcome {
    hf_code code;
    size_t named;
} outcome;

typedef struct buffer {
    const char *name;
    const char *constant; /* NULL: none */
    size_t value;
    hf_code error;
    size_t small; /* where the error comes for certain */
    size_t step;  /* sizes are rounded up to it */
    outcome (*try)(size_t size);
} buffer;

/* ---- the TLS engine's, at start */

static outcome start(size_t in, size_t out, size_t certificate)
{
    rig *r = rig_new();
    static uint8_t bytes[3][HF_TLS_INPUT_SIZE];
    rig_start(r);
    hf_tls_release(&r->tls);
    const hf_tls_memory memory = {
        .input = {bytes[0], in}, .output = {bytes[1], out}, .certificate = {bytes[2], certificate}};
    hf_code code = hf_tls_client(&r->tls, &r->config, &memory, "device.example.com");
    outcome is = {code, hf_tls_error(&r->tls)->detail};
    rig_free(r);
    return is;
}

static outcome try_input(size_t size)
{
    return start(size, HF_TLS_OUTPUT_SIZE, HF_TLS_CERTIFICATE_MIN);
}

static outcome try_output(size_t size)
{
    return start(HF_TLS_INPUT_SIZE, size, HF_TLS_CERTIFICATE_MIN);
}

static outcome try_certificate(size_t size)
{
    return start(HF_TLS_INPUT_SIZE, HF_TLS_OUTPUT_SIZE, size);
}

/* ---- in a connection */

static outcome end(rig *r)
{
    rig_run(r);
    outcome is = {(hf_code)hf_tls_error(&r->tls)->code, hf_tls_error(&r->tls)->detail};
    rig_free(r);
    return is;
}

static outcome try_data(size_t size)
{
    static const uint8_t DATA[1500] = {1, 2, 3};
    rig *r = rig_new();
    r->input = size;
    rig_start(r);
    rig_run(r);
    puppet_record(r->p, 23, DATA, sizeof DATA);
    return end(r);
}

static const char *const LONG_NAMES[] = {
    "a-protocol-name-that-takes-some-room-in-a-client-hello-and-is-not-the-only-one-of-its-kind-0",
    "a-protocol-name-that-takes-some-room-in-a-client-hello-and-is-not-the-only-one-of-its-kind-1",
    "a-protocol-name-that-takes-some-room-in-a-client-hello-and-is-not-the-only-one-of-its-kind-2",
    "a-protocol-name-that-takes-some-room-in-a-client-hello-and-is-not-the-only-one-of-its-kind-3",
    "a-protocol-name-that-takes-some-room-in-a-client-hello-and-is-not-the-only-one-of-its-kind-4",
};

static outcome try_hello(size_t size)
{
    rig *r = rig_new();
    r->certificate = size;
    r->alpn = LONG_NAMES;
    r->alpn_count = 5;
    rig_start(r);
    while ((hf_tls_wants(&r->tls) & HF_WANT_RUN) != 0) {
        (void)hf_tls_run(&r->tls);
    }
    outcome is = {(hf_code)hf_tls_error(&r->tls)->code, hf_tls_error(&r->tls)->detail};
    rig_free(r);
    return is;
}

static outcome try_certificates(size_t size)
{
    rig *r = rig_new();
    r->certificate = size;
    r->rsa = true;
    rig_start(r);
    return end(r);
}

static bool name_many(puppet *p, int step, puppet_message *m)
{
    static const uint8_t ZEROS[3000];
    (void)p;
    if (step == M_CERTIFICATE_REQUEST) {
        puppet_add_extension(m, 1, 0x5a5a, ZEROS, sizeof ZEROS);
    }
    return true;
}

static outcome try_message(size_t size)
{
    rig *r = rig_new();
    r->certificate = size;
    r->p->request = true;
    r->p->change = name_many;
    r->p->cut = 1000;
    rig_start(r);
    return end(r);
}

static outcome try_names(size_t size)
{
    walk w = {.chain = {"leaf-nc-good", "int-nc"}, .anchors = {"root"}, .names = size};
    walk_run(&w);
    return (outcome){w.code, w.detail};
}

/* ---- a configuration's memory */

static outcome try_config(size_t size)
{
    _Alignas(16) static uint8_t memory[16384];
    hf_config config;
    const hf_span root = fixture_file("root", ".pem");
    hf_config_init(&config, memory, size);
    hf_code code = hf_config_anchors(&config, root.ptr, root.len);
    outcome is = {code, config.error.detail};
    hf_config_release(&config);
    free((void *)(uintptr_t)root.ptr);
    return is;
}

/* ---- MQTT */

static uint8_t mqtt_bytes[2][2048];

static hf_code begin_mqtt(hf_mqtt *m, size_t in, size_t out)
{
    const hf_mqtt_memory memory = {.input = {mqtt_bytes[0], in}, .output = {mqtt_bytes[1], out}};
    return hf_mqtt_init(m, &memory);
}

static outcome try_mqtt_input(size_t size)
{
    hf_mqtt m;
    hf_code code = begin_mqtt(&m, size, HF_MQTT_BUFFER_SIZE);
    return (outcome){code, m.error.detail};
}

static outcome try_mqtt_output(size_t size)
{
    hf_mqtt m;
    hf_code code = begin_mqtt(&m, HF_MQTT_BUFFER_SIZE, size);
    return (outcome){code, m.error.detail};
}

static const uint8_t *topic(void)
{
    static uint8_t letters[300];
    memset(letters, 't', sizeof letters);
    return letters;
}

static hf_code feed(hf_mqtt *m, const uint8_t *bytes, size_t len)
{
    hf_code code = HF_OK;
    while (len > 0 && code == HF_OK) {
        size_t room = 0;
        uint8_t *space = hf_mqtt_input(m, &room);
        size_t part = len < room ? len : room;
        if (part == 0) {
            return (hf_code)m->error.code;
        }
        memcpy(space, bytes, part);
        code = hf_mqtt_input_done(m, part);
        code = code == HF_PENDING ? HF_OK : code;
        bytes += part;
        len -= part;
    }
    return code;
}

/* A message whose topic has 300 letters. */
static outcome try_mqtt_message(size_t size)
{
    static const uint8_t CONNACK[] = {0x20, 2, 0, 0};
    static const uint8_t HEAD[] = {0x30, 0xaf, 0x02, 300 >> 8, 300 & 0xff};
    hf_mqtt m;
    hf_mqtt_event event;
    hf_mqtt_options options = {.client_id = hf_mqtt_text("dev")};
    assert_int_equal(begin_mqtt(&m, size, HF_MQTT_BUFFER_SIZE), HF_OK);
    assert_int_equal(hf_mqtt_connect(&m, &options), HF_OK);
    size_t len = 0;
    (void)hf_mqtt_output(&m, &len);
    assert_int_equal(hf_mqtt_output_done(&m, len), HF_OK);
    assert_int_equal(feed(&m, CONNACK, sizeof CONNACK), HF_OK);
    assert_true(hf_mqtt_get_event(&m, &event));
    hf_code code = feed(&m, HEAD, sizeof HEAD);
    code = code == HF_OK ? feed(&m, topic(), 300) : code;
    code = code == HF_OK ? feed(&m, (const uint8_t *)"x", 1) : code;
    return (outcome){code, m.error.detail};
}

/* A CONNECT with a long client id. */
static outcome try_mqtt_connect(size_t size)
{
    hf_mqtt m;
    hf_mqtt_options options = {.client_id = {topic(), 300}};
    assert_int_equal(begin_mqtt(&m, HF_MQTT_BUFFER_SIZE, size), HF_OK);
    hf_code code = hf_mqtt_connect(&m, &options);
    return (outcome){code, m.too_large};
}

#define IS(constant) #constant, constant
static const buffer BUFFERS[] = {
    {"hf_tls_memory.input", IS(HF_TLS_INPUT_MIN), HF_E_MEMORY_TOO_SMALL, 0, 1, try_input},
    {"hf_tls_memory.input", IS(HF_TLS_INPUT_SIZE), HF_E_RECORD_TOO_LARGE, 512, 1, try_data},
    {"hf_tls_memory.output", IS(HF_TLS_OUTPUT_MIN), HF_E_MEMORY_TOO_SMALL, 0, 1, try_output},
    {"hf_tls_memory.certificate", IS(HF_TLS_CERTIFICATE_MIN), HF_E_MEMORY_TOO_SMALL, 0, 1,
     try_certificate},
    {"hf_tls_memory.certificate", IS(HF_TLS_CERTIFICATE_SIZE), HF_E_HELLO_TOO_LARGE, 512, 1,
     try_hello},
    {"hf_tls_memory.certificate", IS(HF_TLS_CERTIFICATE_SIZE), HF_E_CERT_TOO_LARGE, 600, 1,
     try_certificates},
    {"hf_tls_memory.certificate", IS(HF_TLS_CERTIFICATE_SIZE), HF_E_MESSAGE_TOO_LARGE, 2048, 1,
     try_message},
    {"hf_tls_memory.names", IS(HF_TLS_NAMES_SIZE), HF_E_CERT_NAMES_AREA, 1, 1, try_names},
    {"hf_config_init()", NULL, 0, HF_E_MEMORY_TOO_SMALL, 0, 8, try_config},
    {"hf_mqtt_memory.input", IS(HF_MQTT_BUFFER_MIN), HF_E_MEMORY_TOO_SMALL, 0, 1, try_mqtt_input},
    {"hf_mqtt_memory.input", IS(HF_MQTT_BUFFER_SIZE), HF_E_MQTT_TOO_LARGE, 64, 1, try_mqtt_message},
    {"hf_mqtt_memory.output", IS(HF_MQTT_BUFFER_MIN), HF_E_MEMORY_TOO_SMALL, 0, 1, try_mqtt_output},
    {"hf_mqtt_memory.output", IS(HF_MQTT_BUFFER_SIZE), HF_E_MQTT_TOO_LARGE, 64, 1,
     try_mqtt_connect},
};
#define COUNT (sizeof BUFFERS / sizeof BUFFERS[0])

/* Follows the sizes that the errors name until one does. */
static size_t needed(const buffer *b)
{
    size_t size = b->small;
    outcome is = b->try(size);
    assert_int_equal(is.code, b->error);
    while (is.code == b->error) {
        assert_true(is.named > size);
        size = is.named;
        is = b->try(size);
    }
    assert_string_equal(hf_error_name(is.code), hf_error_name(HF_OK));
    return size;
}

static void test_named_sizes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        const buffer *b = &BUFFERS[i];
        size_t least = needed(b);
        outcome is = b->try(least - b->step);
        print_message("%-26s %-24s needs %4zu\n", b->name, hf_error_name(b->error), least);
        assert_string_equal(hf_error_name(is.code), hf_error_name(b->error));
        assert_int_equal(is.named, least);
        bool minimum = b->constant != NULL && strstr(b->constant, "_MIN") != NULL;
        assert_true(!minimum || least == b->value);
    }
}

/* ---- the document: | `buffer` | `CONSTANT` | `HF_E_...` | when | */

static void cell_of(const char *row, unsigned index, char *text, size_t cap)
{
    for (unsigned i = 0; i <= index; i++) {
        row = strchr(row, '|');
        assert_non_null(row);
        row++;
    }
    size_t len = strcspn(row, "|");
    size_t n = 0;
    for (size_t i = 0; i < len && n + 1 < cap; i++) {
        if (row[i] != '`' && row[i] != ' ') {
            text[n++] = row[i];
        }
    }
    text[n] = '\0';
}

static bool says(const char *row, const buffer *b)
{
    char cells[3][80];
    for (unsigned i = 0; i < 3; i++) {
        cell_of(row, i, cells[i], sizeof cells[i]);
    }
    return strcmp(cells[0], b->name) == 0 &&
           strcmp(cells[1], b->constant == NULL ? "" : b->constant) == 0 &&
           strcmp(cells[2], hf_error_name(b->error)) == 0;
}

static void test_document(void **state)
{
    char path[512];
    char line[1024];
    size_t rows = 0;
    bool seen[COUNT] = {false};
    (void)state;
    const char *source = getenv("HF_SOURCE");
    (void)snprintf(path, sizeof path, "%s/docs/porting.md", source == NULL ? "." : source);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        if (line[0] != '|' || strstr(line, "| `HF_E_") == NULL || strstr(line, "`hf_") == NULL) {
            continue;
        }
        bool known = false;
        for (size_t i = 0; i < COUNT; i++) {
            bool is = says(line, &BUFFERS[i]);
            seen[i] = seen[i] || is;
            known = known || is;
        }
        if (!known) {
            fail_msg("docs/porting.md has a row of which no test is: %s", line);
        }
        rows++;
    }
    fclose(file);
    for (size_t i = 0; i < COUNT; i++) {
        if (!seen[i]) {
            fail_msg("docs/porting.md has no row for %s and %s", BUFFERS[i].name,
                     hf_error_name(BUFFERS[i].error));
        }
    }
    assert_int_equal(rows, COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_named_sizes),
        cmocka_unit_test(test_document),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
