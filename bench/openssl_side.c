/* OpenSSL as client and as server over the in-memory wire: one suite, one group, one signature
 * scheme, certificates required on both sides; one ticket for a handshake, or none. */
#include "bench.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>

static SSL_CTX *contexts[2];
static SSL *connections[2];
static BIO_METHOD *method;
static SSL_SESSION *session; /* the client's last one */
static char name[256];
static int SIDES[2] = {BENCH_CLIENT, BENCH_SERVER};

static int wire_read(BIO *bio, char *to, int cap)
{
    const int *side = BIO_get_data(bio);
    size_t len = bench_read((enum bench_side) * side, to, (size_t)cap);
    BIO_clear_retry_flags(bio);
    if (len == 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    return (int)len;
}

static int wire_write(BIO *bio, const char *from, int len)
{
    const int *side = BIO_get_data(bio);
    bench_write((enum bench_side) * side, from, (size_t)len);
    return len;
}

static long wire_control(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH;
}

static int wire_create(BIO *bio)
{
    BIO_set_init(bio, 1);
    return 1;
}

static bool make_method(void)
{
    if (method == NULL) {
        method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "wire");
        BIO_meth_set_read(method, wire_read);
        BIO_meth_set_write(method, wire_write);
        BIO_meth_set_ctrl(method, wire_control);
        BIO_meth_set_create(method, wire_create);
    }
    return method != NULL;
}

static void narrow(SSL_CTX *ctx, const bench_setting *setting)
{
    int version = setting->tls13 ? TLS1_3_VERSION : TLS1_2_VERSION;
    SSL_CTX_set_min_proto_version(ctx, version);
    SSL_CTX_set_max_proto_version(ctx, version);
    SSL_CTX_set_cipher_list(ctx, "ECDHE-ECDSA-AES128-GCM-SHA256");
    SSL_CTX_set_ciphersuites(ctx, "TLS_AES_128_GCM_SHA256");
    SSL_CTX_set1_groups_list(ctx, setting->x25519 ? "X25519:P-256" : "P-256");
    SSL_CTX_set1_sigalgs_list(ctx, "ECDSA+SHA256");
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    if (setting->sessions == BENCH_NO_SESSIONS) {
        SSL_CTX_set_num_tickets(ctx, 0);
        SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
    } else {
        SSL_CTX_set_num_tickets(ctx, 1);
        SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"bench", 5);
    }
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
}

static int keep_session(SSL *ssl, SSL_SESSION *new_one)
{
    (void)ssl;
    SSL_SESSION_free(session);
    session = new_one;
    return 1;
}

static bool setup_side(enum bench_side side, const bench_setting *setting)
{
    const char *files = side == BENCH_CLIENT ? "device" : "broker.example";
    char path[3][512];
    SSL_CTX *ctx = SSL_CTX_new(side == BENCH_CLIENT ? TLS_client_method() : TLS_server_method());
    contexts[side] = ctx;
    if (ctx == NULL || !make_method()) {
        return false;
    }
    snprintf(path[0], sizeof path[0], "%s/%s.pem", setting->dir, files);
    snprintf(path[1], sizeof path[1], "%s/%s.key", setting->dir, files);
    snprintf(path[2], sizeof path[2], "%s/ca.pem", setting->dir);
    snprintf(name, sizeof name, "%s", setting->name);
    narrow(ctx, setting);
    if (side == BENCH_CLIENT && setting->sessions != BENCH_NO_SESSIONS) {
        SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_sess_set_new_cb(ctx, keep_session);
    }
    return SSL_CTX_use_certificate_chain_file(ctx, path[0]) == 1 &&
           SSL_CTX_use_PrivateKey_file(ctx, path[1], SSL_FILETYPE_PEM) == 1 &&
           SSL_CTX_load_verify_locations(ctx, path[2], NULL) == 1;
}

static void open_side(enum bench_side side)
{
    SSL *ssl = SSL_new(contexts[side]);
    BIO *bio = BIO_new(method);
    BIO_set_data(bio, &SIDES[side]);
    SSL_set_bio(ssl, bio, bio);
    connections[side] = ssl;
    if (side == BENCH_SERVER) {
        SSL_set_accept_state(ssl);
        return;
    }
    SSL_set_connect_state(ssl);
    SSL_set_tlsext_host_name(ssl, name);
    SSL_set1_host(ssl, name);
    if (session != NULL) {
        SSL_set_session(ssl, session);
    }
}

static int step_side(enum bench_side side)
{
    int result = SSL_do_handshake(connections[side]);
    if (result == 1) {
        return 1;
    }
    if (SSL_get_error(connections[side], result) == SSL_ERROR_WANT_READ) {
        return 0;
    }
    ERR_print_errors_fp(stderr);
    return -1;
}

/* There are no data, so tickets are all that is read. */
static void take_side(enum bench_side side)
{
    char byte;
    (void)SSL_read(connections[side], &byte, 1);
}

static void close_side(enum bench_side side)
{
    SSL_set_shutdown(connections[side], SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(connections[side]);
    connections[side] = NULL;
}

static void teardown_side(enum bench_side side)
{
    SSL_CTX_free(contexts[side]);
    contexts[side] = NULL;
    if (side == BENCH_CLIENT) {
        SSL_SESSION_free(session);
        session = NULL;
    }
}

static bool setup_client(const bench_setting *setting)
{
    return setup_side(BENCH_CLIENT, setting);
}

static void open_client(void)
{
    open_side(BENCH_CLIENT);
}

static int step_client(void)
{
    return step_side(BENCH_CLIENT);
}

static void take_client(void)
{
    take_side(BENCH_CLIENT);
}

static bool resumed_client(void)
{
    return SSL_session_reused(connections[BENCH_CLIENT]) == 1;
}

static void close_client(void)
{
    close_side(BENCH_CLIENT);
}

static void teardown_client(void)
{
    teardown_side(BENCH_CLIENT);
}

static bool setup_server(const bench_setting *setting)
{
    return setup_side(BENCH_SERVER, setting);
}

static void open_server(void)
{
    open_side(BENCH_SERVER);
}

static int step_server(void)
{
    return step_side(BENCH_SERVER);
}

static void take_server(void)
{
    take_side(BENCH_SERVER);
}

static bool resumed_server(void)
{
    return SSL_session_reused(connections[BENCH_SERVER]) == 1;
}

static void close_server(void)
{
    close_side(BENCH_SERVER);
}

static void teardown_server(void)
{
    teardown_side(BENCH_SERVER);
}

const bench_client BENCH_OPENSSL = {"openssl",   setup_client,   open_client,  step_client,
                                    take_client, resumed_client, close_client, teardown_client};
const bench_client BENCH_SERVER_SIDE = {"server",    setup_server,   open_server,  step_server,
                                        take_server, resumed_server, close_server, teardown_server};
