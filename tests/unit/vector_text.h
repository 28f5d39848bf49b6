/* Reads the vector files of tests/vectors: "[section]" lines, "name =" lines, and behind each name
 * its bytes as indented lines of hexadecimal digits.
 */
#ifndef HF_TESTS_VECTOR_TEXT_H
#define HF_TESTS_VECTOR_TEXT_H

#include "unit/cmocka_all.h"

#include <handfast/bytes.h>

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct vectors {
    char *text;
    const char *section; /* begins after its header line */
    uint8_t *bytes;      /* what was read so far; spans point into it */
    size_t used;
    size_t cap;
} vectors;

static inline void vectors_open(vectors *v, const char *file)
{
    char path[512];
    const char *root = getenv("HF_SOURCE");
    (void)snprintf(path, sizeof path, "%s/tests/vectors/%s", root == NULL ? "." : root, file);
    FILE *in = fopen(path, "rb");
    if (in == NULL) {
        fail_msg("no vectors at %s", path);
    }
    v->cap = 1u << 18;
    v->text = calloc(1, v->cap);
    v->bytes = malloc(v->cap);
    v->used = 0;
    v->section = NULL;
    assert_true(v->text != NULL && v->bytes != NULL);
    assert_in_range(fread(v->text, 1, v->cap - 1, in), 1, v->cap - 2);
    (void)fclose(in);
}

static inline void vectors_close(vectors *v)
{
    free(v->text);
    free(v->bytes);
}

static inline void vectors_section(vectors *v, const char *name)
{
    char header[80];
    (void)snprintf(header, sizeof header, "\n[%s]\n", name);
    const char *at = strstr(v->text, header);
    if (at == NULL) {
        fail_msg("no section %s", name);
    }
    v->section = at + strlen(header) - 1;
}

static inline const char *vectors_find(const vectors *v, const char *name)
{
    char line[80];
    (void)snprintf(line, sizeof line, "\n%s =\n", name);
    const char *end = strstr(v->section, "\n[");
    const char *at = strstr(v->section, line);
    bool here = at != NULL && (end == NULL || at < end);
    return here ? at + strlen(line) : NULL;
}

static inline bool vectors_have(const vectors *v, const char *name)
{
    return vectors_find(v, name) != NULL;
}

static inline uint8_t vectors_digit(char c)
{
    return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* The bytes of a name of this section; they stay until vectors_close(). */
static inline hf_span vectors_get(vectors *v, const char *name)
{
    const char *at = vectors_find(v, name);
    if (at == NULL) {
        fail_msg("no vector %s", name);
    }
    uint8_t *start = v->bytes + v->used;
    size_t len = 0;
    for (; *at == ' ' || *at == '\n' || isxdigit((unsigned char)*at); at++) {
        if (*at == '\n' && at[1] != ' ') {
            break;
        }
        if (isxdigit((unsigned char)*at)) {
            assert_true(v->used + len < v->cap);
            start[len++] = (uint8_t)(vectors_digit(at[0]) << 4 | vectors_digit(at[1]));
            at++;
        }
    }
    v->used += len;
    return (hf_span){start, len};
}

#define assert_vector(v, name, got)                                                                \
    do {                                                                                           \
        hf_span vector_ = vectors_get((v), (name));                                                \
        assert_memory_equal((got), vector_.ptr, vector_.len);                                      \
    } while (0)

#endif
