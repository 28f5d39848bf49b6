/* The key log of both ends of a connection: each must tell the same secrets, whatever the order in
 * which its keys change. That they are the right ones, Wireshark says in
 * tests/integration/test_capture.py. */
#include "unit/pair_rig.h"

#include "keylog/keylog.h"
#include "tls/keys/schedule13.h"

#define LINES_MAX 64u
#define LINE_ROOM 260u

typedef struct log_end {
    hf_keylog log;
    char text[8192];
    size_t len;
    char lines[LINES_MAX][LINE_ROOM]; /* sorted */
    size_t count;
} log_end;

static void put(void *ctx, const char *text, size_t len)
{
    log_end *end = ctx;
    assert_true(len < sizeof end->text - end->len);
    memcpy(end->text + end->len, text, len);
    end->len += len;
    end->text[end->len] = 0;
}

static void watch(void *ctx, const hf_event *event)
{
    log_end *end = ctx;
    size_t before = end->len;
    const hf_sink sink = {.put = put, .ctx = end};
    hf_keylog_event(&end->log, event, &sink);
    assert_true(end->len - before <= HF_KEYLOG_LINES_MAX);
    assert_true(event->kind == HF_EVENT_KEYS || end->len == before);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void sort_lines(log_end *end)
{
    const char *at = end->text;
    end->count = 0;
    while (*at != 0) {
        const char *stop = strchr(at, '\n');
        assert_non_null(stop);
        assert_true(end->count < LINES_MAX && (size_t)(stop - at) < LINE_ROOM);
        memcpy(end->lines[end->count], at, (size_t)(stop - at));
        end->lines[end->count++][stop - at] = 0;
        at = stop + 1;
    }
    qsort(end->lines, end->count, LINE_ROOM, by_text);
}

typedef struct bench {
    log_end client, server;
    pair *p;
} bench;

static bench *bench_new(uint16_t version)
{
    bench *b = calloc(1, sizeof *b);
    assert_non_null(b);
    b->p = pair_new();
    b->p->client.config.version_min = b->p->client.config.version_max = version;
    b->p->client.config.trace = b->p->server.config.trace = watch;
    b->p->client.config.trace_ctx = &b->client;
    b->p->server.config.trace_ctx = &b->server;
    return b;
}

static void bench_free(bench *b)
{
    pair_free(b->p);
    free(b);
}

static void talk(bench *b)
{
    pair_run(b->p);
    pair_expect_open(b->p, "talk");
}

/* Both ends have the same lines; their labels are `labels`, sorted, NULL behind the last. */
static void expect_labels(bench *b, const char *const *labels)
{
    sort_lines(&b->client);
    sort_lines(&b->server);
    assert_int_equal(b->client.count, b->server.count);
    for (size_t i = 0; i < b->client.count; i++) {
        assert_string_equal(b->client.lines[i], b->server.lines[i]);
        assert_non_null(labels[i]);
        assert_int_equal(strncmp(b->client.lines[i], labels[i], strlen(labels[i])), 0);
        assert_int_equal(b->client.lines[i][strlen(labels[i])], ' ');
    }
    assert_null(labels[b->client.count]);
}

static const char *const LABELS13[] = {
    "CLIENT_HANDSHAKE_TRAFFIC_SECRET", "CLIENT_TRAFFIC_SECRET_0", "EXPORTER_SECRET",
    "SERVER_HANDSHAKE_TRAFFIC_SECRET", "SERVER_TRAFFIC_SECRET_0", NULL,
};

/* The secret of a line: bytes; its length. */
static size_t secret_of(const log_end *end, const char *label, uint8_t *secret)
{
    for (size_t i = 0; i < end->count; i++) {
        size_t len = strlen(label);
        if (strncmp(end->lines[i], label, len) == 0 && end->lines[i][len] == ' ') {
            const char *hex = strrchr(end->lines[i], ' ') + 1;
            for (size_t k = 0; hex[2 * k] != 0; k++) {
                unsigned byte = 0;
                assert_int_equal(sscanf(hex + 2 * k, "%2x", &byte), 1);
                secret[k] = (uint8_t)byte;
            }
            return strlen(hex) / 2;
        }
    }
    fail_msg("no line %s in:\n%s", label, end->text);
    return 0;
}

static void test_full13(void **state)
{
    (void)state;
    static const size_t FEEDS[] = {0, 1};
    for (size_t i = 0; i < 2; i++) {
        bench *b = bench_new(HF_TLS13);
        b->p->feed = FEEDS[i];
        pair_mutual(b->p, HF_CLIENT_AUTH_REQUIRE, true);
        pair_start(b->p);
        talk(b);
        expect_labels(b, LABELS13);
        uint8_t secret[64];
        assert_int_equal(secret_of(&b->client, "EXPORTER_SECRET", secret), 32);
        /* the exporter's secret gives what the engine exports */
        uint8_t told[40];
        uint8_t exported[40];
        hf_traffic_secret exporter = {{0}};
        memcpy(exporter.bytes, secret, 32);
        hf_export13(HF_SHA256, &exporter, "EXPERIMENTAL x", (hf_span){NULL, 0}, told, sizeof told);
        assert_int_equal(hf_tls_export(&b->p->server.tls, "EXPERIMENTAL x", (hf_span){NULL, 0},
                                       false, exported, sizeof exported),
                         HF_OK);
        assert_memory_equal(told, exported, sizeof told);
        bench_free(b);
    }
}

/* 384-bit secrets are told whole. */
static void test_sha384(void **state)
{
    (void)state;
    static const uint16_t SUITE[] = {0x1302};
    uint8_t secret[64];
    bench *b = bench_new(HF_TLS13);
    b->p->client.config.suites = SUITE;
    b->p->client.config.suites_count = 1;
    pair_start(b->p);
    talk(b);
    expect_labels(b, LABELS13);
    assert_int_equal(secret_of(&b->server, "CLIENT_TRAFFIC_SECRET_0", secret), 48);
    bench_free(b);
}

/* N counts the KeyUpdates of a direction, and each secret is made of the one before. */
static void test_updates(void **state)
{
    (void)state;
    static const char *const LABELS[] = {
        "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
        "CLIENT_TRAFFIC_SECRET_0",
        "CLIENT_TRAFFIC_SECRET_1",
        "CLIENT_TRAFFIC_SECRET_2",
        "EXPORTER_SECRET",
        "SERVER_HANDSHAKE_TRAFFIC_SECRET",
        "SERVER_TRAFFIC_SECRET_0",
        "SERVER_TRAFFIC_SECRET_1",
        NULL,
    };
    bench *b = bench_new(HF_TLS13);
    pair_start(b->p);
    talk(b);
    assert_int_equal(hf_tls_update_keys(&b->p->client.tls, false), HF_OK);
    talk(b);
    assert_int_equal(hf_tls_update_keys(&b->p->client.tls, true), HF_OK);
    talk(b);
    expect_labels(b, LABELS);
    hf_traffic_secret secret;
    uint8_t next[64];
    (void)secret_of(&b->client, "CLIENT_TRAFFIC_SECRET_0", secret.bytes);
    for (unsigned i = 1; i <= 2; i++) {
        hf_next_traffic(HF_SHA256, &secret);
        (void)secret_of(&b->client, i == 1 ? "CLIENT_TRAFFIC_SECRET_1" : "CLIENT_TRAFFIC_SECRET_2",
                        next);
        assert_memory_equal(next, secret.bytes, 32);
    }
    bench_free(b);
}

static void test_retry(void **state)
{
    (void)state;
    static const uint16_t GROUPS[] = {HF_SECP384R1};
    bench *b = bench_new(HF_TLS13);
    b->p->server.config.groups = GROUPS;
    b->p->server.config.groups_count = 1;
    pair_start(b->p);
    talk(b);
    assert_true(hf_tls_retried(&b->p->client.tls));
    expect_labels(b, LABELS13);
    bench_free(b);
}

static void test_full12(void **state)
{
    (void)state;
    static const char *const LABELS[] = {"CLIENT_RANDOM", NULL};
    uint8_t secret[64];
    bench *b = bench_new(HF_TLS12);
    pair_mutual(b->p, HF_CLIENT_AUTH_REQUIRE, true);
    pair_start(b->p);
    talk(b);
    expect_labels(b, LABELS);
    assert_int_equal(secret_of(&b->client, "CLIENT_RANDOM", secret), 48);
    assert_memory_equal(secret, b->p->client.tls.handshake.secret.master12.bytes, 48);
    bench_free(b);
}

/* A second connection, also of the other version, is told with its own client random. */
static void test_connections_in_a_row(void **state)
{
    (void)state;
    bench *b = bench_new(HF_TLS13);
    pair_start(b->p);
    talk(b);
    assert_int_equal(hf_tls_update_keys(&b->p->client.tls, false), HF_OK);
    talk(b);
    pair_again(b->p);
    b->client.len = b->server.len = 0;
    pair_start(b->p);
    talk(b);
    expect_labels(b, LABELS13); /* counts from 0 again */
    bench_free(b);
}

/* A handshake that fails before there are keys has nothing to tell. */
static void test_failed(void **state)
{
    (void)state;
    static const uint16_t SUITES[] = {0xc02b};
    bench *b = bench_new(HF_TLS13);
    b->p->server.config.version_min = b->p->server.config.version_max = HF_TLS12;
    b->p->server.config.suites = SUITES;
    b->p->server.config.suites_count = 1;
    pair_start(b->p);
    pair_run(b->p);
    assert_int_not_equal(pair_code(&b->p->client), HF_OK);
    assert_int_equal(b->client.len + b->server.len, 0);
    bench_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_full13),  cmocka_unit_test(test_sha384),
        cmocka_unit_test(test_updates), cmocka_unit_test(test_retry),
        cmocka_unit_test(test_full12),  cmocka_unit_test(test_connections_in_a_row),
        cmocka_unit_test(test_failed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
