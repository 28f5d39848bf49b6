/* Takes the fields of a dissected message, checks what must hold for every one of them, whatever
 * the bytes were, and keeps them, to be found by their path
 * ("extensions/key_share/server_share/group").
 */
#ifndef HF_TESTS_DISSECT_RIG_H
#define HF_TESTS_DISSECT_RIG_H

#include "trace/dissect.h"
#include "unit/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEEN_MAX    2000u
#define LEVELS_MAX  16u
#define MEANING_MAX 400u

typedef struct seen {
    char path[200];
    char meaning[MEANING_MAX];
    hf_field field;
} seen;

typedef struct dissection {
    hf_span body;
    bool keep;                 /* fields are kept; else only checked */
    bool hides;                /* fields may be without their bytes */
    bool malformed;            /* such a field has come: it must be the last one */
    bool want_child;           /* the field before is a parent */
    size_t count;              /* of all fields */
    size_t covered;            /* of the body by fields of level 0 */
    unsigned level;            /* of the field before */
    hf_field open[LEVELS_MAX]; /* the last one of each level */
    char path[LEVELS_MAX][64];
    seen fields[SEEN_MAX];
} dissection;

static inline void meaning_is_printable(const hf_field *field)
{
    assert_non_null(field->meaning);
    assert_in_range(strlen(field->meaning), 0, MEANING_MAX - 1);
    for (const char *at = field->meaning; *at != 0; at++) {
        if (*at < 0x20 || *at > 0x7e) {
            fail_msg("%s: byte %02x in its meaning", field->name, (unsigned char)*at);
        }
    }
}

static inline void lies_inside(const hf_field *field, size_t from, size_t to)
{
    if (field->offset < from + field->prefix || field->offset + field->bytes.len > to) {
        fail_msg("%s at %u, %zu bytes, is not within %zu to %zu", field->name, field->offset,
                 field->bytes.len, from, to);
    }
}

static inline void place_holds(const dissection *d, const hf_field *field)
{
    lies_inside(field, 0, d->body.len);
    const uint8_t *begin = d->body.ptr; /* may be NULL, where nothing is */
    assert_ptr_equal(field->bytes.ptr, d->body.len == 0 ? begin : begin + field->offset);
    if (field->level > 0) {
        const hf_field *above = &d->open[field->level - 1];
        lies_inside(field, above->offset, above->offset + above->bytes.len);
    }
}

static inline void tree_holds(dissection *d, const hf_field *field)
{
    bool malformed = strcmp(field->name, "malformed") == 0;
    unsigned most = d->count == 0 ? 0 : d->level + (d->want_child ? 1 : 0);
    assert_false(d->malformed);
    assert_in_range(field->level, 0, LEVELS_MAX - 1);
    assert_in_range(field->level, 0, most);
    if (d->want_child && !malformed) {
        assert_int_equal(field->level, d->level + 1);
    }
    if (malformed) {
        assert_int_equal(field->level, 0);
        assert_true(d->hides || field->offset + field->bytes.len == d->body.len);
        assert_true(strlen(field->meaning) > 0);
    } else if (field->level == 0) {
        assert_true(d->hides || field->offset - field->prefix == d->covered);
        d->covered = field->offset + field->bytes.len;
    }
    d->malformed = malformed;
}

static inline void keep_field(dissection *d, const hf_field *field)
{
    assert_in_range(d->count, 0, SEEN_MAX - 1);
    seen *s = &d->fields[d->count];
    size_t used = 0;
    s->field = *field;
    (void)snprintf(s->meaning, sizeof s->meaning, "%s", field->meaning);
    s->path[0] = 0;
    for (unsigned i = 0; i <= field->level; i++) {
        size_t len = strlen(d->path[i]);
        assert_true(used + len + 2 <= sizeof s->path);
        if (i > 0) {
            s->path[used++] = '/';
        }
        memcpy(s->path + used, d->path[i], len + 1);
        used += len;
    }
}

static inline void take_field(void *ctx, const hf_field *field)
{
    dissection *d = ctx;
    assert_true(field->name != NULL && strlen(field->name) > 0);
    meaning_is_printable(field);
    tree_holds(d, field);
    place_holds(d, field);
    d->open[field->level] = *field;
    (void)snprintf(d->path[field->level], sizeof d->path[0], "%s", field->name);
    if (d->keep) {
        keep_field(d, field);
    }
    d->level = field->level;
    d->want_child = field->parent;
    d->count++;
}

static inline void begin_dissection(dissection *d, hf_span body, bool keep, bool hides)
{
    d->body = body;
    d->keep = keep;
    d->hides = hides;
    d->malformed = d->want_child = false;
    d->count = d->covered = 0;
    d->level = 0;
}

static inline void end_dissection(const dissection *d)
{
    assert_false(d->want_child);
    assert_true(d->malformed || d->hides || d->covered == d->body.len);
}

static inline void take_message(dissection *d, uint8_t type, hf_span body, const hf_dissect_as *as,
                                bool keep)
{
    hf_field_out out = {take_field, d};
    begin_dissection(d, body, keep, false);
    hf_dissect_message(type, body, as, &out);
    end_dissection(d);
}

static inline void take_record(dissection *d, uint8_t type, hf_span content)
{
    hf_field_out out = {take_field, d};
    begin_dissection(d, content, true, false);
    hf_dissect_record(type, content, &out);
    end_dissection(d);
}

static inline void take_packet(dissection *d, uint8_t first, hf_span body, uint8_t version,
                               bool keep)
{
    hf_field_out out = {take_field, d};
    begin_dissection(d, body, keep, true);
    hf_dissect_packet(first, body, version, &out);
    end_dissection(d);
}

/* The nth field (from 0) with this path; NULL: there is none. */
static inline const seen *find_field(const dissection *d, const char *path, unsigned nth)
{
    for (size_t i = 0; i < d->count; i++) {
        if (strcmp(d->fields[i].path, path) == 0 && nth-- == 0) {
            return &d->fields[i];
        }
    }
    return NULL;
}

static inline void print_fields(const dissection *d)
{
    for (size_t i = 0; i < d->count; i++) {
        print_message("%s @%u+%zu: %s\n", d->fields[i].path, d->fields[i].field.offset,
                      d->fields[i].field.bytes.len, d->fields[i].meaning);
    }
}

static inline const seen *need_field(const dissection *d, const char *path, unsigned nth)
{
    const seen *found = find_field(d, path, nth);
    if (found == NULL) {
        print_fields(d);
        fail_msg("there is no %s (%u)", path, nth);
    }
    return found;
}

/* A field's meaning; nth counts those with the same path. */
static inline void nth_means(const dissection *d, const char *path, unsigned nth,
                             const char *meaning)
{
    assert_string_equal(need_field(d, path, nth)->meaning, meaning);
}

static inline void means(const dissection *d, const char *path, const char *meaning)
{
    nth_means(d, path, 0, meaning);
}

/* Where a field's bytes stand. */
static inline void stands_at(const dissection *d, const char *path, uint32_t offset, size_t len,
                             unsigned prefix)
{
    const hf_field *field = &need_field(d, path, 0)->field;
    assert_int_equal(field->offset, offset);
    assert_int_equal(field->bytes.len, len);
    assert_int_equal(field->prefix, prefix);
}

/* Everything was understood. */
static inline void is_whole(const dissection *d)
{
    if (d->malformed) {
        print_fields(d);
        fail_msg("malformed");
    }
}

/* The last field says where the fault is and what is wrong. */
static inline void is_malformed(const dissection *d, uint32_t offset, const char *meaning)
{
    const seen *found = need_field(d, "malformed", 0);
    assert_string_equal(found->meaning, meaning);
    assert_int_equal(found->field.offset, offset);
}

#endif
