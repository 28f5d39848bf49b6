/* Events (handfast/trace.h) of both roles: which ones, in which order, and what they must not tell.
 */
#include "unit/pair_rig.h"
#include "unit/trace_rig.h"

#include "tls/tell.h"
#include "unit/needs.h"

static trace_log client_log, server_log;

static void watch(pair *p)
{
    memset(&client_log, 0, sizeof client_log);
    memset(&server_log, 0, sizeof server_log);
    p->client.config.trace = trace_event;
    p->client.config.trace_ctx = &client_log;
    p->server.config.trace = trace_event;
    p->server.config.trace_ctx = &server_log;
}

static pair *mutual(uint16_t version)
{
    pair *p = pair_new();
    pair_mutual(p, HF_CLIENT_AUTH_REQUIRE, true);
    p->client.config.version_min = p->client.config.version_max = version;
    p->client.config.whole_chain = true;
    watch(p);
    return p;
}

static void play(pair *p, const char *name)
{
    pair_start(p);
    pair_run(p);
    pair_expect_open(p, name);
}

static const char CLIENT13[] = "work 0: 1d\n"
                               "> message 1\n"
                               "< message 2\n"
                               "work 1: 1d\n"
                               "decided 0: 304, 1\n"
                               "decided 1: 1301, 1\n"
                               "decided 4: 0, 14\n"
                               "decided 2: 1d, 1\n"
                               "< keys 0\n"
                               "> keys 0\n"
                               "< message 8\n"
                               "< message 13\n"
                               "decided 7: 2, 7\n"
                               "decided 8: 403, 2\n"
                               "< message 11\n"
                               "work 4: 0\n"
                               "work 4: 0\n"
                               "decided 10: 2, 16\n"
                               "< message 15\n"
                               "work 3: 403\n"
                               "decided 9: 403, 1\n"
                               "< message 20\n"
                               "< keys 1\n"
                               "> message 11\n"
                               "work 2: 403\n"
                               "> message 15\n"
                               "> message 20\n"
                               "> keys 1\n";
static const char SERVER13[] = "< message 1\n"
                               "decided 0: 304, 2\n"
                               "decided 1: 1301, 2\n"
                               "decided 2: 1d, 3\n"
                               "decided 4: 0, 14\n"
                               "decided 6: 4000, 14\n"
                               "decided 7: 2, 10\n"
                               "decided 8: 403, 2\n"
                               "work 0: 1d\n"
                               "> message 2\n"
                               "work 1: 1d\n"
                               "< keys 0\n"
                               "> keys 0\n"
                               "> message 8\n"
                               "> message 13\n"
                               "> message 11\n"
                               "work 2: 403\n"
                               "> message 15\n"
                               "> message 20\n"
                               "> keys 1\n"
                               "< message 11\n"
                               "work 4: 0\n"
                               "work 4: 0\n"
                               "decided 10: 2, 16\n"
                               "< message 15\n"
                               "work 3: 403\n"
                               "decided 9: 403, 1\n"
                               "< message 20\n"
                               "< keys 1\n";

static void test_full13(void **state)
{
    (void)state;
    pair *p = mutual(HF_TLS13);
    play(p, "1.3");
    assert_string_equal(client_log.text, CLIENT13);
    assert_string_equal(server_log.text, SERVER13);
    pair_free(p);
}

static void test_full12(void **state)
{
    (void)state;
    pair *p = mutual(HF_TLS12);
    play(p, "1.2");
    assert_string_equal(client_log.text, "> message 1\n"
                                         "< message 2\n"
                                         "decided 0: 303, 1\n"
                                         "decided 1: c02b, 1\n"
                                         "decided 4: 0, 14\n"
                                         "< message 11\n"
                                         "work 4: 0\n"
                                         "work 4: 0\n"
                                         "decided 10: 2, 16\n"
                                         "< message 12\n"
                                         "work 3: 403\n"
                                         "decided 2: 1d, 1\n"
                                         "decided 9: 403, 1\n"
                                         "< message 13\n"
                                         "decided 7: 2, 7\n"
                                         "decided 8: 403, 2\n"
                                         "< message 14\n"
                                         "> message 11\n"
                                         "work 0: 1d\n"
                                         "> message 16\n"
                                         "work 1: 1d\n"
                                         "work 2: 403\n"
                                         "> message 15\n"
                                         "> keys 1\n"
                                         "> message 20\n"
                                         "< keys 1\n"
                                         "< message 20\n");
    pair_free(p);
}

/* A group of which the client sent no share. */
static void test_retry(void **state)
{
    (void)state;
    static const uint16_t SERVER[] = {HF_SECP256R1};
    pair *p = mutual(HF_TLS13);
    p->server.config.groups = SERVER;
    p->server.config.groups_count = 1;
    play(p, "retry");
    const char *client = "work 0: 1d\n> message 1\n< message 2\ndecided 3: 17, 1\n"
                         "work 0: 17\n> message 1\n< message 2\nwork 1: 17\n";
    const char *server = "< message 1\ndecided 0: 304, 2\ndecided 1: 1301, 2\n"
                         "decided 3: 17, 4\n> message 2\n< message 1\ndecided 2: 17, 2\n";
    assert_memory_equal(client_log.text, client, strlen(client));
    assert_memory_equal(server_log.text, server, strlen(server));
    pair_free(p);
}

/* The client's certificate is of a CA that the server does not know. */
static void test_refused(void **state)
{
    (void)state;
    pair *p = pair_new();
    p->server.config.client_auth = HF_CLIENT_AUTH_REQUIRE;
    pair_anchor(p, &p->server.config, "root-p384");
    pair_identity(p, &p->client.config, "leaf", "int", "key-leaf.pkcs8");
    watch(p);
    client_log.bytes = server_log.bytes = true;
    pair_start(p);
    pair_run(p);
    pair_expect_refused(p, HF_E_CERT_UNKNOWN_CA, 48, "unknown CA");
    assert_non_null(strstr(server_log.text, "error HF_E_CERT_UNKNOWN_CA\n> record 21 sealed"));
    assert_non_null(strstr(client_log.text, "< record 21 sealed 24: 2\nerror HF_E_ALERT\n"));
    pair_free(p);
}

/* Records tell all bytes, and are told in order. */
typedef struct sum {
    size_t bytes[2], records[2];
    uint32_t next[2];
} sum;

static void add_up(void *ctx, const hf_event *event)
{
    sum *all = ctx;
    unsigned way = event->sent ? 1 : 0;
    if (event->kind == HF_EVENT_BYTES) {
        all->bytes[way] += event->body.len;
    } else if (event->kind == HF_EVENT_RECORD) {
        all->records[way] += event->size;
        assert_int_equal(event->number, all->next[way]++);
    }
}

static void test_bytes_and_records(void **state)
{
    (void)state;
    const uint16_t versions[] = {HF_TLS12, HF_TLS13};
    for (size_t i = 0; i < 2; i++) {
        for (size_t feed = 0; feed < 3; feed++) {
            sum all = {.bytes = {0}};
            pair *p = mutual(versions[i]);
            p->feed = feed;
            p->client.config.trace = add_up;
            p->client.config.trace_ctx = &all;
            p->client.config.compatibility_mode = true;
            play(p, "sums");
            assert_int_equal(hf_tls_update_keys(&p->client.tls, true),
                             versions[i] == HF_TLS13 ? HF_OK : HF_E_USAGE);
            pair_run(p);
            (void)hf_tls_close(&p->client.tls);
            pair_run(p);
            assert_int_equal(all.bytes[1], p->client.sent_len);
            assert_int_equal(all.records[1], p->client.sent_len);
            assert_int_equal(all.bytes[0], p->server.sent_len);
            assert_int_equal(all.records[0], p->server.sent_len);
            pair_free(p);
        }
    }
}

static void test_key_update(void **state)
{
    (void)state;
    pair *p = mutual(HF_TLS13);
    play(p, "update");
    client_log.len = server_log.len = 0;
    assert_int_equal(hf_tls_update_keys(&p->client.tls, true), HF_OK);
    pair_run(p);
    assert_string_equal(client_log.text, "> message 24\n> keys 2\n< message 24\n< keys 2\n");
    assert_string_equal(server_log.text, "< message 24\n< keys 2\n> message 24\n> keys 2\n");
    pair_free(p);
}

/* The server's flight is one record, which the client opens in pieces. */
static void test_pieces(void **state)
{
    (void)state;
    needs_pieces();
    pair *p = mutual(HF_TLS13);
    p->client.config.whole_chain = false;
    p->client.config.no_record_limits = true;
    p->client.in_cap = 512;
    p->server.out_cap = 8192;
    play(p, "in pieces");
    const char *flight = "< keys 0\n> keys 0\n"
                         "< message 8 in pieces\n"
                         "< message 13 in pieces\n"
                         "decided 7: 2, 7\n"
                         "decided 8: 403, 2\n"
                         "work 4: 0\n"
                         "work 4: 0\n"
                         "< message 11 in pieces\n"
                         "decided 10: 0, 16\n"
                         "< message 15 in pieces\n"
                         "decided 9: 403, 1\n"
                         "work 3: 403\n"
                         "< message 20 in pieces\n"
                         "< keys 1\n"
                         "> message 11\n"
                         "work 2: 403\n";
    assert_non_null(strstr(client_log.text, flight));
    pair_free(p);
}

/* ---- secrets */

typedef struct spy {
    uint8_t secrets[16][48];
    size_t len[16];
    size_t count;
    unsigned leaks;
} spy;

static void learn(spy *s, const void *secret, size_t len)
{
    assert_in_range(s->count, 0, 15);
    memcpy(s->secrets[s->count], secret, len);
    s->len[s->count++] = len;
}

static bool contains(hf_span body, const uint8_t *what, size_t len)
{
    for (size_t i = 0; i + len <= body.len; i++) {
        if (memcmp(body.ptr + i, what, len) == 0) {
            return true;
        }
    }
    return false;
}

static void look(spy *s, hf_span body)
{
    for (size_t i = 0; i < s->count; i++) {
        s->leaks += contains(body, s->secrets[i], s->len[i]) ? 1 : 0;
    }
}

static void spy_event(void *ctx, const hf_event *event)
{
    spy *s = ctx;
    const hf_handshake *hs = &event->tls->handshake;
    look(s, event->body);
    if (event->kind == HF_EVENT_KEYS && hs->version == HF_TLS13) {
        const hf_traffic_secret *secret =
            event->sent ? &hs->epoch.tls13.client : &hs->epoch.tls13.server;
        learn(s, secret->bytes, 32);
        learn(s, hs->epoch.tls13.exporter.bytes, 32);
    } else if (event->kind == HF_EVENT_KEYS) {
        learn(s, hs->secret.master12.bytes, 48);
    }
}

static void test_no_secret_is_told(void **state)
{
    (void)state;
    const uint16_t versions[] = {HF_TLS12, HF_TLS13};
    for (size_t i = 0; i < 2; i++) {
        spy s = {.count = 0};
        pair *p = mutual(versions[i]);
        p->client.config.trace = spy_event;
        p->client.config.trace_ctx = &s;
        learn(&s, "up", 2);
        learn(&s, "down", 4);
        pair_start(p);
        pair_run(p);
        s.leaks = 0; /* two letters may stand anywhere by chance: they count from here on */
        pair_expect_open(p, "spied on");
        assert_true(s.count > 3);
        assert_int_equal(s.leaks, 0);
        look(&s, (hf_span){s.secrets[s.count - 1], s.len[s.count - 1]}); /* would be found */
        assert_true(s.leaks > 0);
        pair_free(p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_full13),
        cmocka_unit_test(test_full12),
        cmocka_unit_test(test_retry),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_bytes_and_records),
        cmocka_unit_test(test_key_update),
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_no_secret_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
