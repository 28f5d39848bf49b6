/* Names through a small DNS server on loopback: answers, refusals, silence. */
#define _GNU_SOURCE
#include "unit/net_bench.h"

#include <handfast/bytes.h>

enum answer {
    NAME_ERROR, /* NXDOMAIN */
    FAILURE,    /* SERVFAIL */
    NOTHING,    /* the name exists, without such addresses */
    SILENCE,
    ADDRESS,
    TRUNCATED, /* ask again by TCP; there every connection is reset */
};

static const struct {
    const char *name;
    enum answer v6;
    enum answer v4;
} ZONE[] = {
    {"four.test", NOTHING, ADDRESS},      {"missing.test", NAME_ERROR, NAME_ERROR},
    {"large.test", TRUNCATED, TRUNCATED}, {"empty.test", NOTHING, NOTHING},
    {"broken.test", FAILURE, FAILURE},    {"half.test", FAILURE, NOTHING},
    {"silent.test", SILENCE, SILENCE},    {"mute6.test", SILENCE, ADDRESS},
    {"six.test", ADDRESS, SILENCE},
};

typedef struct dns {
    int fd;
    int tcp;
    uint16_t port;
    unsigned resets;
    pthread_t thread;
    int stop[2];
    char csv[32];
} dns;

/* The question's name as text; returns the offset behind type and class, 0: not understood. */
static size_t read_question(const uint8_t *query, size_t len, char *name, size_t cap,
                            unsigned *type)
{
    size_t at_byte = 12;
    size_t used = 0;
    while (at_byte < len && query[at_byte] != 0) {
        size_t label = query[at_byte];
        if (at_byte + 1 + label >= len || used + label + 2 > cap) {
            return 0;
        }
        memcpy(name + used, query + at_byte + 1, label);
        used += label;
        name[used++] = '.';
        at_byte += label + 1;
    }
    name[used == 0 ? 0 : used - 1] = '\0';
    if (at_byte + 5 > len) {
        return 0;
    }
    *type = (unsigned)query[at_byte + 1] << 8 | query[at_byte + 2];
    return at_byte + 5;
}

static enum answer look_up(const char *name, unsigned type)
{
    for (size_t i = 0; i < sizeof ZONE / sizeof ZONE[0]; i++) {
        if (strcasecmp(ZONE[i].name, name) == 0) {
            return type == 28 ? ZONE[i].v6 : ZONE[i].v4;
        }
    }
    return NAME_ERROR;
}

static size_t write_answer(uint8_t *reply, size_t question_end, enum answer answer, unsigned type)
{
    static const uint8_t v4[] = {127, 0, 0, 1};
    static const uint8_t v6[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    const uint8_t head[] = {0xc0, 12, 0, (uint8_t)type, 0, 1, 0, 0, 0, 60, 0};
    size_t size = type == 28 ? sizeof v6 : sizeof v4;
    reply[2] = answer == TRUNCATED ? 0x83 : 0x81;
    reply[3] = (uint8_t)(0x80 | (answer == NAME_ERROR ? 3 : answer == FAILURE ? 2 : 0));
    memset(reply + 6, 0, 6);
    if (answer != ADDRESS) {
        return question_end;
    }
    reply[7] = 1;
    memcpy(reply + question_end, head, sizeof head);
    reply[question_end + sizeof head] = (uint8_t)size;
    memcpy(reply + question_end + sizeof head + 1, type == 28 ? v6 : v4, size);
    return question_end + sizeof head + 1 + size;
}

static void dns_serve(dns *server)
{
    uint8_t packet[600];
    char name[300];
    unsigned type = 0;
    struct sockaddr_in from;
    socklen_t from_len = sizeof from;
    ssize_t n = recvfrom(server->fd, packet, 512, 0, (struct sockaddr *)&from, &from_len);
    if (n < 17) {
        return;
    }
    size_t end = read_question(packet, (size_t)n, name, sizeof name, &type);
    enum answer answer = look_up(name, type);
    if (end == 0 || answer == SILENCE) {
        return;
    }
    size_t len = write_answer(packet, end, answer, type);
    sendto(server->fd, packet, len, 0, (struct sockaddr *)&from, from_len);
}

static void dns_reset(dns *server)
{
    int fd = accept4(server->tcp, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= 0) {
        server->resets++;
        peer_reset(fd);
        close(fd);
    }
}

static void *dns_main(void *arg)
{
    dns *server = arg;
    struct pollfd entries[3] = {{.fd = server->fd, .events = POLLIN},
                                {.fd = server->stop[0], .events = POLLIN},
                                {.fd = server->tcp, .events = POLLIN}};
    while (poll(entries, 3, 30000) > 0 && entries[1].revents == 0) {
        if (entries[0].revents != 0) {
            dns_serve(server);
        }
        if (entries[2].revents != 0) {
            dns_reset(server);
        }
    }
    return NULL;
}

static void dns_start(dns *server)
{
    do { /* one port for UDP and TCP */
        server->port = 0;
        server->resets = 0;
        server->tcp = listening("127.0.0.1", &server->port, 16);
        server->fd = bound(SOCK_DGRAM, "127.0.0.1", &server->port);
        if (server->fd < 0) {
            close(server->tcp);
        }
    } while (server->fd < 0);
    assert_int_equal(pipe(server->stop), 0);
    snprintf(server->csv, sizeof server->csv, "127.0.0.1:%u", server->port);
    assert_int_equal(pthread_create(&server->thread, NULL, dns_main, server), 0);
}

static void dns_stop(dns *server)
{
    assert_int_equal(write(server->stop[1], "x", 1), 1);
    pthread_join(server->thread, NULL);
    close(server->fd);
    close(server->tcp);
    close(server->stop[0]);
    close(server->stop[1]);
}

static hf_code open_by(hf_conn *conn, const char *servers, const char *name, uint16_t port,
                       uint32_t timeout_ms)
{
    const hf_conn_options options = {.dns_servers = servers};
    hf_code code =
        hf_conn_start(conn, &bench_config, &bench_memory, at(name, port), &options, timeout_ms);
    return code == HF_PENDING ? drive(conn) : code;
}

static void greet_script(peer *p, int fd)
{
    peer_hello(p, fd);
    peer_drain(p, fd);
}

static void name_resolves(void **state)
{
    (void)state;
    const char *const names[] = {"four.test", "mute6.test", "FOUR.test."};
    dns server;
    dns_start(&server);
    for (size_t i = 0; i < 3; i++) {
        peer p;
        hf_conn conn;
        peer_start(&p, greet_script);
        assert_int_equal(open_by(&conn, server.csv, names[i], p.port, LONG_MS), HF_OK);
        assert_int_equal(conn.stats.peer.family, 4);
        assert_true(conn.stats.resolve_us > 0);
        assert_true(conn.stats.resolve_us < 10000000);
        hf_conn_close(&conn);
        peer_join(&p);
        assert_memory_equal(p.seen + 6, names[i], strlen(names[i]));
    }
    dns_stop(&server);
}

/* IPv6 needs no answer about IPv4; without a listener there the missing answer is waited for. */
static void v6_does_not_wait(void **state)
{
    (void)state;
    dns server;
    hf_conn conn;
    uint16_t port = 0;
    int keeper = closed_port(&port);
    dns_start(&server);
    hf_code code = open_by(&conn, server.csv, "six.test", port, 300);
    assert_true(code == HF_E_CONNECT_REFUSED || code == HF_E_CONNECT_UNREACHABLE); /* no IPv6 */
    assert_int_equal(conn.dial.to[0].family, 6);
    hf_conn_close(&conn);
    dns_stop(&server);
    close(keeper);
}

static void names_that_fail(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        hf_code code;
        uint32_t timeout_ms;
    } cases[] = {
        {"missing.test", HF_E_RESOLVE_NOT_FOUND, LONG_MS},
        {"empty.test", HF_E_RESOLVE_NOT_FOUND, LONG_MS},
        {"broken.test", HF_E_RESOLVE_FAILED, LONG_MS},
        {"half.test", HF_E_RESOLVE_FAILED, LONG_MS},
        {"silent.test", HF_E_RESOLVE_TIMEOUT, 100},
        {"silent.test", HF_E_RESOLVE_TIMEOUT, 0},
    };
    dns server;
    dns_start(&server);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        hf_conn conn;
        time_t before = time(NULL);
        assert_int_equal(open_by(&conn, server.csv, cases[i].name, 1, cases[i].timeout_ms),
                         cases[i].code);
        assert_int_equal(hf_conn_error(&conn)->stage, HF_STAGE_RESOLVE);
        assert_true(time(NULL) - before < 15);
        hf_conn_close(&conn);
    }
    dns_stop(&server);
}

/* Nothing listens where the DNS server should be. */
static void no_dns_server(void **state)
{
    (void)state;
    hf_conn conn;
    uint16_t port = 0;
    char servers[32];
    int keeper = closed_port(&port); /* a TCP socket: nothing answers on UDP */
    snprintf(servers, sizeof servers, "127.0.0.1:%u", port);
    assert_int_equal(open_by(&conn, servers, "four.test", 1, LONG_MS), HF_E_RESOLVE_FAILED);
    hf_conn_close(&conn);
    assert_int_equal(open_by(&conn, "not an address", "four.test", 1, LONG_MS),
                     HF_E_RESOLVE_FAILED);
    hf_conn_close(&conn);
    close(keeper);
}

/* An answer that does not fit is asked for by TCP; a server that resets there raises no SIGPIPE. */
static void answer_by_tcp_is_reset(void **state)
{
    (void)state;
    dns server;
    hf_conn conn;
    dns_start(&server);
    hf_code code = open_by(&conn, server.csv, "large.test", 1, LONG_MS);
    assert_int_equal(code, HF_E_RESOLVE_FAILED);
    hf_conn_close(&conn);
    dns_stop(&server);
    assert_true(server.resets > 0);
}

/* Closed while the question is open. */
static void close_while_resolving(void **state)
{
    (void)state;
    dns server;
    hf_conn conn;
    dns_start(&server);
    const hf_conn_options options = {.dns_servers = server.csv};
    assert_int_equal(
        hf_conn_start(&conn, &bench_config, &bench_memory, "silent.test", &options, LONG_MS),
        HF_PENDING);
    for (int i = 0; i < 50; i++) {
        assert_int_equal(hf_conn_step(&conn), HF_PENDING);
    }
    assert_true(hf_conn_timeout(&conn) >= 0);
    hf_conn_close(&conn);
    dns_stop(&server);
}

/* The hosts file comes before DNS; the server named here would say that the name is missing. */
/* RFC 6761 6.3: with or without a hosts file, and never by asking DNS. */
static void localhost_is_loopback(void **state)
{
    (void)state;
    static const char *const NAMES[] = {"localhost", "LOCALHOST.", "broker.localhost"};
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        dns server;
        peer p;
        hf_conn conn;
        dns_start(&server);
        peer_start(&p, greet_script);
        assert_int_equal(open_by(&conn, server.csv, NAMES[i], p.port, LONG_MS), HF_OK);
        hf_conn_close(&conn);
        peer_join(&p);
        dns_stop(&server);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)
    const struct CMUnitTest tests[] = {
        TEST(name_resolves),          TEST(v6_does_not_wait),      TEST(names_that_fail),
        TEST(no_dns_server),          TEST(localhost_is_loopback), TEST(close_while_resolving),
        TEST(answer_by_tcp_is_reset),
    };
    return cmocka_run_group_tests_name("net resolve", tests, NULL, NULL);
}
