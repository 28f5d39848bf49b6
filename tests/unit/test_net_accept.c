/* hf_conn_accept() and hf_conn_attach(): both ends of a connection over loopback, and the deadline
 * of a server's handshake.
 */
#include "net/conn.h"
#include "net/port.h"
#include "unit/cmocka_all.h"
#include "unit/x509_fixtures.h"

#include <handfast/conn.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct end {
    hf_config config;
    hf_conn conn;
    uint8_t memory[4096];
    uint8_t in[HF_TLS_INPUT_MAX], out[HF_TLS_OUTPUT_SIZE], slot[HF_TLS_CERTIFICATE_WHOLE];
} end;

static end client, server;
static hf_span files[4];

static hf_time now(void *ctx)
{
    (void)ctx;
    return (hf_time){.seconds = FIXTURES_NOW, .kind = HF_TIME_EXACT};
}

static hf_tls_memory memory_of(end *e)
{
    return (hf_tls_memory){.input = {e->in, sizeof e->in},
                           .output = {e->out, sizeof e->out},
                           .certificate = {e->slot, sizeof e->slot}};
}

static int set_up(void **state)
{
    static const char *const NAMES[] = {"leaf", "int", "key-leaf.pkcs8", "root"};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        files[i] = fixture(NAMES[i]);
    }
    hf_config_init(&server.config, server.memory, sizeof server.memory);
    server.config.role = HF_SERVER;
    (void)hf_config_identity(&server.config, files[0].ptr, files[0].len, files[2].ptr, files[2].len,
                             NULL);
    server.config.identity.chain[server.config.identity.chain_count++] = files[1];
    assert_int_equal(hf_config_build(&server.config), HF_OK);
    hf_config_init(&client.config, client.memory, sizeof client.memory);
    client.config.clock.now = now;
    (void)hf_config_anchors(&client.config, files[3].ptr, files[3].len);
    assert_int_equal(hf_config_build(&client.config), HF_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    hf_config_release(&server.config);
    hf_config_release(&client.config);
    for (size_t i = 0; i < 4; i++) {
        fixture_free(files[i]);
    }
    return 0;
}

static int listen_here(char address[32])
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof here;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&here, sizeof here), 0);
    assert_int_equal(listen(fd, 4), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&here, &len), 0);
    (void)snprintf(address, 32, "127.0.0.1:%u", ntohs(here.sin_port));
    return fd;
}

/* Steps both until both are open or one has failed. */
static void open_both(void)
{
    hf_code codes[2] = {HF_PENDING, HF_PENDING};
    hf_conn *conns[] = {&client.conn, &server.conn};
    while (codes[0] == HF_PENDING || codes[1] == HF_PENDING) {
        struct pollfd fds[2];
        int wait = 5000;
        for (size_t i = 0; i < 2; i++) {
            codes[i] = hf_conn_step(conns[i]);
            fds[i] = (struct pollfd){hf_conn_fd(conns[i]), hf_conn_events(conns[i]), 0};
            int due = hf_conn_timeout(conns[i]);
            wait = due >= 0 && due < wait ? due : wait;
        }
        if (codes[0] == HF_PENDING || codes[1] == HF_PENDING) {
            assert_true(poll(fds, 2, wait) >= 0);
        }
    }
    assert_string_equal(hf_error_name(codes[0]), "HF_OK");
    assert_string_equal(hf_error_name(codes[1]), "HF_OK");
}

static void test_both_ends(void **state)
{
    (void)state;
    char address[32];
    char got[8];
    size_t len = 0;
    int listener = listen_here(address);
    const hf_tls_memory up = memory_of(&client);
    const hf_tls_memory down = memory_of(&server);
    const hf_conn_options options = {.name = "device.example.com"};
    assert_int_equal(hf_conn_start(&client.conn, &client.config, &up, address, &options, 9000),
                     HF_PENDING);
    (void)hf_conn_step(&client.conn);
    int fd = accept(listener, NULL, NULL);
    assert_true(fd >= 0);
    assert_int_equal(hf_conn_accept(&server.conn, &server.config, &down, fd, NULL, 9000),
                     HF_PENDING);
    open_both();
    assert_int_equal(hf_conn_write(&client.conn, "ping", 4, &len, 5000), HF_OK);
    assert_int_equal(hf_conn_read(&server.conn, got, sizeof got, &len, 5000), HF_OK);
    assert_int_equal(len, 4);
    assert_int_equal(hf_conn_write(&server.conn, "pong", 4, &len, 5000), HF_OK);
    assert_int_equal(hf_conn_read(&client.conn, got, sizeof got, &len, 5000), HF_OK);
    assert_memory_equal(got, "pong", 4);
    hf_conn_close(&client.conn);
    assert_int_equal(hf_conn_read(&server.conn, got, sizeof got, &len, 5000), HF_OK);
    assert_int_equal(len, 0); /* the orderly end */
    hf_conn_close(&server.conn);
    close(listener);
}

/* A client over a socket that stands already; it is not dialled anew, and its end, which comes in
 * the same bytes as data, is told. */
static void test_attached(void **state)
{
    (void)state;
    int fds[2];
    char got[8];
    size_t len = 0;
    const hf_tls_memory up = memory_of(&client);
    const hf_tls_memory down = memory_of(&server);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    assert_int_equal(hf_conn_accept(&server.conn, &server.config, &down, fds[0], NULL, 9000),
                     HF_PENDING);
    assert_int_equal(
        hf_conn_attach(&client.conn, &client.config, &up, fds[1], "device.example.com", NULL, 9000),
        HF_PENDING);
    open_both();
    assert_int_equal(client.conn.stats.attempts, 0);
    assert_int_equal(hf_conn_write(&server.conn, "pong", 4, &len, 5000), HF_OK);
    hf_conn_close(&server.conn);
    assert_int_equal(hf_conn_read(&client.conn, got, sizeof got, &len, 5000), HF_OK);
    assert_int_equal(len, 4);
    assert_int_equal(hf_conn_read(&client.conn, got, sizeof got, &len, 5000), HF_OK);
    assert_int_equal(len, 0);
    assert_true(client.conn.stats.clean_end);
    hf_conn_close(&client.conn);
}

/* The name is checked as elsewhere, and nobody to be checked is refused at once. */
static void test_attached_to_another(void **state)
{
    (void)state;
    int fds[2];
    char byte = 0;
    const hf_tls_memory up = memory_of(&client);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    assert_int_equal(hf_conn_attach(&client.conn, &client.config, &up, fds[1], NULL, NULL, 9000),
                     HF_E_NO_NAME);
    assert_int_equal(hf_conn_error(&client.conn)->stage, HF_STAGE_SETUP);
    assert_int_equal(read(fds[0], &byte, 1), 0);
    hf_conn_close(&client.conn);
    close(fds[0]);
}

/* A client that connects and says nothing has the server's deadline, and no longer. */
static void test_silent_client(void **state)
{
    (void)state;
    int fds[2];
    const hf_tls_memory down = memory_of(&server);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    assert_int_equal(hf_conn_accept(&server.conn, &server.config, &down, fds[0], NULL, 50),
                     HF_PENDING);
    assert_int_equal(hf_conn_wait(&server.conn), HF_E_TLS_TIMEOUT);
    assert_int_equal(hf_conn_error(&server.conn)->stage, HF_STAGE_TLS);
    hf_conn_close(&server.conn);
    close(fds[1]);
}

/* ---- a signer of the server's that takes more time than there is */

static hf_code answers_later(void *ctx, uint16_t scheme, hf_span hash, hf_space signature,
                             size_t *len)
{
    (void)ctx;
    (void)scheme;
    (void)hash;
    (void)signature;
    (void)len;
    return HF_PENDING;
}

static hf_code blocks(void *ctx, uint16_t scheme, hf_span hash, hf_space signature, size_t *len)
{
    const end *e = ctx;
    (void)scheme;
    (void)hash;
    while (!hf_deadline_passed(e->conn.deadline, hf_net_now(&e->conn))) {
        (void)poll(NULL, 0, 1);
    }
    *len = signature.cap < 8 ? signature.cap : 8;
    memset(signature.ptr, 0x30, *len);
    return HF_OK;
}

/* Not the client is to blame, and not the network. */
static void test_a_slow_signer(void **state)
{
    (void)state;
    hf_code (*const SIGNERS[])(void *, uint16_t, hf_span, hf_space, size_t *) = {answers_later,
                                                                                 blocks};
    for (size_t i = 0; i < 2; i++) {
        static end slow;
        const hf_tls_memory up = memory_of(&client), down = memory_of(&slow);
        const hf_conn_options options = {.name = "device.example.com"};
        hf_config_init(&slow.config, slow.memory, sizeof slow.memory);
        slow.config.role = HF_SERVER;
        (void)hf_config_identity(&slow.config, files[0].ptr, files[0].len, NULL, 0, NULL);
        slow.config.identity.signer = (hf_signer){SIGNERS[i], &slow};
        assert_int_equal(hf_config_build(&slow.config), HF_OK);
        char address[32];
        int listener = listen_here(address);
        assert_int_equal(hf_conn_start(&client.conn, &client.config, &up, address, &options, 9000),
                         HF_PENDING);
        (void)hf_conn_step(&client.conn);
        int fd = accept(listener, NULL, NULL);
        assert_true(fd >= 0);
        assert_int_equal(hf_conn_accept(&slow.conn, &slow.config, &down, fd, NULL, 600),
                         HF_PENDING);
        (void)hf_conn_step(&client.conn); /* its ClientHello */
        assert_string_equal(hf_error_name(hf_conn_wait(&slow.conn)), "HF_E_SIGNER_TIMEOUT");
        assert_int_equal(hf_conn_error(&slow.conn)->stage, HF_STAGE_TLS);
        hf_conn_close(&slow.conn);
        hf_conn_close(&client.conn);
        hf_config_release(&slow.config);
        close(listener);
    }
}

/* The socket is the connection's also when nothing comes of it. */
static void test_refused_at_once(void **state)
{
    (void)state;
    int fds[2];
    char byte = 0;
    const hf_tls_memory down = memory_of(&server);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    assert_int_equal(hf_conn_accept(&server.conn, &client.config, &down, fds[0], NULL, 50),
                     HF_E_USAGE); /* a client's config */
    assert_int_equal(read(fds[1], &byte, 1), 0);
    hf_conn_close(&server.conn);
    close(fds[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_ends),           cmocka_unit_test(test_attached),
        cmocka_unit_test(test_attached_to_another), cmocka_unit_test(test_silent_client),
        cmocka_unit_test(test_a_slow_signer),       cmocka_unit_test(test_refused_at_once),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
