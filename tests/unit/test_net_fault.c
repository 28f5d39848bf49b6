/* Connections that fail: silence, sudden ends, alerts in both directions, broken pipes. */
#define _GNU_SOURCE
#include "unit/net_bench.h"

#include <sys/resource.h>

/* A server that accepts (the kernel does) and says nothing. */
static void silent_server(void **state)
{
    (void)state;
    uint16_t port = 0;
    int listener = listening("127.0.0.1", &port, 4);
    hf_conn conn;
    uint64_t before = (uint64_t)time(NULL);
    assert_int_equal(hf_conn_open(&conn, &bench_config, &bench_memory, at("127.0.0.1", port), 50),
                     HF_E_TLS_TIMEOUT);
    assert_true((uint64_t)time(NULL) - before < 10);
    assert_int_equal(hf_conn_error(&conn)->stage, HF_STAGE_TLS);
    hf_conn_close(&conn);
    close(listener);
}

static void close_script(peer *p, int fd)
{
    peer_expect(p, fd, "\n");
}

static void reset_script(peer *p, int fd)
{
    peer_expect(p, fd, "\n");
    peer_reset(fd);
}

static void ends_in_handshake(void **state)
{
    (void)state;
    void (*const scripts[])(peer *, int) = {close_script, reset_script};
    for (size_t i = 0; i < 2; i++) {
        peer p;
        hf_conn conn;
        peer_start(&p, scripts[i]);
        assert_int_equal(
            hf_conn_open(&conn, &bench_config, &bench_memory, at("127.0.0.1", p.port), LONG_MS),
            HF_E_CLOSED_IN_HANDSHAKE);
        assert_int_equal(hf_conn_error(&conn)->stage, HF_STAGE_TLS);
        hf_conn_close(&conn);
        peer_join(&p);
    }
}

static void alert_script(peer *p, int fd)
{
    peer_expect(p, fd, "\n");
    peer_say(fd, "A\x2a", 2);
}

static void alert_in_handshake(void **state)
{
    (void)state;
    peer p;
    hf_conn conn;
    peer_start(&p, alert_script);
    assert_int_equal(
        hf_conn_open(&conn, &bench_config, &bench_memory, at("127.0.0.1", p.port), LONG_MS),
        HF_E_ALERT);
    assert_int_equal(hf_conn_error(&conn)->alert, 42);
    assert_int_equal(hf_conn_error(&conn)->alert_by, HF_ALERT_RECEIVED);
    hf_conn_close(&conn);
    peer_join(&p);
}

static void babble_script(peer *p, int fd)
{
    char noise[2000];
    memset(noise, 'H', sizeof noise);
    peer_expect(p, fd, "\n");
    for (int i = 0; i < 20; i++) {
        peer_say(fd, noise, sizeof noise);
    }
    peer_drain(p, fd);
}

/* Our alert reaches a peer that has sent a lot that we never read, and no reset destroys it. */
static void alert_survives(void **state)
{
    (void)state;
    peer p;
    hf_conn conn;
    peer_start(&p, babble_script);
    assert_int_equal(
        hf_conn_open(&conn, &bench_config, &bench_memory, at("127.0.0.1", p.port), LONG_MS),
        HF_E_NOT_TLS);
    assert_int_equal(hf_conn_error(&conn)->alert_by, HF_ALERT_SENT);
    hf_conn_close(&conn);
    peer_join(&p);
    assert_true(p.ended);
    assert_int_equal(p.seen[p.seen_len - 2], 'A');
    assert_int_equal(p.seen[p.seen_len - 1], 10);
}

static void stubborn_script(peer *p, int fd)
{
    peer_expect(p, fd, "\n");
    peer_say(fd, "HTTP", 4);
    peer_drain(p, fd);
    peer_wait(p->listener); /* keeps its side open until the test connects once more */
}

/* A peer that never closes does not hold up a failure beyond the deadline. */
static void linger_is_bounded(void **state)
{
    (void)state;
    peer p;
    hf_conn conn;
    peer_start(&p, stubborn_script);
    time_t before = time(NULL);
    assert_int_equal(
        hf_conn_open(&conn, &bench_config, &bench_memory, at("127.0.0.1", p.port), 100),
        HF_E_NOT_TLS);
    assert_true(time(NULL) - before < 8);
    hf_conn_close(&conn);
    hf_conn_start(&conn, &bench_config, &bench_memory, at("127.0.0.1", p.port), NULL, LONG_MS);
    hf_conn_step(&conn);
    peer_join(&p);
    hf_conn_close(&conn);
}

static int gate[2];

static void late_alert_script(peer *p, int fd)
{
    peer_hello(p, fd);
    peer_say(fd, "D\002hiA\x31", 6); /* one segment: a reset would destroy a second one */
    peer_wait(gate[0]);
    peer_reset(fd);
}

/* The write fails after an alert has arrived: the alert is the error, not the broken pipe; data
 * that came before it are still read. */
static void alert_wins(void **state)
{
    (void)state;
    peer p;
    hf_conn conn;
    size_t len = 0;
    assert_int_equal(pipe(gate), 0);
    peer_start(&p, late_alert_script);
    assert_int_equal(
        hf_conn_open(&conn, &bench_config, &bench_memory, at("127.0.0.1", p.port), LONG_MS), HF_OK);
    /* The alert has arrived and is not read yet; after the reset sends fail. */
    assert_int_equal(write(gate[1], "x", 1), 1);
    peer_join(&p);
    while (send(conn.channel, "D\001x", 3, MSG_NOSIGNAL) > 0) {
    }
    char text[8];
    assert_int_equal(hf_conn_write(&conn, "more", 4, &len, LONG_MS), HF_E_NETWORK);
    assert_int_equal(hf_conn_read(&conn, text, sizeof text, &len, LONG_MS), HF_OK);
    assert_memory_equal(text, "hi", 2);
    assert_int_equal(hf_conn_read(&conn, text, sizeof text, &len, LONG_MS), HF_E_ALERT);
    assert_int_equal(hf_conn_write(&conn, "more", 4, &len, LONG_MS), HF_E_ALERT);
    assert_int_equal(hf_conn_error(&conn)->alert, 0x31);
    hf_conn_close(&conn);
    close(gate[0]);
    close(gate[1]);
}

/* No descriptor is left: for the first of ours, then for the second. */
static void no_descriptors(void **state)
{
    (void)state;
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    int next = dup(0);
    close(next);
    for (rlim_t room = 0; room < 2; room++) {
        hf_conn conn;
        struct rlimit tight = {(rlim_t)next + room, before.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
        hf_code code = hf_conn_open(&conn, &bench_config, &bench_memory, "127.0.0.1:1", LONG_MS);
        setrlimit(RLIMIT_NOFILE, &before);
        assert_int_equal(code, HF_E_SOCKET);
        assert_int_equal(hf_conn_error(&conn)->system, EMFILE);
        assert_int_equal(hf_conn_error(&conn)->stage, room == 0 ? HF_STAGE_SETUP : HF_STAGE_TCP);
        hf_conn_close(&conn);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)
    const struct CMUnitTest tests[] = {
        TEST(silent_server),  TEST(ends_in_handshake), TEST(alert_in_handshake),
        TEST(alert_survives), TEST(linger_is_bounded), TEST(alert_wins),
        TEST(no_descriptors),
    };
    return cmocka_run_group_tests_name("net fault", tests, NULL, NULL);
}
