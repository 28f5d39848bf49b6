/* handfast decode: recorded connections, whole, cut at every byte and damaged. What must hold for
 * any bytes is checked in decode_rig.h, and by the sanitizers.
 */
#include "unit/decode_rig.h"

static uint8_t bytes[65536];

/* A seed of fuzz/corpus/capture. */
static hf_span load(const char *name)
{
    char path[512];
    const char *source = getenv("HF_SOURCE");
    (void)snprintf(path, sizeof path, "%s/fuzz/corpus/capture/%s", source == NULL ? "." : source,
                   name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t len = fread(bytes, 1, sizeof bytes, file);
    (void)fclose(file);
    assert_true(len > 100 && len < sizeof bytes);
    return (hf_span){bytes, len};
}

static const struct {
    const char *name;
    seen want; /* what is given of it */
} FILES[] = {
    {"tls13-psk.pcapng",
     {.records = 12, .messages = 6, .keys = 4, .flows = 1, .tls = 1, .complete = 1, .data = 6}},
    {"tls12.pcapng",
     {.records = 15,
      .messages = 9,
      .keys = 2,
      .certificates = 1,
      .flows = 1,
      .tls = 1,
      .complete = 1,
      .data = 6}},
    {"tls12.pcap",
     {.records = 15,
      .messages = 7,
      .keys = 2,
      .certificates = 1,
      .flows = 1,
      .tls = 1,
      .complete = 1,
      .unread = 6}},
    {"gaps.pcapng",
     {.records = 9,
      .messages = 5,
      .keys = 4,
      .flows = 1,
      .tls = 1,
      .complete = 1,
      .data = 3,
      .notes = 1}},
    {"plain.pcap", {.flows = 1}},
};
#define FILES_COUNT (sizeof FILES / sizeof FILES[0])

static void whole_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < FILES_COUNT; i++) {
        seen s;
        const seen *want = &FILES[i].want;
        assert_int_equal(see_file(&s, load(FILES[i].name)), DECODE_READ);
        assert_int_equal(s.flows, want->flows);
        assert_int_equal(s.tls, want->tls);
        assert_int_equal(s.notes, want->notes);
        assert_int_equal(s.records, want->records);
        assert_int_equal(s.messages, want->messages);
        assert_int_equal(s.keys, want->keys);
        assert_int_equal(s.certificates, want->certificates);
        assert_int_equal(s.complete, want->complete);
        assert_int_equal(s.unread, want->unread);
        assert_int_equal(s.data, want->data);
    }
}

/* More bytes never give less. */
static void every_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < FILES_COUNT; i++) {
        hf_span file = load(FILES[i].name);
        size_t frames = 0;
        for (size_t len = 0; len <= file.len; len++) {
            seen s;
            decode_outcome outcome = see_file(&s, (hf_span){file.ptr, len});
            assert_true(outcome == DECODE_READ || (outcome == DECODE_NO_FILE && len < 24));
            assert_true(s.flows >= frames);
            frames = s.flows;
        }
    }
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void damaged_files(void **state)
{
    (void)state;
    uint32_t seed = 7;
    for (size_t i = 0; i < FILES_COUNT; i++) {
        hf_span file = load(FILES[i].name);
        static uint8_t copy[sizeof bytes];
        for (unsigned round = 0; round < 3000; round++) {
            seen s;
            memcpy(copy, file.ptr, file.len);
            unsigned changes = 1 + next_random(&seed) % 6;
            for (unsigned c = 0; c < changes; c++) {
                copy[next_random(&seed) % file.len] = (uint8_t)next_random(&seed);
            }
            size_t len = file.len - (round % 3 == 0 ? next_random(&seed) % file.len : 0);
            (void)see_file(&s, (hf_span){copy, len});
        }
    }
}

/* Every bit of a sealed record counts: what does not open is told as that, and never as content. */
static void damaged_records(void **state)
{
    (void)state;
    hf_span file = load("tls12.pcapng");
    static uint8_t copy[sizeof bytes];
    seen good;
    (void)see_file(&good, file);
    size_t noticed = 0;
    for (size_t at = 0; at < file.len; at++) {
        seen s;
        memcpy(copy, file.ptr, file.len);
        copy[at] ^= 0x10;
        (void)see_file(&s, (hf_span){copy, file.len});
        assert_true(s.data <= good.data);
        noticed += s.unread > 0 ? 1 : 0;
    }
    assert_true(noticed >= 200); /* bytes of keys, nonces, ciphertexts and tags */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_files),
        cmocka_unit_test(every_cut),
        cmocka_unit_test(damaged_files),
        cmocka_unit_test(damaged_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
