/* Both ends of ours, joined by memory: a client engine and a server engine. Settings that are zero
 * get defaults. For tests of what the two say to each other; whether that is right, other people's
 * programs and the scripted peers of tests/puppet judge.
 */
#ifndef HF_TESTS_PAIR_RIG_H
#define HF_TESTS_PAIR_RIG_H

#include "unit/cmocka_all.h"
#include "unit/x509_fixtures.h"

#include <handfast/tls.h>

#include <stdlib.h>
#include <string.h>

#define PAIR_NAME "device.example.com"

typedef struct pair_end {
    hf_config config;
    hf_tls tls;
    size_t in_cap, out_cap, slot_cap;
    uint8_t *memory[5];
    uint8_t data[70000]; /* received */
    size_t data_len;
    uint8_t sent[200000]; /* all bytes of the wire that this end said */
    size_t sent_len;
    unsigned most_operations;
    hf_session *session;
    hf_remembered *remembered;
} pair_end;

typedef struct pair {
    pair_end client, server;
    const char *name; /* that the client asks for */
    size_t feed;      /* most bytes in one call; 0: all there are */
    bool hold;        /* decisions and signatures are not answered */
    hf_span files[16];
    size_t files_count;
} pair;

static inline hf_time pair_now(void *ctx)
{
    (void)ctx;
    return (hf_time){.seconds = FIXTURES_NOW, .kind = HF_TIME_EXACT};
}

static inline hf_span pair_file(pair *p, const char *name)
{
    assert_in_range(p->files_count, 0, 15);
    return p->files[p->files_count++] = fixture(name);
}

static inline void pair_identity(pair *p, hf_config *config, const char *leaf, const char *issuer,
                                 const char *key)
{
    hf_span chain = pair_file(p, leaf);
    hf_span secret = pair_file(p, key);
    assert_int_equal(hf_config_identity(config, chain.ptr, chain.len, secret.ptr, secret.len, NULL),
                     HF_OK);
    if (issuer != NULL) {
        config->identity.chain[config->identity.chain_count++] = pair_file(p, issuer);
    }
}

static inline void pair_anchor(pair *p, hf_config *config, const char *name)
{
    hf_span root = pair_file(p, name);
    assert_int_equal(hf_config_anchors(config, root.ptr, root.len), HF_OK);
}

/* A server with leaf under int under root (P-256), and a client that trusts that root. Both may be
 * changed before pair_start(). */
static inline pair *pair_new(void)
{
    pair *p = calloc(1, sizeof *p);
    assert_non_null(p);
    pair_end *ends[] = {&p->client, &p->server};
    for (size_t i = 0; i < 2; i++) {
        ends[i]->in_cap = HF_TLS_INPUT_MAX;
        ends[i]->out_cap = HF_TLS_OUTPUT_SIZE;
        ends[i]->slot_cap = HF_TLS_CERTIFICATE_WHOLE;
        ends[i]->memory[0] = malloc(16384);
        assert_non_null(ends[i]->memory[0]);
        hf_config_init(&ends[i]->config, ends[i]->memory[0], 16384);
        ends[i]->config.clock.now = pair_now;
    }
    p->name = PAIR_NAME;
    p->server.config.role = HF_SERVER;
    pair_identity(p, &p->server.config, "leaf", "int", "key-leaf.pkcs8");
    pair_anchor(p, &p->client.config, "root");
    return p;
}

/* The client shows leaf under int; the server trusts root and asks as `auth` says. */
static inline void pair_mutual(pair *p, hf_client_auth auth, bool shows)
{
    p->server.config.client_auth = (uint8_t)auth;
    pair_anchor(p, &p->server.config, "root");
    if (shows) {
        pair_identity(p, &p->client.config, "leaf", "int", "key-leaf.pkcs8");
    }
}

static inline hf_tls_memory pair_memory(pair_end *end)
{
    const size_t sizes[] = {end->in_cap, end->out_cap, end->slot_cap, 512};
    for (size_t i = 0; i < 4; i++) { /* exact, so that ASan sees every step outside */
        end->memory[i + 1] = malloc(sizes[i]);
        assert_non_null(end->memory[i + 1]);
    }
    return (hf_tls_memory){.input = {end->memory[1], sizes[0]},
                           .output = {end->memory[2], sizes[1]},
                           .certificate = {end->memory[3], sizes[2]},
                           .names = {end->memory[4], sizes[3]},
                           .session = end->session,
                           .remembered = end->remembered};
}

/* The memory that this end has, for another engine in it. */
static inline hf_tls_memory pair_memory_again(pair_end *end)
{
    hf_tls_release(&end->tls);
    return (hf_tls_memory){.input = {end->memory[1], end->in_cap},
                           .output = {end->memory[2], end->out_cap},
                           .certificate = {end->memory[3], end->slot_cap},
                           .names = {end->memory[4], 512},
                           .session = end->session};
}

static inline void pair_start(pair *p)
{
    pair_end *ends[] = {&p->client, &p->server};
    for (size_t i = 0; i < 2; i++) {
        if (!ends[i]->config.built) {
            assert_string_equal(hf_error_name(hf_config_build(&ends[i]->config)), "HF_OK");
        }
    }
    const hf_tls_memory client = pair_memory(&p->client);
    const hf_tls_memory server = pair_memory(&p->server);
    assert_string_equal(
        hf_error_name(hf_tls_client(&p->client.tls, &p->client.config, &client, p->name)), "HF_OK");
    assert_string_equal(hf_error_name(hf_tls_server(&p->server.tls, &p->server.config, &server)),
                        "HF_OK");
}

/* One round of what `from` can do; false when nothing moved. */
static inline bool pair_step(pair *p, pair_end *from, pair_end *to)
{
    unsigned wants = hf_tls_wants(&from->tls);
    bool moved = false;
    if ((wants & HF_WANT_RUN) != 0) {
        (void)hf_tls_run(&from->tls);
        moved = true;
    }
    size_t len = 0;
    const uint8_t *data = hf_tls_data(&from->tls, &len);
    if (len > 0) {
        assert_true(len <= sizeof from->data - from->data_len);
        memcpy(from->data + from->data_len, data, len);
        from->data_len += len;
        (void)hf_tls_data_done(&from->tls, len);
        moved = true;
    }
    size_t room = 0;
    const uint8_t *out = hf_tls_output(&from->tls, &len);
    uint8_t *in = hf_tls_input(&to->tls, &room);
    if (len == 0) {
        return moved;
    }
    if (in == NULL && (hf_tls_wants(&to->tls) & (HF_IS_FAILED | HF_IS_CLOSED)) == 0) {
        return moved;
    }
    size_t take = in != NULL && room < len ? room : len;
    take = p->feed != 0 && take > p->feed ? p->feed : take;
    assert_true(take <= sizeof from->sent - from->sent_len);
    memcpy(from->sent + from->sent_len, out, take);
    from->sent_len += take;
    if (in != NULL) {
        memcpy(in, out, take);
        (void)hf_tls_input_done(&to->tls, take);
    }
    hf_tls_output_done(&from->tls, take);
    return true;
}

static inline void pair_run(pair *p)
{
    bool moved = true;
    for (unsigned rounds = 0; moved; rounds++) {
        assert_true(rounds < 1000000);
        moved = pair_step(p, &p->client, &p->server);
        moved = pair_step(p, &p->server, &p->client) || moved;
    }
}

static inline hf_code pair_code(const pair_end *end)
{
    return (hf_code)hf_tls_error(&end->tls)->code;
}

static inline void pair_send(pair_end *end, const char *text)
{
    size_t room = 0;
    uint8_t *to = hf_tls_room(&end->tls, &room);
    assert_true(to != NULL && room >= strlen(text));
    memcpy(to, text, strlen(text));
    assert_int_equal(hf_tls_room_done(&end->tls, strlen(text)), HF_OK);
}

/* Asserts: both are open, and what one says the other hears. */
static inline void pair_expect_open_at(pair *p, const char *name, int line)
{
    const unsigned both = hf_tls_wants(&p->client.tls) & hf_tls_wants(&p->server.tls);
    if ((both & HF_IS_OPEN) == 0 || pair_code(&p->client) != HF_OK ||
        pair_code(&p->server) != HF_OK) {
        fail_msg("%s (line %d): client %s, server %s, wants %x %x", name, line,
                 hf_error_name(pair_code(&p->client)), hf_error_name(pair_code(&p->server)),
                 hf_tls_wants(&p->client.tls), hf_tls_wants(&p->server.tls));
    }
    p->client.data_len = p->server.data_len = 0;
    pair_send(&p->client, "up");
    pair_send(&p->server, "down");
    pair_run(p);
    assert_int_equal(p->server.data_len, 2);
    assert_int_equal(p->client.data_len, 4);
    assert_memory_equal(p->server.data, "up", 2);
    assert_memory_equal(p->client.data, "down", 4);
}

/* Asserts: `end` failed with `code` and the other got its alert (HF_NO_ALERT: none). */
static inline void pair_expect_alert_at(const pair_end *end, const pair_end *other, hf_code code,
                                        uint8_t alert, const char *name, int line)
{
    const hf_error *error = hf_tls_error(&end->tls);
    const hf_error *heard = hf_tls_error(&other->tls);
    if (error->code != code || heard->code != HF_E_ALERT || heard->alert != alert) {
        fail_msg("%s (line %d): %s instead of %s, the other: %s with alert %u instead of %u", name,
                 line, hf_error_name((hf_code)error->code), hf_error_name(code),
                 hf_error_name((hf_code)heard->code), heard->alert, alert);
    }
}
#define pair_expect_open(p, name) pair_expect_open_at(p, name, __LINE__)
#define pair_expect_refused(p, code, alert, name)                                                  \
    pair_expect_alert_at(&(p)->server, &(p)->client, code, alert, name, __LINE__)
#define pair_expect_left(p, code, alert, name)                                                     \
    pair_expect_alert_at(&(p)->client, &(p)->server, code, alert, name, __LINE__)

/* Another connection of the same two configurations. */
static inline void pair_again(pair *p)
{
    pair_end *ends[] = {&p->client, &p->server};
    for (size_t i = 0; i < 2; i++) {
        hf_tls_release(&ends[i]->tls);
        for (size_t k = 1; k < 5; k++) {
            free(ends[i]->memory[k]);
            ends[i]->memory[k] = NULL;
        }
        ends[i]->data_len = ends[i]->sent_len = 0;
    }
}

static inline void pair_free(pair *p)
{
    pair_again(p);
    hf_config_release(&p->client.config);
    hf_config_release(&p->server.config);
    free(p->client.memory[0]);
    free(p->server.memory[0]);
    for (size_t i = 0; i < p->files_count; i++) {
        fixture_free(p->files[i]);
    }
    free(p);
}

#endif
