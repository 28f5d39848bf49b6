/* Reads Wycheproof's files and runs their cases: "valid" must pass, "invalid" must fail,
 * "acceptable" may do either. A file must bring at least one case that really ran; the counts are
 * printed. */
#ifndef HF_TESTS_WYCHEPROOF_H
#define HF_TESTS_WYCHEPROOF_H

#include "unit/crypto_help.h"

#include <cjson/cJSON.h>
#include <stdio.h>

typedef enum verdict { REFUSED, PASSED, NOT_OURS } verdict;
typedef verdict case_fn(const cJSON *group, const cJSON *test);

#define TEXT_MAX 70000

typedef struct blob {
    size_t len;
    uint8_t at[TEXT_MAX / 2];
} blob;

static inline const char *text_of(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsString(item) ? item->valuestring : "";
}

static inline size_t number_of(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    assert_true(cJSON_IsNumber(item));
    return (size_t)item->valuedouble;
}

static inline hf_span read_blob(blob *b, const cJSON *object, const char *name)
{
    const char *text = text_of(object, name);
    b->len = strlen(text) / 2;
    assert_true(b->len <= sizeof b->at);
    for (size_t i = 0; i < b->len; i++) {
        b->at[i] = (uint8_t)(hex_digit(text[2 * i]) << 4 | hex_digit(text[2 * i + 1]));
    }
    return (hf_span){.ptr = b->at, .len = b->len};
}

static inline hf_span without_zeros(hf_span number)
{
    while (number.len > 0 && number.ptr[0] == 0) {
        number.ptr++;
        number.len--;
    }
    return number;
}

/* For an invalid case it counts what was accepted, for the others what came out. */
static inline verdict judge(const cJSON *test, bool accepted, bool right)
{
    bool invalid = strcmp(text_of(test, "result"), "invalid") == 0;
    return (invalid ? accepted : accepted && right) ? PASSED : REFUSED;
}

static inline hf_hash_id hash_named(const char *name)
{
    return strcmp(name, "SHA-256") == 0   ? HF_SHA256
           : strcmp(name, "SHA-384") == 0 ? HF_SHA384
           : strcmp(name, "SHA-512") == 0 ? HF_SHA512
                                          : HF_HASH_NONE;
}

static inline cJSON *load(const char *folder, const char *name)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/wycheproof/%s.json", folder, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    long size = ftell(file);
    assert_true(size > 0);
    rewind(file);
    char *text = malloc((size_t)size + 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, (size_t)size, file), size);
    text[size] = 0;
    fclose(file);
    cJSON *root = cJSON_Parse(text);
    free(text);
    assert_non_null(root);
    return root;
}

static inline void run_file(const char *folder, const char *name, case_fn *run)
{
    cJSON *root = load(folder, name);
    size_t ran = 0, skipped = 0, wrong = 0;
    const cJSON *group;
    cJSON_ArrayForEach(group, cJSON_GetObjectItemCaseSensitive(root, "testGroups"))
    {
        const cJSON *test;
        cJSON_ArrayForEach(test, cJSON_GetObjectItemCaseSensitive(group, "tests"))
        {
            const char *result = text_of(test, "result");
            verdict v = run(group, test);
            bool bad = (v == PASSED && strcmp(result, "invalid") == 0) ||
                       (v == REFUSED && strcmp(result, "valid") == 0);
            if (bad) {
                printf("%s tcId %zu (%s): %s\n", name, number_of(test, "tcId"), result,
                       text_of(test, "comment"));
            }
            ran += v != NOT_OURS;
            skipped += v == NOT_OURS;
            wrong += bad;
        }
    }
    printf("%s: %zu ran, %zu not ours\n", name, ran, skipped);
    cJSON_Delete(root);
    assert_int_equal(wrong, 0);
    assert_true(ran > 0);
}

#endif
