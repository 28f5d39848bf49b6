/* Fixtures of tests/fixtures/x509 by name, and a walk over a list of them: the forward walk,
 * or another by `go`. */
#ifndef HF_TESTS_X509_FIXTURES_H
#define HF_TESTS_X509_FIXTURES_H

#include "unit/cmocka_all.h"
#include "x509/path.h"
#include "x509/pem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIXTURES_NOW INT64_C(1813017600) /* 2027-06-15T00:00:00Z */

/* A file as a whole; freed by the caller. */
static inline hf_span fixture_file(const char *name, const char *ending)
{
    char path[512];
    const char *root = getenv("HF_SOURCE");
    (void)snprintf(path, sizeof path, "%s/tests/fixtures/x509/%s%s", root == NULL ? "." : root,
                   name, ending);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fail_msg("no fixture %s", path);
    }
    uint8_t *bytes = malloc(16384);
    assert_non_null(bytes);
    size_t len = fread(bytes, 1, 16384, file);
    (void)fclose(file);
    return (hf_span){.ptr = bytes, .len = len};
}

/* Where a text has its first block. */
static inline const uint8_t *fixture_begin(hf_span text)
{
    size_t at = 0;
    while (at + 11 <= text.len && memcmp(text.ptr + at, "-----BEGIN ", 11) != 0) {
        at++;
    }
    assert_true(at + 11 <= text.len);
    return text.ptr + at;
}

/* The base64 text behind the first line that begins with "-----BEGIN"; not the library's reader,
 * which some builds do without. */
static inline size_t fixture_decode(hf_span text, uint8_t *out)
{
    static const char ALPHABET[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *at = fixture_begin(text);
    at = memchr(at, '\n', (size_t)(text.ptr + text.len - at));
    assert_non_null(at);
    uint32_t bits = 0;
    unsigned count = 0;
    size_t len = 0;
    for (; at < text.ptr + text.len && *at != '-' && *at != '='; at++) {
        const char *digit = *at == 0 ? NULL : strchr(ALPHABET, *at);
        if (digit != NULL) {
            bits = bits << 6 | (uint32_t)(digit - ALPHABET);
            count += 6;
        }
        if (count >= 8) {
            count -= 8;
            out[len++] = (uint8_t)(bits >> count);
        }
    }
    return len;
}

/* The first block of a PEM fixture as DER in memory of its own length; freed by the caller. */
static inline hf_span fixture(const char *name)
{
    hf_span text = fixture_file(name, ".pem");
    uint8_t *bytes = malloc(text.len);
    assert_non_null(bytes);
    size_t len = fixture_decode(text, bytes);
    free((void *)text.ptr);
    assert_true(len > 0);
    bytes = realloc(bytes, len);
    assert_non_null(bytes);
    return (hf_span){.ptr = bytes, .len = len};
}

static inline void fixture_free(hf_span der)
{
    free((void *)der.ptr);
}

#define WALK_CHAIN 14

/* A walk: fields that are zero get the defaults named. */
typedef struct walk walk;
struct walk {
    const char *chain[WALK_CHAIN];
    const char *anchors[4];
    bool bare_anchors; /* name and key only */
    const char *name;  /* "device.example.com" */
    bool no_name;
    hf_role_purpose purpose;
    hf_time now; /* FIXTURES_NOW, exact */
    bool no_clock;
    const hf_pin *pins;
    size_t pins_count;
    uint8_t max_depth;
    bool insecure;
    size_t slot;  /* 4096 */
    size_t names; /* 1024 */
    bool no_names;
    void (*go)(walk *w, const hf_path_policy *policy, hf_space slot, hf_space names);
    uint8_t max_certificates;
    uint8_t max_signatures;
    size_t piece; /* bytes per hf_path_bytes call; all at once */
    /* results */
    hf_code code;
    uint8_t depth;
    uint32_t detail;
    uint32_t offset;
    unsigned pending; /* how often run returned HF_PENDING */
    hf_key_kind leaf_kind;
    size_t leaf_len;
    size_t spare;
    unsigned signatures; /* of the whole walk */
};

static inline void walk_feed(hf_path *path, hf_span der, size_t piece)
{
    for (size_t at = 0; at < der.len; at += piece) {
        size_t left = der.len - at;
        hf_path_bytes(path, der.ptr + at, left < piece ? left : piece);
    }
}

static inline hf_code walk_certificate(hf_path *path, walk *w, hf_span der)
{
    hf_code code = hf_path_certificate(path, der.len);
    if (code != HF_OK) {
        return code;
    }
    walk_feed(path, der, w->piece == 0 ? der.len : w->piece);
    code = hf_path_run(path);
    while (code == HF_PENDING) {
        w->pending++;
        code = hf_path_run(path);
    }
    return code;
}

static inline void walk_path(walk *w, const hf_path_policy *policy, hf_space slot, hf_space names)
{
    hf_path path;
    hf_public_key leaf;
    hf_path_start(&path, policy, slot, names);
    w->code = HF_OK;
    for (size_t i = 0; i < WALK_CHAIN && w->chain[i] != NULL && w->code == HF_OK; i++) {
        hf_span der = fixture(w->chain[i]);
        w->code = walk_certificate(&path, w, der);
        fixture_free(der);
    }
    if (w->code == HF_OK) {
        w->spare = hf_path_spare(&path).cap;
        w->code = hf_path_end(&path, &leaf);
    }
    w->depth = path.depth;
    w->detail = path.detail;
    w->offset = path.offset;
    if (w->code == HF_OK) {
        w->leaf_kind = leaf.kind;
        w->leaf_len = leaf.point.len + leaf.exponent.len;
    }
}

static inline void walk_run(walk *w)
{
    hf_anchor anchors[4];
    hf_span ders[4];
    hf_anchor_list list = {.anchors = anchors};
    for (; list.count < 4 && w->anchors[list.count] != NULL; list.count++) {
        hf_span der = ders[list.count] = fixture(w->anchors[list.count]);
        assert_int_equal(hf_anchor_from_der(&anchors[list.count], der, NULL), HF_OK);
        if (w->bare_anchors) {
            anchors[list.count] = (hf_anchor){.name = anchors[list.count].name,
                                              .key = anchors[list.count].key,
                                              .path_length = -1,
                                              .leaf_only = anchors[list.count].leaf_only};
        }
    }
    hf_crypto crypto;
    assert_int_equal(hf_crypto_init(&crypto, (hf_random_source){0}), HF_OK);
    const hf_time now = {.seconds = FIXTURES_NOW, .kind = HF_TIME_EXACT};
    const hf_path_policy policy = {
        .crypto = &crypto,
        .anchors = {.find = hf_anchor_list_find, .ctx = &list},
        .now = w->no_clock                   ? (hf_time){0}
               : w->now.kind == HF_TIME_NONE ? now
                                             : w->now,
        .purpose = w->purpose,
        .name = w->no_name        ? NULL
                : w->name == NULL ? "device.example.com"
                                  : w->name,
        .pins = w->pins,
        .pins_count = w->pins_count,
        .max_depth = w->max_depth,
        .max_certificates = w->max_certificates,
        .max_signatures = w->max_signatures,
        .insecure_any_certificate = w->insecure,
    };
    size_t slot_cap = w->slot == 0 ? 4096 : w->slot;
    size_t names_cap = w->no_names ? 0 : w->names == 0 ? 1024 : w->names;
    uint8_t *slot = malloc(slot_cap); /* exact, so that ASan sees every step outside */
    uint8_t *names = malloc(names_cap == 0 ? 1 : names_cap);
    (w->go == NULL ? walk_path : w->go)(w, &policy, (hf_space){.ptr = slot, .cap = slot_cap},
                                        (hf_space){.ptr = names, .cap = names_cap});
    free(slot);
    free(names);
    hf_crypto_release(&crypto);
    for (size_t i = 0; i < list.count; i++) {
        fixture_free(ders[i]);
    }
}

static inline walk walk_expect_at(hf_code code, uint8_t depth, walk w, int line)
{
    walk_run(&w);
    if (w.code != code || (code != HF_OK && w.depth != depth)) {
        fail_msg("line %d, leaf %s: %s at depth %u, expected %s at %u", line, w.chain[0],
                 hf_error_name(w.code), w.depth, hf_error_name(code), depth);
    }
    return w;
}

/* Runs the walk given as initialisers and checks code and, for an error, depth. */
#define walk_expect(code, depth, ...) walk_expect_at(code, depth, (walk){__VA_ARGS__}, __LINE__)

#endif
