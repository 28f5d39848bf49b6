/* Several addresses: RFC 8305's order, dead ones, refused ones, and resolvers of one's own. */
#define _GNU_SOURCE
#include "unit/net_bench.h"

#include "net/address.h"
#include "net/dial.h"

/* A resolver that answers what the test says, after `pending` questions. */
typedef struct own_resolver {
    const char *answers[12];
    size_t count;
    unsigned pending;
    unsigned asked;
    unsigned cancelled;
    hf_code code;
    int fd;
} own_resolver;

static hf_code own_resolve(void *ctx, const char *host, hf_ip *list, size_t cap, size_t *count,
                           int *fd)
{
    own_resolver *own = ctx;
    assert_string_equal(host, "device.test");
    own->asked++;
    *fd = own->fd;
    if (own->pending > 0) {
        own->pending--;
        return HF_PENDING;
    }
    for (size_t i = 0; i < own->count && i < cap; i++) {
        assert_true(hf_ip_parse(own->answers[i], &list[i]));
        *count = i + 1;
    }
    return own->code;
}

static void own_cancel(void *ctx, const char *host)
{
    own_resolver *own = ctx;
    assert_string_equal(host, "device.test");
    own->cancelled++;
}

static hf_conn_options options_of(own_resolver *own)
{
    return (hf_conn_options){.resolver = {own_resolve, own_cancel, own}};
}

static hf_code open_own(hf_conn *conn, own_resolver *own, uint16_t port, uint32_t timeout_ms)
{
    hf_conn_options options = options_of(own);
    hf_code code = hf_conn_start(conn, &bench_config, &bench_memory, at("device.test", port),
                                 &options, timeout_ms);
    return code == HF_PENDING ? drive(conn) : code;
}

static void greet_script(peer *p, int fd)
{
    peer_hello(p, fd);
    peer_drain(p, fd);
}

/* An address that swallows SYNs: a listener whose queue is full. */
typedef struct dead_end {
    int listener;
    int fillers[4];
} dead_end;

static bool dead_begin(dead_end *dead, const char *ip, uint16_t port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    inet_pton(AF_INET, ip, &to.sin_addr);
    dead->listener = listening(ip, &port, 0);
    if (dead->listener < 0) {
        return false;
    }
    for (size_t i = 0; i < 4; i++) {
        dead->fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        int result = connect(dead->fillers[i], (struct sockaddr *)&to, sizeof to);
        assert_true(result == 0 || errno == EINPROGRESS);
    }
    return true;
}

static void dead_end_close(dead_end *dead)
{
    for (size_t i = 0; i < 4; i++) {
        close(dead->fillers[i]);
    }
    close(dead->listener);
}

static void answers_alternate(void **state)
{
    (void)state;
    hf_answers answers;
    hf_ip ip;
    memset(&answers, 0, sizeof answers);
    for (unsigned i = 0; i < 20; i++) {
        char text[32];
        snprintf(text, sizeof text, "2001:db8::%x", i / 2 + 1);
        assert_true(hf_ip_parse(text, &ip));
        hf_answers_add(&answers, &ip);
    }
    assert_int_equal(answers.count[0], HF_ADDRESSES_MAX);
    assert_int_equal(answers.first, 0);
    ip.family = 5;
    hf_answers_add(&answers, &ip);
    assert_int_equal(answers.count[1], 0);
    assert_true(hf_answers_left(&answers));
}

/* Refused addresses are passed at once, the first that listens wins. */
static void refused_then_good(void **state)
{
    (void)state;
    peer p;
    hf_conn conn;
    own_resolver own = {.answers = {"127.0.0.2", "127.0.0.3", "127.0.0.1"}, .count = 3};
    peer_start(&p, greet_script);
    assert_int_equal(open_own(&conn, &own, p.port, LONG_MS), HF_OK);
    assert_int_equal(conn.stats.attempts, 3);
    assert_int_equal(conn.stats.peer.bytes[3], 1);
    assert_int_equal(own.cancelled, 0);
    hf_conn_close(&conn);
    peer_join(&p);
}

/* A dead address costs 250 ms, not the deadline; its attempt is closed when another wins. */
static void dead_then_good(void **state)
{
    (void)state;
    peer p;
    hf_conn conn;
    dead_end dead;
    own_resolver own = {.answers = {"127.0.0.2", "127.0.0.1"}, .count = 2};
    peer_start(&p, greet_script);
    assert_true(dead_begin(&dead, "127.0.0.2", p.port));
    assert_int_equal(open_own(&conn, &own, p.port, LONG_MS), HF_OK);
    assert_int_equal(conn.stats.attempts, 2);
    assert_int_equal(conn.stats.peer.bytes[3], 1);
    assert_true(conn.stats.tcp_us >= 250000);
    hf_conn_close(&conn);
    dead_end_close(&dead);
    peer_join(&p);
}

static void only_dead(void **state)
{
    (void)state;
    uint16_t port = 0;
    int keeper = closed_port(&port);
    hf_conn conn;
    dead_end dead;
    own_resolver own = {.answers = {"127.0.0.2", "127.0.0.1"}, .count = 2};
    assert_true(dead_begin(&dead, "127.0.0.2", port));
    assert_int_equal(open_own(&conn, &own, port, 300), HF_E_CONNECT_TIMEOUT);
    assert_int_equal(hf_conn_error(&conn)->stage, HF_STAGE_TCP);
    hf_conn_close(&conn);
    dead_end_close(&dead);
    close(keeper);
}

/* Refused tells more than unreachable, in either order. 255.255.255.255 never leaves this machine:
 * a TCP connection to it is refused by the kernel itself. */
static void best_error_is_kept(void **state)
{
    (void)state;
    uint16_t port = 0;
    int keeper = closed_port(&port);
    for (size_t i = 0; i < 3; i++) {
        hf_conn conn;
        own_resolver own = {.answers = {"255.255.255.255", "127.0.0.1", "255.255.255.255"}};
        const char *only[] = {"127.0.0.1"};
        own.count = 2;
        if (i == 1) {
            own.answers[0] = only[0];
            own.answers[1] = "255.255.255.255";
        } else if (i == 2) {
            own.count = 1;
        }
        hf_code want = i == 2 ? HF_E_CONNECT_UNREACHABLE : HF_E_CONNECT_REFUSED;
        assert_int_equal(open_own(&conn, &own, port, LONG_MS), want);
        hf_conn_close(&conn);
    }
    close(keeper);
}

static void at_most_eight(void **state)
{
    (void)state;
    uint16_t port = 0;
    int keeper = closed_port(&port);
    hf_conn conn;
    own_resolver own = {.answers = {"127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5",
                                    "127.0.0.6", "127.0.0.7", "127.0.0.8", "127.0.0.9"},
                        .count = 9};
    assert_int_equal(open_own(&conn, &own, port, LONG_MS), HF_E_CONNECT_REFUSED);
    assert_int_equal(conn.stats.attempts, HF_ADDRESSES_MAX);
    hf_conn_close(&conn);
    close(keeper);
}

static void families_alternate(void **state)
{
    (void)state;
    uint16_t port = 0;
    int keeper = closed_port(&port);
    hf_conn conn;
    own_resolver own = {.answers = {"127.0.0.2", "127.0.0.3", "127.0.0.4", "::1", "127.0.0.5"},
                        .count = 5};
    hf_code code = open_own(&conn, &own, port, LONG_MS);
    assert_int_equal(code, HF_E_CONNECT_REFUSED);
    const uint8_t want[] = {4, 6, 4, 4, 4};
    assert_int_equal(conn.stats.attempts, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(conn.dial.to[i].family, want[i]);
    }
    hf_conn_close(&conn);
    close(keeper);
}

static void own_resolver_that_is_slow(void **state)
{
    (void)state;
    peer p;
    hf_conn conn;
    own_resolver own = {.answers = {"127.0.0.1"}, .count = 1, .pending = 3, .fd = -1};
    peer_start(&p, greet_script);
    assert_int_equal(open_own(&conn, &own, p.port, LONG_MS), HF_OK);
    assert_int_equal(own.asked, 4);
    assert_int_equal(own.cancelled, 0);
    hf_conn_close(&conn);
    peer_join(&p);
}

/* With a descriptor it is asked again only when that is readable. */
static void own_resolver_with_descriptor(void **state)
{
    (void)state;
    peer p;
    hf_conn conn;
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    own_resolver own = {.answers = {"127.0.0.1"}, .count = 1, .pending = 1, .fd = fds[0]};
    hf_conn_options options = options_of(&own);
    peer_start(&p, greet_script);
    assert_int_equal(hf_conn_start(&conn, &bench_config, &bench_memory, at("device.test", p.port),
                                   &options, LONG_MS),
                     HF_PENDING);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(hf_conn_step(&conn), HF_PENDING);
    }
    assert_int_equal(own.asked, 1);
    assert_int_equal(write(fds[1], "x", 1), 1);
    assert_int_equal(drive(&conn), HF_OK);
    assert_int_equal(own.asked, 2);
    hf_conn_close(&conn);
    peer_join(&p);
    close(fds[0]);
    close(fds[1]);
}

static void own_resolver_that_fails(void **state)
{
    (void)state;
    hf_conn conn;
    own_resolver missing = {.code = HF_E_RESOLVE_NOT_FOUND};
    assert_int_equal(open_own(&conn, &missing, 1, LONG_MS), HF_E_RESOLVE_NOT_FOUND);
    hf_conn_close(&conn);
    own_resolver empty = {.count = 0};
    assert_int_equal(open_own(&conn, &empty, 1, LONG_MS), HF_E_RESOLVE_NOT_FOUND);
    hf_conn_close(&conn);
    own_resolver silent = {.pending = UINT32_MAX, .fd = -1};
    assert_int_equal(open_own(&conn, &silent, 1, 50), HF_E_RESOLVE_TIMEOUT);
    assert_int_equal(silent.cancelled, 1);
    hf_conn_close(&conn);
    assert_int_equal(silent.cancelled, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)
    const struct CMUnitTest tests[] = {
        TEST(answers_alternate),
        TEST(refused_then_good),
        TEST(dead_then_good),
        TEST(only_dead),
        TEST(best_error_is_kept),
        TEST(at_most_eight),
        TEST(families_alternate),
        TEST(own_resolver_that_is_slow),
        TEST(own_resolver_with_descriptor),
        TEST(own_resolver_that_fails),
    };
    return cmocka_run_group_tests_name("net dial", tests, NULL, NULL);
}
