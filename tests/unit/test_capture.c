/* Captures out of made-up events: bytes, comments, secrets. That Wireshark reads them too,
 * tests/integration/test_capture.py shows. */
#include "unit/capture_rig.h"

#include "trace/pcapng.h"

/* Lengths around the padding of blocks and the odd byte of checksums, both families. */
static void test_lengths(void **state)
{
    (void)state;
    for (unsigned family = 4; family <= 6; family += 2) {
        for (size_t len = 1; len < 18; len++) {
            bench *b = bench_new(4096);
            dial(b, family);
            cross(b, true, b->sent, len);
            cross(b, false, b->sent + 1, len);
            const pcap_file *file = finish(b);
            assert_int_equal(file->count, 3 + 2 + 3);
            assert_string_equal(file->application, "handfast test\n");
            assert_int_equal(file->packets[0].time, NOW);
            assert_int_equal(file->packets[0].family, family);
            assert_int_equal(file->packets[0].source, FIRST_PORT);
            assert_int_equal(file->packets[0].target, PORT);
            expect_packet(file, 0, false, SYN);
            expect_packet(file, 1, true, SYN | ACK);
            expect_packet(file, 2, false, ACK);
            expect_packet(file, 5, false, FIN | ACK);
            expect_packet(file, 6, true, FIN | ACK);
            expect_packet(file, 7, false, ACK);
            expect_said(b, FIRST_PORT, false, b->sent, len);
            expect_said(b, FIRST_PORT, true, b->sent + 1, len);
            free(b);
        }
    }
}

/* More than a packet and more than the window holds; received more than `held` holds, too. */
static void test_large(void **state)
{
    (void)state;
    static const size_t HELD[] = {0, 1, 4096};
    for (unsigned i = 0; i < 6; i++) {
        bench *b = bench_new(HELD[i % 3]);
        dial(b, i < 3 ? 4 : 6);
        cross(b, true, b->sent, BIG);
        for (size_t at = 0; at < BIG; at += 66667) {
            cross(b, false, b->sent + at, 66667);
        }
        (void)finish(b);
        expect_said(b, FIRST_PORT, false, b->sent, BIG);
        expect_said(b, FIRST_PORT, true, b->sent, BIG);
        free(b);
    }
}

/* The packet that brings ServerHello stands behind the secrets that were told after it came, and
 * its comments say what was in it; what we send has its comments before it leaves. */
static void test_order(void **state)
{
    (void)state;
    bench *b = bench_new(4096);
    dial(b, 4);
    message(b, true, 1, 173);
    cross(b, true, b->sent, 178);
    cross(b, false, b->sent, 500);
    message(b, false, 2, 90);
    hf_capture_secrets(&b->capture, (hf_span){(const uint8_t *)"LINE 1\n", 7});
    tell(b, (hf_event){.kind = HF_EVENT_KEYS, .type = HF_EPOCH_HANDSHAKE});
    tell(b, (hf_event){.kind = HF_EVENT_RECORD, .type = 23, .sealed = true, .content = 13});
    message(b, true, 20, 32);
    tell(b, (hf_event){.kind = HF_EVENT_DECISION,
                       .type = HF_DECIDED_ALPN,
                       .body = {(const uint8_t *)"m\x1b[31m\n", 7}});
    cross(b, true, b->sent, 60);
    hf_capture_secrets(&b->capture, (hf_span){NULL, 0});
    const pcap_file *file = finish(b);
    assert_int_equal(file->count, 3 + 3 + 3);
    const pcap_packet *p = file->packets + 3;
    assert_string_equal(p[0].comments, "client_hello: 173 bytes\n");
    assert_int_equal(p[0].secrets, 0);
    assert_string_equal(p[1].comments, "server_hello: 90 bytes\n"
                                       "new keys for the handshake: receiving from here on\n"
                                       "application_data: 13 bytes, encrypted\n"
                                       "The application protocol (ALPN) is m?[31m?\n");
    assert_int_equal(p[1].secrets, 1);
    assert_true(p[1].time < p[2].time);
    assert_string_equal(p[2].comments, "finished: 32 bytes\n");
    assert_string_equal(file->secrets, "LINE 1\n");
    assert_int_equal(file->secrets_count, 1);
    free(b);
}

/* A message that comes in pieces is told when it is whole. */
static void test_pieces_of_messages(void **state)
{
    (void)state;
    bench *b = bench_new(4096);
    hf_event piece = {.kind = HF_EVENT_MESSAGE, .type = 11, .size = 30, .body = {b->sent, 20}};
    dial(b, 4);
    cross(b, false, b->sent, 25);
    tell(b, piece);
    cross(b, false, b->sent, 10);
    piece.offset = 20;
    piece.body.len = 10;
    tell(b, piece);
    piece = (hf_event){.kind = HF_EVENT_MESSAGE, .type = 15, .pieces = true};
    tell(b, piece);
    const pcap_file *file = finish(b);
    assert_string_equal(file->packets[3].comments, "");
    assert_string_equal(file->packets[4].comments,
                        "certificate: 30 bytes\ncertificate_verify: read in pieces\n");
    free(b);
}

/* What is learnt of bytes after their packet is written stands on the next one from there, at the
 * latest on the last. */
static void test_late_notes(void **state)
{
    (void)state;
    bench *b = bench_new(4096);
    dial(b, 4);
    cross(b, false, b->sent, 25);
    cross(b, true, b->sent, 10);
    message(b, false, 24, 1);
    cross(b, false, b->sent, 25);
    cross(b, true, b->sent, 10);
    message(b, false, 4, 30);
    message(b, true, 24, 1);
    const pcap_file *file = finish(b);
    assert_int_equal(file->count, 3 + 4 + 3);
    assert_string_equal(file->packets[3].comments, "");
    assert_string_equal(file->packets[5].comments, "key_update: 1 bytes\n");
    assert_int_equal(file->packets[7].flags & FIN, FIN);
    assert_string_equal(file->packets[7].comments,
                        "key_update: 1 bytes\nnew_session_ticket: 30 bytes\n");
    free(b);
}

/* More comments than there is room for. */
static void test_too_many_notes(void **state)
{
    (void)state;
    bench *b = bench_new(4096);
    dial(b, 4);
    for (unsigned i = 0; i < 1000; i++) {
        message(b, true, 4, i % 500);
    }
    cross(b, true, b->sent, 10);
    message(b, true, 4, 7);
    cross(b, true, b->sent, 10);
    const pcap_file *file = finish(b);
    const char *comments = file->packets[3].comments;
    static const char LAST[] = "... (more than fits here)\n";
    assert_in_range(strlen(comments), HF_CAPTURE_NOTES / 2, HF_CAPTURE_NOTES);
    assert_string_equal(comments + strlen(comments) - (sizeof LAST - 1), LAST);
    assert_string_equal(file->packets[4].comments, "new_session_ticket: 7 bytes\n");
    free(b);
}

/* The longest comment a packet can have, and one that is longer; an application of any length. */
static void test_long_texts(void **state)
{
    (void)state;
    pcap_file *file = calloc(1, sizeof *file);
    uint8_t *text = malloc(70000);
    assert_non_null(file);
    assert_non_null(text);
    memset(text, 'x', 70000);
    char name[400];
    memset(name, 'n', sizeof name);
    name[sizeof name - 1] = 0;
    const hf_sink sink = {.put = pcap_put, .ctx = file};
    hf_pcapng_begin(&sink, name);
    pcap_read(file);
    assert_int_equal(strlen(file->application), 255 + 1);
    size_t before = file->len;
    hf_pcapng_packet(&sink, 0, (hf_span){text, 40}, (hf_span){NULL, 0}, (hf_span){text, 70000});
    size_t option = before + 28 + 40;
    assert_int_equal(pcap_u16(file->bytes + option), 1);
    assert_int_equal(pcap_u16(file->bytes + option + 2), HF_PCAPNG_COMMENT_MAX);
    assert_int_equal(pcap_u32(file->bytes + before + 4), file->len - before);
    assert_int_equal(pcap_u32(file->bytes + file->len - 4), file->len - before);
    free(text);
    free(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lengths),    cmocka_unit_test(test_large),
        cmocka_unit_test(test_order),      cmocka_unit_test(test_pieces_of_messages),
        cmocka_unit_test(test_late_notes), cmocka_unit_test(test_too_many_notes),
        cmocka_unit_test(test_long_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
