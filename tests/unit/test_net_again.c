/* A session that the server cannot cope with: one more dial without it, and no more than one. */
#define _GNU_SOURCE
#include "unit/net_bench.h"

#include "unit/net_fake_tls.h"

#include <fcntl.h>

static unsigned accepted;

static int again_setup(void **state)
{
    fake_session = true;
    fake_again = accepted = 0;
    return bench_setup(state);
}

static int next_connection(peer *p)
{
    peer_wait(p->listener);
    accepted++;
    return accept4(p->listener, NULL, NULL, SOCK_CLOEXEC);
}

static void welcome(peer *p, int fd)
{
    if (peer_hello(p, fd)) {
        peer_say(fd, "D\004data", 6);
        (void)peer_expect(p, fd, "C");
        peer_say(fd, "C", 1);
        peer_drain(p, fd);
    }
}

/* The first hello gets `answer`, or a reset; the second one is welcome. */
static void second_time(peer *p, int fd, const char *answer, size_t len)
{
    (void)peer_expect(p, fd, "\n");
    if (answer != NULL) {
        peer_say(fd, answer, len);
        shutdown(fd, SHUT_WR);
    } else {
        peer_reset(fd);
        int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
        (void)dup2(nothing, fd); /* closes the socket; the number stays for who owns it */
        close(nothing);
    }
    p->seen_len = 0;
    int second = next_connection(p);
    if (second >= 0) {
        welcome(p, second);
        close(second);
    }
}

static void alert_script(peer *p, int fd)
{
    second_time(p, fd, "A\063", 2);
}

static void end_script(peer *p, int fd)
{
    second_time(p, fd, "", 0);
}

static void reset_script(peer *p, int fd)
{
    second_time(p, fd, NULL, 0);
}

static void expect_again(void (*script)(peer *, int))
{
    peer p;
    hf_conn conn = {0};
    char text[16];
    size_t len = 0;
    peer_start(&p, script);
    assert_string_equal(hf_error_name(hf_conn_open(&conn, &bench_config, &bench_memory,
                                                   at("127.0.0.1", p.port), LONG_MS)),
                        "HF_OK");
    assert_true(conn.stats.again);
    assert_int_equal(fake_again, 1);
    assert_int_equal(hf_conn_error(&conn)->code, HF_OK);
    assert_int_equal(hf_conn_read(&conn, text, sizeof text, &len, LONG_MS), HF_OK);
    assert_memory_equal(text, "data", 4);
    assert_int_equal(hf_conn_shutdown(&conn, LONG_MS), HF_OK);
    assert_true(conn.stats.clean_end);
    hf_conn_close(&conn);
    peer_join(&p);
    assert_int_equal(accepted, 1); /* besides the first */
}

static void after_an_alert(void **state)
{
    (void)state;
    expect_again(alert_script);
}

static void after_an_end(void **state)
{
    (void)state;
    expect_again(end_script);
}

static void after_a_reset(void **state)
{
    (void)state;
    expect_again(reset_script);
}

static void refuse_twice(peer *p, int fd)
{
    (void)peer_expect(p, fd, "\n");
    peer_say(fd, "A\063", 2);
    p->seen_len = 0;
    int second = next_connection(p);
    (void)peer_expect(p, second, "\n");
    peer_say(second, "A\050", 2);
    peer_drain(p, second);
    close(second);
}

static void once_more_is_enough(void **state)
{
    (void)state;
    peer p;
    hf_conn conn = {0};
    peer_start(&p, refuse_twice);
    hf_code code =
        hf_conn_open(&conn, &bench_config, &bench_memory, at("127.0.0.1", p.port), LONG_MS);
    assert_int_equal(code, HF_E_ALERT);
    assert_int_equal(hf_conn_error(&conn)->alert, 40); /* of the second try */
    assert_int_equal(fake_again, 1);
    hf_conn_close(&conn);
    peer_join(&p);
}

static void refuse_once(peer *p, int fd)
{
    (void)peer_expect(p, fd, "\n");
    peer_say(fd, "A\063", 2);
    peer_drain(p, fd);
}

static void not_without_a_session(void **state)
{
    (void)state;
    peer p;
    hf_conn conn = {0};
    fake_session = false;
    peer_start(&p, refuse_once);
    hf_code code =
        hf_conn_open(&conn, &bench_config, &bench_memory, at("127.0.0.1", p.port), LONG_MS);
    assert_int_equal(code, HF_E_ALERT);
    assert_int_equal(hf_conn_error(&conn)->alert, 51);
    assert_false(conn.stats.again);
    assert_int_equal(fake_again, 0);
    hf_conn_close(&conn);
    peer_join(&p);
}

/* The deadline is that of the opening: a second peer that is silent does not get a new one. */
static void silent_second(peer *p, int fd)
{
    (void)peer_expect(p, fd, "\n");
    peer_say(fd, "A\063", 2);
    int second = next_connection(p);
    peer_drain(p, second);
    close(second);
}

static void one_deadline(void **state)
{
    (void)state;
    peer p;
    hf_conn conn = {0};
    peer_start(&p, silent_second);
    hf_code code = hf_conn_open(&conn, &bench_config, &bench_memory, at("127.0.0.1", p.port), 300);
    assert_int_equal(code, HF_E_TLS_TIMEOUT);
    assert_true(conn.stats.again);
    hf_conn_close(&conn);
    peer_join(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(after_an_alert, again_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(after_an_end, again_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(after_a_reset, again_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(once_more_is_enough, again_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(not_without_a_session, again_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(one_deadline, again_setup, bench_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
