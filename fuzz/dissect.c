/* Fuzz target: handshake messages, alerts and MQTT packets taken apart for people.
 *
 * Input: what it is, how it is to be read, its type, then its bytes. What must hold: every field
 * lies within the body and within the field above it, fields of level 0 have no gap, "malformed" is
 * the last one and reaches the end, and meanings are printable ASCII.
 */
#include "fuzz.h"

#include "trace/dissect.h"

#define LEVELS_MAX 16u

typedef struct tree {
    hf_span body;
    bool hides; /* MQTT: secrets have no bytes */
    bool malformed;
    bool want_child;
    unsigned count;
    unsigned level;
    size_t covered;
    hf_field open[LEVELS_MAX];
} tree;

static void require_text(const char *text)
{
    REQUIRE(text != NULL && strlen(text) < 512);
    for (; *text != 0; text++) {
        REQUIRE(*text >= 0x20 && *text <= 0x7e);
    }
}

static void require_place(const tree *t, const hf_field *field)
{
    size_t from = field->level == 0 ? 0 : t->open[field->level - 1].offset;
    size_t to = field->level == 0 ? t->body.len : from + t->open[field->level - 1].bytes.len;
    REQUIRE(field->offset >= from + field->prefix && field->offset + field->bytes.len <= to);
    REQUIRE(field->bytes.ptr == t->body.ptr + field->offset);
}

static void take(void *ctx, const hf_field *field)
{
    tree *t = ctx;
    bool malformed = strcmp(field->name, "malformed") == 0;
    require_text(field->name);
    require_text(field->meaning);
    REQUIRE(!t->malformed && field->level < LEVELS_MAX);
    REQUIRE(field->level <= (t->count == 0 ? 0 : t->level + t->want_child));
    REQUIRE(!t->want_child || malformed || field->level == t->level + 1);
    require_place(t, field);
    if (malformed) {
        REQUIRE(field->level == 0);
        REQUIRE(t->hides || field->offset + field->bytes.len == t->body.len);
    } else if (field->level == 0) {
        REQUIRE(t->hides || field->offset - field->prefix == t->covered);
        t->covered = field->offset + field->bytes.len;
    }
    t->open[field->level] = *field;
    t->level = field->level;
    t->want_child = field->parent;
    t->malformed = malformed;
    t->count++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const uint16_t versions[] = {0, 0x0303, 0x0304, 0x0301};
    hf_span input = {data, len < 65536 ? len : 65536};
    uint8_t what = take_byte(&input);
    uint8_t how = take_byte(&input);
    uint8_t type = take_byte(&input);
    hf_dissect_as as = {
        .version = versions[how & 3], .from_server = (how & 4) != 0, .raw_keys = (how & 8) != 0};
    as.suite = (uint16_t)(take_byte(&input) << 8);
    as.suite = (uint16_t)(as.suite | take_byte(&input));
    tree t = {.body = take_bytes(&input, input.len), .hides = what % 4 == 1};
    hf_field_out out = {take, &t};
    switch (what % 4) {
    case 0:
        hf_dissect_record(type, t.body, &out);
        break;
    case 1:
        hf_dissect_packet(type, t.body, how % 6, &out);
        break;
    default:
        hf_dissect_message(type, t.body, &as, &out);
        break;
    }
    REQUIRE(!t.want_child);
    REQUIRE(t.malformed || t.hides || t.covered == t.body.len);
    give_back(t.body);
    return 0;
}
