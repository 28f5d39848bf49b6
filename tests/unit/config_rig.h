/* A configuration over fixtures for tests: files as text, memory that may be moved by some bytes.
 */
#ifndef HF_TESTS_CONFIG_RIG_H
#define HF_TESTS_CONFIG_RIG_H

#include "crypto/crypto.h"
#include "unit/x509_fixtures.h"

#include <handfast/tls.h>

static inline hf_time rig_now(void *ctx)
{
    (void)ctx;
    return (hf_time){FIXTURES_NOW, HF_TIME_EXACT};
}

typedef struct config_rig {
    hf_config config;
    uint8_t *memory;
    hf_span files[16]; /* borrowed by the configuration where they are DER */
    size_t files_count;
} config_rig;

/* With a clock; `cap` bytes of memory, which begin `shift` bytes behind an aligned address. */
static inline void rig_open(config_rig *r, size_t cap, size_t shift)
{
    memset(r, 0, sizeof *r);
    r->memory = malloc(cap + shift + 1);
    assert_non_null(r->memory);
    hf_config_init(&r->config, r->memory + shift, cap);
    r->config.clock.now = rig_now;
}

static inline hf_span rig_file(config_rig *r, const char *name)
{
    assert_in_range(r->files_count, 0, 15);
    return r->files[r->files_count++] = fixture_file(name, ".pem");
}

static inline hf_span rig_der(config_rig *r, const char *name)
{
    assert_in_range(r->files_count, 0, 15);
    return r->files[r->files_count++] = fixture(name);
}

/* Several files behind each other. */
static inline hf_span rig_files(config_rig *r, const char *const *names, size_t count)
{
    uint8_t *all = malloc(65536);
    size_t len = 0;
    assert_non_null(all);
    for (size_t i = 0; i < count; i++) {
        hf_span one = fixture_file(names[i], ".pem");
        assert_true(len + one.len <= 65536);
        memcpy(all + len, one.ptr, one.len);
        len += one.len;
        fixture_free(one);
    }
    assert_in_range(r->files_count, 0, 15);
    return r->files[r->files_count++] = (hf_span){all, len};
}

static inline hf_code rig_anchors(config_rig *r, const char *name)
{
    hf_span file = rig_file(r, name);
    return hf_config_anchors(&r->config, file.ptr, file.len);
}

static inline hf_code rig_identity(config_rig *r, const char *chain, const char *key,
                                   const char *password)
{
    hf_span c = rig_file(r, chain);
    hf_span k = rig_file(r, key);
    return hf_config_identity(&r->config, c.ptr, c.len, k.ptr, k.len, password);
}

static inline void rig_close(config_rig *r)
{
    hf_config_release(&r->config);
    for (size_t i = 0; i < r->files_count; i++) {
        fixture_free(r->files[i]);
    }
    free(r->memory);
}

static inline void assert_code(hf_code got, hf_code expected)
{
    assert_string_equal(hf_error_name(got), hf_error_name(expected));
}

/* The error stands in the configuration's record, which build() repeats. */
static inline void assert_failed(config_rig *r, hf_code got, hf_code expected)
{
    assert_code(got, expected);
    assert_code((hf_code)r->config.error.code, expected);
    assert_int_equal(r->config.error.stage, HF_STAGE_SETUP);
    assert_code(hf_config_build(&r->config), expected);
    assert_false(r->config.built);
}

#endif
