/* The ladder's form: every byte of every message is shown once, lines keep to their width, nothing
 * of a peer's reaches a terminal raw, and what was not asked for is not there.
 */
#include "unit/ladder_rig.h"

/* ---- every byte: the rows below an arrow, put together, are the message */

typedef struct bytes_rig {
    ladder_rig *rig;
    hf_gather gather;
    uint8_t memory[65536];
    unsigned messages;
} bytes_rig;

/* "|  0012  03 03 ...": the offset and up to 16 bytes of a row; 0: it is another line. */
static size_t row_bytes(const char *line, size_t len, unsigned *offset, uint8_t bytes[16])
{
    size_t count = 0;
    if (len < 7 || sscanf(line, "|  %4x", offset) != 1 || (len > 7 && line[7] != ' ')) {
        return 0;
    }
    for (size_t at = 9; at + 1 < len && count < 16; at += 3) {
        unsigned byte = 0;
        bool digits = strspn(line + at, "0123456789abcdef") == 2 &&
                      (at + 2 == len || line[at + 2] == ' ') && line[at - 1] == ' ';
        if (!digits || sscanf(line + at, "%2x", &byte) != 1) {
            break;
        }
        bytes[count++] = (uint8_t)byte;
    }
    return count;
}

static void expect_bytes(const char *text, hf_span body)
{
    size_t have = 0;
    while (*text != 0) {
        size_t len = strcspn(text, "\n");
        unsigned offset = 0;
        uint8_t bytes[16];
        size_t count = row_bytes(text, len, &offset, bytes);
        if (count > 0) {
            assert_int_equal(offset, have);
            assert_true(count <= body.len - have);
            assert_memory_equal(bytes, body.ptr + have, count);
            have += count;
        }
        text += len + 1;
    }
    assert_int_equal(have, body.len);
}

static void compare_bytes(void *ctx, const hf_event *event)
{
    bytes_rig *b = ctx;
    hf_span body;
    size_t before = b->rig->out->len;
    hf_ladder_event(&b->rig->ladder, event);
    if (hf_gather_message(&b->gather, event, &body)) {
        expect_bytes(b->rig->out->text + before, body);
        b->messages++;
    }
}

static void every_byte_is_shown(void **state)
{
    (void)state;
    const uint16_t versions[] = {HF_TLS12, HF_TLS13};
    for (size_t i = 0; i < 2; i++) {
        bytes_rig *b = calloc(1, sizeof *b);
        assert_non_null(b);
        b->rig = ladder_rig_new((hf_ladder_options){.level = HF_LADDER_FIELDS});
        b->gather.memory = (hf_space){b->memory, sizeof b->memory};
        pair *p = rig_pair(versions[i]);
        p->feed = i == 0 ? 0 : 7; /* messages in pieces are shown whole */
        rig_watch(&p->client, compare_bytes, b);
        rig_play(p);
        assert_in_range(b->messages, 9, 12);
        ladder_rig_free(b->rig);
        pair_free(p);
        free(b);
    }
}

/* ---- made-up events */

static void tell(ladder_rig *rig, hf_event event)
{
    hf_ladder_event(&rig->ladder, &event);
}

static void tell_stage(ladder_rig *rig, hf_stage stage, hf_code code)
{
    tell(rig, (hf_event){.kind = HF_EVENT_STAGE, .type = (uint8_t)stage, .number = code});
}

static void tell_hello(ladder_rig *rig)
{
    static const uint8_t HELLO[] = {3, 3, 0};
    tell(rig, (hf_event){.kind = HF_EVENT_MESSAGE,
                         .type = 1,
                         .sent = true,
                         .size = sizeof HELLO,
                         .body = {HELLO, sizeof HELLO}});
}

static void messages_longer_than_the_memory(void **state)
{
    (void)state;
    static const uint8_t PIECE[100] = {9};
    ladder_rig *rig = ladder_rig_new((hf_ladder_options){.level = HF_LADDER_FIELDS});
    rig->ladder.follow.gather.memory.cap = 150;
    for (uint32_t at = 0; at < 300; at += 100) {
        tell(rig, (hf_event){.kind = HF_EVENT_MESSAGE,
                             .type = 20,
                             .size = 300,
                             .offset = at,
                             .body = {PIECE, sizeof PIECE}});
    }
    assert_non_null(strstr(rig->out->text, "finished"));
    assert_non_null(strstr(rig->out->text, "300 bytes"));
    assert_non_null(strstr(rig->out->text, "(the first 150 bytes of it:)"));
    ladder_rig_free(rig);
}

static void messages_told_without_their_bytes(void **state)
{
    (void)state;
    ladder_rig *rig = ladder_rig_new((hf_ladder_options){.level = HF_LADDER_BRIEF});
    tell(rig, (hf_event){.kind = HF_EVENT_MESSAGE, .type = 11, .pieces = true});
    assert_non_null(strstr(rig->out->text, "|<- certificate ---"));
    assert_non_null(strstr(rig->out->text, "larger than the input buffer"));
    ladder_rig_free(rig);
}

/* The hello is made while TCP connects: it stands below TLS, or nowhere when TCP fails. */
static void what_is_made_while_tcp_connects(void **state)
{
    (void)state;
    ladder_rig *rig = ladder_rig_new((hf_ladder_options){.level = HF_LADDER_BRIEF});
    tell_stage(rig, HF_STAGE_TCP, HF_PENDING);
    tell_hello(rig);
    assert_null(strstr(rig->out->text, "client_hello"));
    tell_stage(rig, HF_STAGE_TCP, HF_OK);
    assert_null(strstr(rig->out->text, "client_hello"));
    tell_stage(rig, HF_STAGE_TLS, HF_PENDING);
    const char *tls = strstr(rig->out->text, "\nTLS\n");
    const char *hello = strstr(rig->out->text, "client_hello");
    assert_true(tls != NULL && hello != NULL && tls < hello);
    ladder_rig_free(rig);

    rig = ladder_rig_new((hf_ladder_options){.level = HF_LADDER_BRIEF});
    tell_stage(rig, HF_STAGE_TCP, HF_PENDING);
    tell_hello(rig);
    tell_stage(rig, HF_STAGE_TCP, HF_E_CONNECT_TIMEOUT);
    assert_null(strstr(rig->out->text, "client_hello"));
    assert_non_null(strstr(rig->out->text, "TCP has failed: HF_E_CONNECT_TIMEOUT"));
    ladder_rig_free(rig);

    rig = ladder_rig_new((hf_ladder_options){.level = HF_LADDER_BRIEF});
    rig->ladder.held.memory.cap = 50; /* too little to wait */
    tell_stage(rig, HF_STAGE_TCP, HF_PENDING);
    tell_hello(rig);
    assert_non_null(strstr(rig->out->text, "client_hello"));
    ladder_rig_free(rig);
}

static void addresses_of_both_kinds(void **state)
{
    (void)state;
    static const struct {
        uint8_t bytes[16];
        size_t len;
        const char *text;
    } CASES[] = {
        {{192, 0, 2, 1}, 4, "192.0.2.1 port 8883"},
        {{0x20, 1, 0xd, 0xb8, [15] = 1}, 16, "2001:db8::1 port 8883"},
        {{[15] = 1}, 16, "::1 port 8883"},
        {{0}, 16, ":: port 8883"},
        {{0, 1, [9] = 1, [11] = 2, [13] = 3, [15] = 4}, 16, "1::1:2:3:4 port 8883"},
        {{0x20, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0}, 16, "2001:0:1::1:0:0 port 8883"},
        {{0xfe, 0x80}, 16, "fe80:: port 8883"},
        {{0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 0}, 16, "1:2:3:4:5:6:7:0 port 8883"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        ladder_rig *rig = ladder_rig_new((hf_ladder_options){.level = HF_LADDER_BRIEF});
        char line[96];
        (void)snprintf(line, sizeof line, "connect to %s -", CASES[i].text);
        tell(rig, (hf_event){.kind = HF_EVENT_ADDRESS,
                             .type = CASES[i].len == 4 ? 4 : 6,
                             .number = HF_PENDING,
                             .size = 8883,
                             .body = {CASES[i].bytes, CASES[i].len}});
        if (strstr(rig->out->text, line) == NULL) {
            fail_msg("%s is not in %s", line, rig->out->text);
        }
        ladder_rig_free(rig);
    }
}

/* ---- form */

static void play_into(ladder_rig *rig, uint16_t version)
{
    pair *p = rig_pair(version);
    rig_watch(&p->client, hf_ladder_event, &rig->ladder);
    rig_play(p);
    pair_free(p);
}

static void lines_keep_to_their_width(void **state)
{
    (void)state;
    for (uint16_t width = 60; width <= 120; width = (uint16_t)(width + 5)) {
        for (unsigned level = HF_LADDER_BRIEF; level <= HF_LADDER_FIELDS; level++) {
            ladder_rig *rig = ladder_rig_new(
                (hf_ladder_options){.level = (hf_ladder_level)level, .width = width});
            play_into(rig, level == 1 ? HF_TLS13 : HF_TLS12);
            bool full = false;
            for (const char *line = rig->out->text; *line != 0;) {
                size_t len = strcspn(line, "\n");
                if (len > width) {
                    fail_msg("%zu columns instead of %u: %.*s", len, width, (int)len, line);
                }
                full = full || len == width;
                line += len + 1;
            }
            assert_true(full);
            ladder_rig_free(rig);
        }
    }
}

static uint64_t three_milliseconds(void *ctx)
{
    (void)ctx;
    return 3070;
}

static void times_only_with_a_clock(void **state)
{
    (void)state;
    ladder_rig *plain = ladder_rig_new((hf_ladder_options){.level = HF_LADDER_BRIEF});
    ladder_rig *timed = ladder_rig_new(
        (hf_ladder_options){.level = HF_LADDER_BRIEF, .width = 92, .clock = three_milliseconds});
    play_into(plain, HF_TLS13);
    play_into(timed, HF_TLS13);
    const char *bare = plain->out->text;
    unsigned stamps = 0;
    for (const char *line = timed->out->text; *line != 0;) { /* the same behind the column */
        size_t len = strcspn(line, "\n");
        size_t should = strcspn(bare, "\n");
        assert_true(len >= 12 && len - 12 == should);
        assert_memory_equal(line + 12, bare, should);
        stamps += memcmp(line, "      3.070 ", 12) == 0 ? 1 : 0;
        assert_true(stamps > 0 || memcmp(line, "            ", 12) == 0);
        line += len + 1;
        bare += should + 1;
    }
    assert_true(stamps > 20);
    ladder_rig_free(plain);
    ladder_rig_free(timed);
}

/* Without its escape sequences a coloured one is the plain one. */
static void color_is_only_color(void **state)
{
    (void)state;
    ladder_rig *plain = ladder_rig_new((hf_ladder_options){.level = HF_LADDER_BRIEF});
    ladder_rig *colored =
        ladder_rig_new((hf_ladder_options){.level = HF_LADDER_BRIEF, .color = true});
    play_into(plain, HF_TLS13);
    play_into(colored, HF_TLS13);
    assert_null(strchr(plain->out->text, 0x1b));
    char *to = colored->out->text;
    unsigned codes = 0;
    for (const char *from = to; *from != 0;) {
        if (*from == 0x1b) {
            from += strcspn(from, "m") + 1;
            codes++;
        } else {
            *to++ = *from++;
        }
    }
    *to = 0;
    assert_true(codes > 100);
    assert_string_equal(colored->out->text, plain->out->text);
    ladder_rig_free(plain);
    ladder_rig_free(colored);
}

/* Whatever bytes a peer sends as whatever message. */
static void nothing_is_printed_raw(void **state)
{
    (void)state;
    uint8_t bytes[200];
    uint32_t next = 1;
    ladder_rig *rigs[] = {ladder_rig_new((hf_ladder_options){.level = HF_LADDER_BRIEF}),
                          ladder_rig_new((hf_ladder_options){.level = HF_LADDER_FIELDS})};
    for (unsigned i = 0; i < 3000; i++) {
        for (size_t k = 0; k < sizeof bytes; k++) {
            next = next * 1103515245u + 12345u;
            bytes[k] = (uint8_t)(next >> 16);
        }
        const hf_event event = {
            .kind = i % 3 == 0 ? HF_EVENT_PACKET : HF_EVENT_MESSAGE,
            .type = i % 3 == 0 ? bytes[0] : (uint8_t)(i % 27),
            .size = i % sizeof bytes,
            .body = {bytes, i % sizeof bytes},
        };
        for (size_t k = 0; k < 2; k++) {
            rigs[k]->out->len = 0;
            hf_ladder_event(&rigs[k]->ladder, &event);
            for (size_t at = 0; at < rigs[k]->out->len; at++) {
                char c = rigs[k]->out->text[at];
                assert_true(c == '\n' || (c >= ' ' && c <= '~'));
            }
        }
    }
    ladder_rig_free(rigs[0]);
    ladder_rig_free(rigs[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_is_shown),
        cmocka_unit_test(messages_longer_than_the_memory),
        cmocka_unit_test(messages_told_without_their_bytes),
        cmocka_unit_test(what_is_made_while_tcp_connects),
        cmocka_unit_test(addresses_of_both_kinds),
        cmocka_unit_test(lines_keep_to_their_width),
        cmocka_unit_test(times_only_with_a_clock),
        cmocka_unit_test(color_is_only_color),
        cmocka_unit_test(nothing_is_printed_raw),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
