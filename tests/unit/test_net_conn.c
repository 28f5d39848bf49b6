/* The life of a connection over loopback: opening, data, ends, failures, deadlines. */
#define _GNU_SOURCE
#include "unit/net_bench.h"

#include <fcntl.h>
#include <netinet/tcp.h>

static void echo_script(peer *p, int fd)
{
    if (peer_hello(p, fd) && peer_expect(p, fd, "D\004ping")) {
        peer_say(fd, "D\004pongD\003two", 11);
        peer_expect(p, fd, "C");
        peer_say(fd, "C", 1);
    }
    peer_drain(p, fd);
}

static void blocking_round(void **state)
{
    (void)state;
    peer p;
    hf_conn conn = {0};
    char text[16];
    size_t len = 0;
    peer_start(&p, echo_script);
    assert_int_equal(
        hf_conn_open(&conn, &bench_config, &bench_memory, at("127.0.0.1", p.port), LONG_MS), HF_OK);
    assert_int_equal(hf_conn_write(&conn, "ping", 4, &len, LONG_MS), HF_OK);
    assert_int_equal(len, 4);
    assert_int_equal(hf_conn_read(&conn, text, 2, &len, LONG_MS), HF_OK);
    assert_int_equal(len, 2);
    assert_memory_equal(text, "po", 2);
    assert_int_equal(hf_conn_read(&conn, text, sizeof text, &len, LONG_MS), HF_OK);
    assert_memory_equal(text, "ng", 2);
    assert_int_equal(hf_conn_read(&conn, text, sizeof text, &len, LONG_MS), HF_OK);
    assert_int_equal(len, 3);
    assert_int_equal(hf_conn_read(&conn, text, sizeof text, &len, 0), HF_PENDING);
    assert_int_equal(hf_conn_read(&conn, text, sizeof text, &len, 10), HF_E_TIMEOUT);
    assert_int_equal(hf_conn_error(&conn)->code, HF_OK);
    assert_int_equal(hf_conn_shutdown(&conn, LONG_MS), HF_OK);
    assert_true(conn.stats.clean_end);
    assert_int_equal(conn.stats.bytes_out, strlen("HELLO 127.0.0.1\nFIN\n") + 6 + 1);
    assert_int_equal(conn.stats.bytes_in, 3 + 11 + 1);
    assert_int_equal(conn.stats.attempts, 1);
    assert_int_equal(conn.stats.peer.family, 4);
    assert_int_equal(conn.stats.round_trips, 1 + 1 + 1 + 1);
    assert_int_equal(hf_conn_write(&conn, "x", 1, &len, LONG_MS), HF_E_CLOSED);
    hf_conn_close(&conn);
    assert_int_equal(hf_conn_read(&conn, text, sizeof text, &len, 0), HF_E_CLOSED);
    assert_int_equal(hf_conn_step(&conn), HF_E_CLOSED);
    assert_int_equal(fake.released, 1);
    hf_conn_close(&conn);
    assert_int_equal(fake.released, 1);
    peer_join(&p);
}

/* The same through one descriptor, with steps for no reason between. */
static void own_loop(void **state)
{
    (void)state;
    peer p;
    hf_conn conn;
    char text[16];
    size_t len = 0;
    peer_start(&p, echo_script);
    assert_int_equal(
        hf_conn_start(&conn, &bench_config, &bench_memory, at("127.0.0.1", p.port), NULL, LONG_MS),
        HF_PENDING);
    int fd = hf_conn_fd(&conn);
    assert_int_equal(hf_conn_read(&conn, text, sizeof text, &len, 0), HF_E_USAGE);
    assert_int_equal(hf_conn_write(&conn, text, 1, &len, 0), HF_E_USAGE);
    assert_int_equal(drive(&conn), HF_OK);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(hf_conn_step(&conn), HF_OK);
    }
    assert_int_equal(hf_conn_timeout(&conn), -1);
    assert_int_equal(hf_conn_write(&conn, "ping", 4, &len, 0), HF_OK);
    hf_code code = hf_conn_read(&conn, text, sizeof text, &len, 0);
    while (code == HF_PENDING) {
        struct pollfd entry = {.fd = fd, .events = POLLIN};
        assert_int_equal(poll(&entry, 1, 10000), 1);
        assert_int_equal(hf_conn_step(&conn), HF_OK);
        code = hf_conn_read(&conn, text, sizeof text, &len, 0);
    }
    assert_int_equal(code, HF_OK);
    assert_memory_equal(text, "pong", 4);
    assert_int_equal(hf_conn_fd(&conn), fd);
    code = hf_conn_shutdown(&conn, 0);
    while (code == HF_PENDING) {
        struct pollfd entry = {.fd = fd, .events = POLLIN};
        assert_int_equal(poll(&entry, 1, 10000), 1);
        code = hf_conn_shutdown(&conn, 0);
    }
    assert_int_equal(code, HF_OK);
    hf_conn_close(&conn);
    assert_int_equal(hf_conn_fd(&conn), -1);
    peer_join(&p);
}

static int option(int fd, int level, int name)
{
    int value = -1;
    socklen_t len = sizeof value;
    assert_int_equal(getsockopt(fd, level, name, &value, &len), 0);
    return value;
}

/* No delay and keep-alive as asked for; not blocking; closed on exec. */
static void socket_is_set_up(void **state)
{
    (void)state;
    for (int plain = 0; plain < 2; plain++) {
        peer p;
        hf_conn conn;
        const hf_conn_options options = {
            .keep_alive_idle = 33, .no_keep_alive = plain == 1, .nagle = plain == 1};
        peer_start(&p, echo_script);
        hf_conn_start(&conn, &bench_config, &bench_memory, at("127.0.0.1", p.port), &options,
                      LONG_MS);
        assert_int_equal(drive(&conn), HF_OK);
        assert_int_equal(option(conn.channel, IPPROTO_TCP, TCP_NODELAY) != 0, plain == 0);
        assert_int_equal(option(conn.channel, SOL_SOCKET, SO_KEEPALIVE) != 0, plain == 0);
        assert_int_equal(option(conn.channel, IPPROTO_TCP, TCP_KEEPIDLE) == 33, plain == 0);
        assert_true((fcntl(conn.channel, F_GETFL) & O_NONBLOCK) != 0);
        assert_true((fcntl(conn.channel, F_GETFD) & FD_CLOEXEC) != 0);
        assert_true((fcntl(hf_conn_fd(&conn), F_GETFD) & FD_CLOEXEC) != 0);
        hf_conn_close(&conn);
        peer_join(&p);
    }
}

static void hold_script(peer *p, int fd)
{
    peer_hello(p, fd);
    peer_expect(p, fd, "D\005first");
    peer_drain(p, fd);
}

/* hold_last_flight: the first data go out with the last flight, in one send. */
static void last_flight_carries_data(void **state)
{
    (void)state;
    peer p;
    hf_conn conn;
    size_t len = 0;
    const hf_conn_options options = {.hold_last_flight = true, .name = "other.example"};
    peer_start(&p, hold_script);
    hf_conn_start(&conn, &bench_config, &bench_memory, at("127.0.0.1", p.port), &options, LONG_MS);
    assert_int_equal(drive(&conn), HF_OK);
    assert_int_equal(conn.stats.writes, 1);
    assert_int_equal(hf_conn_timeout(&conn), 0);
    assert_int_equal(hf_conn_write(&conn, "first", 5, &len, LONG_MS), HF_OK);
    assert_int_equal(conn.stats.writes, 2);
    hf_conn_close(&conn);
    peer_join(&p);
    assert_memory_equal(p.seen, "HELLO other.example\n", 20);
}

static void refused_port(void **state)
{
    (void)state;
    uint16_t port = 0;
    int keeper = closed_port(&port);
    hf_conn conn;
    assert_int_equal(
        hf_conn_open(&conn, &bench_config, &bench_memory, at("127.0.0.1", port), LONG_MS),
        HF_E_CONNECT_REFUSED);
    assert_int_equal(hf_conn_error(&conn)->stage, HF_STAGE_TCP);
    assert_int_equal(hf_conn_error(&conn)->system, ECONNREFUSED);
    assert_int_equal(hf_conn_step(&conn), HF_E_CONNECT_REFUSED);
    assert_int_equal(hf_conn_timeout(&conn), -1);
    hf_conn_close(&conn);
    assert_int_equal(hf_conn_error(&conn)->code, HF_E_CONNECT_REFUSED);
    close(keeper);
}

static void wrong_use(void **state)
{
    (void)state;
    hf_conn conn;
    assert_int_equal(hf_conn_open(&conn, &bench_config, &bench_memory, "a b", 1), HF_E_NAME_SYNTAX);
    hf_conn_close(&conn);
    assert_int_equal(hf_conn_open(&conn, &bench_config, &bench_memory, NULL, 1), HF_E_NO_NAME);
    assert_int_equal(hf_conn_error(&conn)->stage, HF_STAGE_SETUP);
    hf_conn_close(&conn);
    bench_config.built = false;
    assert_int_equal(hf_conn_open(&conn, &bench_config, &bench_memory, "127.0.0.1:1", 1),
                     HF_E_CONFIG_NOT_BUILT);
    hf_conn_close(&conn);
    bench_config.built = true;
    assert_int_equal(
        hf_conn_open(&conn, &bench_config, &bench_memory, "[fe80::1%nosuchif0]:8883", LONG_MS),
        HF_E_CONNECT_UNREACHABLE);
    hf_conn_close(&conn);
    hf_conn zero = {0};
    hf_conn_close(&zero);
    assert_int_equal(hf_conn_timeout(&zero), -1);
}

static void verdict_script(peer *p, int fd)
{
    peer_hello(p, fd);
    peer_expect(p, fd, "C");
    peer_say(fd, "D\003bye", 5);
    peer_say(fd, "A\x74", 2);
}

/* A 1.3 server refuses after our handshake is done: shutdown brings it to light. */
static void verdict_is_awaited(void **state)
{
    (void)state;
    peer p;
    hf_conn conn;
    peer_start(&p, verdict_script);
    assert_int_equal(
        hf_conn_open(&conn, &bench_config, &bench_memory, at("127.0.0.1", p.port), LONG_MS), HF_OK);
    assert_int_equal(hf_conn_shutdown(&conn, LONG_MS), HF_E_ALERT);
    assert_int_equal(hf_conn_error(&conn)->alert, 116);
    hf_conn_close(&conn);
    peer_join(&p);
}

static void abrupt_script(peer *p, int fd)
{
    peer_hello(p, fd);
    peer_say(fd, "D\002hi", 4);
}

static void end_without_close_notify(void **state)
{
    (void)state;
    for (int orderly = 0; orderly < 2; orderly++) {
        peer p;
        hf_conn conn;
        char text[8];
        size_t len = 0;
        peer_start(&p, abrupt_script);
        hf_code code =
            hf_conn_open(&conn, &bench_config, &bench_memory, at("127.0.0.1", p.port), LONG_MS);
        assert_int_equal(code, HF_OK);
        if (orderly == 1) {
            peer_join(&p);
            assert_int_equal(hf_conn_shutdown(&conn, LONG_MS), HF_OK);
            assert_false(conn.stats.clean_end);
        } else {
            assert_int_equal(hf_conn_read(&conn, text, sizeof text, &len, LONG_MS), HF_OK);
            assert_int_equal(len, 2);
            assert_int_equal(hf_conn_read(&conn, text, sizeof text, &len, LONG_MS), HF_E_TRUNCATED);
            peer_join(&p);
        }
        hf_conn_close(&conn);
    }
}

static int gate[2];

static void idle_script(peer *p, int fd)
{
    peer_hello(p, fd);
    peer_wait(gate[0]);
    peer_drain(p, fd);
}

/* A peer that does not read: writing stops at the deadline, says how much went, and goes on. */
static void full_socket(void **state)
{
    (void)state;
    static uint8_t block[1 << 20];
    peer p;
    hf_conn conn;
    size_t len = 0;
    assert_int_equal(pipe(gate), 0);
    peer_start(&p, idle_script);
    assert_int_equal(
        hf_conn_open(&conn, &bench_config, &bench_memory, at("127.0.0.1", p.port), LONG_MS), HF_OK);
    hf_code code = HF_OK;
    for (int i = 0; i < 64 && code == HF_OK; i++) {
        code = hf_conn_write(&conn, block, sizeof block, &len, 50);
    }
    assert_int_equal(code, HF_E_TIMEOUT);
    assert_true(len < sizeof block);
    assert_int_equal(hf_conn_write(&conn, block, sizeof block, &len, 0), HF_PENDING);
    assert_int_equal(hf_conn_shutdown(&conn, 10), HF_E_TIMEOUT);
    assert_int_equal(write(gate[1], "x", 1), 1);
    hf_conn_close(&conn);
    close(gate[1]);
    peer_join(&p);
    close(gate[0]);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)
    const struct CMUnitTest tests[] = {
        TEST(blocking_round),     TEST(own_loop),
        TEST(socket_is_set_up),   TEST(last_flight_carries_data),
        TEST(refused_port),       TEST(wrong_use),
        TEST(verdict_is_awaited), TEST(end_without_close_notify),
        TEST(full_socket),
    };
    return cmocka_run_group_tests_name("net conn", tests, NULL, NULL);
}
