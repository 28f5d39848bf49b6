/* Captures out of made-up events: where connections begin and end. That Wireshark reads them too,
 * tests/integration/test_capture.py shows. */
#include "unit/capture_rig.h"

#include <errno.h>

static void fail_with(bench *b, hf_code code, int32_t system)
{
    hf_error error;
    hf_error_clear(&error);
    error.system = system;
    error.code = (uint16_t)code;
    tell(b, (hf_event){.kind = HF_EVENT_ERROR, .number = code, .error = &error});
}

static void goodbye(bench *b, bool sent)
{
    static const uint8_t ALERT[] = {1, 0};
    tell(
        b,
        (hf_event){
            .kind = HF_EVENT_RECORD, .type = 21, .sent = sent, .sealed = true, .body = {ALERT, 2}});
    cross(b, sent, b->sent, 24);
}

/* Who ends the connection, and how. */
static void test_endings(void **state)
{
    (void)state;
    bench *b = bench_new(4096);
    dial(b, 4);
    goodbye(b, false);
    goodbye(b, true);
    const pcap_file *file = finish(b);
    expect_packet(file, file->count - 3, true, FIN | ACK);
    free(b);
    b = bench_new(4096);
    dial(b, 4);
    goodbye(b, true);
    goodbye(b, false);
    file = finish(b);
    expect_packet(file, file->count - 3, false, FIN | ACK);
    assert_string_equal(file->packets[3].comments, "alert: warning close_notify, encrypted\n");
    free(b);
    b = bench_new(4096);
    dial(b, 4);
    cross(b, true, b->sent, 5);
    fail_with(b, HF_E_CLOSED_IN_HANDSHAKE, ECONNRESET);
    file = finish(b);
    expect_packet(file, file->count - 1, true, RST | ACK);
    assert_ptr_equal(strstr(file->packets[4].comments, "fails here: HF_E_CLOSED_IN_HANDSHAKE: "),
                     file->packets[4].comments);
    free(b);
    b = bench_new(4096);
    dial(b, 4);
    cross(b, false, b->sent, 5);
    fail_with(b, HF_E_CLOSED_IN_HANDSHAKE, 0);
    file = finish(b);
    assert_non_null(strstr(file->packets[3].comments, "HF_E_CLOSED_IN_HANDSHAKE"));
    expect_packet(file, 4, true, FIN | ACK);
    free(b);
}

/* Addresses that do not answer, one that refuses, one that does; and once more. */
static void test_dials(void **state)
{
    (void)state;
    bench *b = bench_new(4096);
    tell(b, address(6, HF_PENDING));
    tell(b, address(4, HF_PENDING));
    tell(b, address(6, HF_E_CONNECT_REFUSED));
    tell(b, address(4, HF_OK));
    b->file.peer_len = 4;
    memcpy(b->file.peer, V4, 4);
    cross(b, true, b->sent, 9);
    cross(b, false, b->sent, 9);
    dial(b, 4); /* what was there is over */
    cross(b, true, b->sent, 7);
    const pcap_file *file = finish(b);
    expect_packet(file, 0, false, SYN);
    assert_int_equal(file->packets[0].family, 6);
    assert_int_equal(file->packets[1].source, FIRST_PORT + 1);
    assert_int_equal(file->packets[2].flags, RST | ACK);
    assert_int_equal(file->packets[2].target, FIRST_PORT);
    assert_int_equal(file->packets[3].target, FIRST_PORT + 1);
    expect_said(b, FIRST_PORT + 1, false, b->sent, 9);
    expect_said(b, FIRST_PORT + 1, true, b->sent, 9);
    expect_said(b, FIRST_PORT + 2, false, b->sent, 7);
    assert_int_equal(file->count, 2 + 1 + 2 + 2 + 3 + 3 + 1 + 3);
    free(b);
}

/* Attempts without number do not grow out of their room, and ports come round. */
static void test_many_dials(void **state)
{
    (void)state;
    bench *b = bench_new(64);
    b->capture.port = UINT16_MAX - 1;
    for (unsigned i = 0; i < 40; i++) {
        tell(b, address(4, HF_PENDING));
        tell(b, address(4, HF_E_CONNECT_UNREACHABLE));
        tell(b, address(i % 2 == 0 ? 4 : 6, HF_PENDING));
    }
    tell(b, address(5, HF_PENDING));
    hf_event event = address(6, HF_PENDING);
    event.body.len = 4;
    tell(b, event);
    dial(b, 4);
    cross(b, true, b->sent, 3);
    const pcap_file *file = finish(b);
    assert_int_equal(file->packets[0].source, UINT16_MAX - 1);
    assert_int_equal(file->packets[1].source, UINT16_MAX);
    assert_int_equal(file->packets[2].source, FIRST_PORT);
    assert_int_equal(file->count, 80 + 3 + 1 + 3);
    expect_said(b, FIRST_PORT + 78, false, b->sent, 3);
    free(b);
}

/* What ended, well or not, is not taken up again: the same address is another connection. */
static void test_over(void **state)
{
    (void)state;
    bench *b = bench_new(64);
    tell(b, address(4, HF_PENDING));
    tell(b, address(4, HF_E_CONNECT_REFUSED));
    tell(b, address(4, HF_OK));
    hf_capture_end(&b->capture, b->now);
    tell(b, address(4, HF_OK));
    const pcap_file *file = finish(b);
    assert_int_equal(file->count, 2 + 2 * (3 + 3));
    assert_int_equal(file->packets[2].source, FIRST_PORT + 1);
    assert_int_equal(file->packets[2 + 6].source, FIRST_PORT + 2);
    free(b);
}

/* A port of the server's is not ours at the same time: on loopback both ends have one address. */
static void test_same_port(void **state)
{
    (void)state;
    bench *b = bench_new(64);
    hf_event event = address(4, HF_PENDING);
    event.size = FIRST_PORT;
    tell(b, event);
    const pcap_file *file = finish(b);
    assert_int_equal(file->packets[0].source, FIRST_PORT + 1);
    assert_int_equal(file->packets[0].target, FIRST_PORT);
    free(b);
}

/* Our side is the server: the peer opens. */
static void test_server(void **state)
{
    (void)state;
    bench *b = bench_new(4096);
    b->capture.server = true;
    b->capture.port = 4433;
    hf_event event = address(4, HF_OK);
    event.size = 50000;
    b->file.peer_len = 4;
    memcpy(b->file.peer, V4, 4);
    tell(b, event);
    cross(b, false, b->sent, 20);
    cross(b, true, b->sent, 30);
    const pcap_file *file = finish(b);
    expect_packet(file, 0, true, SYN);
    expect_packet(file, 1, false, SYN | ACK);
    expect_packet(file, 2, true, ACK);
    assert_int_equal(file->packets[0].source, 50000);
    assert_int_equal(file->packets[0].target, 4433);
    expect_said(b, 4433, true, b->sent, 20);
    expect_said(b, 4433, false, b->sent, 30);
    free(b);
}

/* Without a connection there is nothing to write; time does not go back. */
static void test_nothing(void **state)
{
    (void)state;
    bench *b = bench_new(4096);
    cross(b, true, b->sent, 20);
    cross(b, false, b->sent, 20);
    const pcap_file *file = finish(b);
    assert_int_equal(file->count, 0);
    dial(b, 4);
    b->now -= 1000;
    cross(b, true, b->sent, 0);
    cross(b, true, b->sent, 20);
    file = finish(b);
    assert_int_equal(file->count, 3 + 1 + 3);
    assert_int_equal(file->packets[3].time, file->packets[2].time);
    free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_endings),    cmocka_unit_test(test_dials),
        cmocka_unit_test(test_many_dials), cmocka_unit_test(test_over),
        cmocka_unit_test(test_same_port),  cmocka_unit_test(test_server),
        cmocka_unit_test(test_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
