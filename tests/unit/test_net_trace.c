/* Events of hf_link: MQTT packets told from the bytes that pass, in whatever portions. */
#include "mqtt/link_tell.h"
#include "unit/cmocka_all.h"

#include <stdio.h>
#include <string.h>

typedef struct packets {
    char text[1024];
    size_t len;
} packets;

static void note(void *ctx, const hf_event *event)
{
    packets *log = ctx;
    if (event->kind == HF_EVENT_PACKET) {
        int n = snprintf(log->text + log->len, sizeof log->text - log->len, "%s%02x %u/%zu ",
                         event->sent ? ">" : "<", event->type, event->size, event->body.len);
        log->len += n > 0 ? (size_t)n : 0;
    }
}

static packets seen;
static hf_config config = {.trace = note, .trace_ctx = &seen};
static hf_link at_work;

static void begin(void)
{
    memset(&seen, 0, sizeof seen);
    memset(&at_work, 0, sizeof at_work);
    at_work.conn.tls.config = &config;
}

static void pass(bool sent, const uint8_t *bytes, size_t len, size_t portion)
{
    for (size_t at = 0; at < len; at += portion) {
        hf_link_tell(&at_work, sent,
                     (hf_span){bytes + at, len - at < portion ? len - at : portion});
    }
}

/* CONNACK, PUBLISH of 5 bytes, PINGRESP, SUBACK. */
static const uint8_t RECEIVED[] = {0x20, 2,   0,    0, 0x30, 5, 0, 1, 't',
                                   'h',  'i', 0xd0, 0, 0x90, 3, 0, 7, 1};

static void test_portions(void **state)
{
    (void)state;
    begin();
    pass(false, RECEIVED, sizeof RECEIVED, sizeof RECEIVED);
    assert_string_equal(seen.text, "<20 4/2 <30 7/0 <d0 2/0 <90 5/3 ");
    for (size_t portion = 1; portion < 7; portion++) {
        char types[128] = "";
        begin();
        pass(false, RECEIVED, sizeof RECEIVED, portion);
        for (const char *at = strchr(seen.text, '<'); at != NULL; at = strchr(at + 1, '<')) {
            (void)strncat(types, at, 5);
        }
        assert_string_equal(types, "<20 4<30 7<d0 2<90 5");
    }
}

/* What we send may hold passwords: never a body. Directions do not mix. */
static void test_sent(void **state)
{
    static const uint8_t CONNECT[] = {0x10, 0x80, 1}; /* a body of 128 bytes follows */
    uint8_t body[128] = {0};
    (void)state;
    begin();
    pass(true, CONNECT, sizeof CONNECT, 3);
    pass(false, RECEIVED, 4, 4);
    pass(true, body, sizeof body, 50);
    pass(true, (const uint8_t[]){0xc0, 0}, 2, 2);
    assert_string_equal(seen.text, ">10 131/0 <20 4/2 >c0 2/0 ");
}

/* Five digits are no length: nothing that follows is taken for a packet. */
static void test_malformed(void **state)
{
    static const uint8_t BAD[] = {0x30, 0xff, 0xff, 0xff, 0xff, 0x7f, 0x20, 2, 0, 0};
    (void)state;
    begin();
    pass(false, BAD, sizeof BAD, 2);
    assert_string_equal(seen.text, "");
    static const uint8_t LARGEST[] = {0x30, 0xff, 0xff, 0xff, 0x7f, 1};
    begin();
    pass(false, LARGEST, sizeof LARGEST, 6);
    assert_string_equal(seen.text, "<30 268435460/0 ");
}

/* What the connection did not take is offered again, with more behind it. */
static void test_offered_again(void **state)
{
    static const uint8_t TWO[] = {0x40, 2, 0, 1, 0xc0, 0};
    (void)state;
    begin();
    hf_link_tell_sending(&at_work, (hf_span){TWO, 4});
    at_work.told -= 1; /* one byte was taken */
    hf_link_tell_sending(&at_work, (hf_span){TWO + 1, 5});
    at_work.told -= 5;
    hf_link_tell_sending(&at_work, (hf_span){TWO + 4, 2});
    assert_string_equal(seen.text, ">40 4/0 >c0 2/0 >c0 2/0 ");
}

static void test_nobody_listens(void **state)
{
    (void)state;
    begin();
    config.trace = NULL;
    pass(false, RECEIVED, sizeof RECEIVED, 3);
    config.trace = note;
    assert_int_equal(at_work.passing[0].first, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_portions),       cmocka_unit_test(test_sent),
        cmocka_unit_test(test_malformed),      cmocka_unit_test(test_offered_again),
        cmocka_unit_test(test_nobody_listens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
