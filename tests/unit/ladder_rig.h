/* Text out of events: a sink that keeps it, a connection whose text is always the same, and files
 * that hold what it should be.
 *
 * RSA keys throughout: their signatures have one length. The lists of what is offered are short and
 * the same for every backend.
 */
#ifndef HF_TESTS_LADDER_RIG_H
#define HF_TESTS_LADDER_RIG_H

#include "unit/pair_rig.h"

#include "trace/ladder.h"

#define RIG_TEXT (1u << 20)

typedef struct rig_text {
    char *text; /* with a zero behind it */
    size_t len;
} rig_text;

static inline void rig_put(void *ctx, const char *text, size_t len)
{
    rig_text *out = ctx;
    assert_true(len < RIG_TEXT - out->len);
    memcpy(out->text + out->len, text, len);
    out->len += len;
    out->text[out->len] = 0;
}

static inline rig_text *rig_text_new(void)
{
    rig_text *out = calloc(1, sizeof *out);
    assert_non_null(out);
    out->text = calloc(1, RIG_TEXT);
    assert_non_null(out->text);
    return out;
}

static inline void rig_text_free(rig_text *out)
{
    free(out->text);
    free(out);
}

typedef struct ladder_rig {
    rig_text *out;
    hf_ladder ladder;
    uint8_t memory[65536];
    uint8_t held[65536];
} ladder_rig;

/* Fills in sink and memory. */
static inline ladder_rig *ladder_rig_new(hf_ladder_options options)
{
    ladder_rig *rig = calloc(1, sizeof *rig);
    assert_non_null(rig);
    rig->out = rig_text_new();
    options.sink = (hf_sink){rig_put, rig->out};
    options.memory = (hf_space){rig->memory, sizeof rig->memory};
    options.held = (hf_space){rig->held, sizeof rig->held};
    hf_ladder_init(&rig->ladder, &options);
    return rig;
}

static inline void ladder_rig_free(ladder_rig *rig)
{
    rig_text_free(rig->out);
    free(rig);
}

static const uint16_t RIG_SUITES[] = {0x1301, 0xc02f};
static const uint16_t RIG_GROUPS[] = {HF_X25519, HF_SECP256R1};
static const uint16_t RIG_SCHEMES[] = {HF_RSA_PSS_RSAE_SHA256, HF_RSA_PKCS1_SHA256,
                                       HF_RSA_PKCS1_SHA384};

static inline void rig_offer(hf_config *config)
{
    config->suites = RIG_SUITES;
    config->suites_count = 2;
    config->groups = RIG_GROUPS;
    config->groups_count = 2;
    config->schemes = RIG_SCHEMES;
    config->schemes_count = 3;
}

/* Both sides have RSA certificates; the server asks for the client's, which shows it. */
static inline void rig_credentials(pair *p)
{
    pair_end *ends[] = {&p->client, &p->server};
    for (size_t i = 0; i < 2; i++) {
        hf_config *config = &ends[i]->config;
        uint8_t role = config->role;
        hf_config_init(config, ends[i]->memory[0], 16384);
        config->role = role;
        config->clock.now = pair_now;
        pair_identity(p, config, "leaf-rsa", "int-rsa", "key-leaf-rsa.pkcs8");
        pair_anchor(p, config, "root-rsa");
        rig_offer(config);
        ends[i]->out_cap = 4096;
    }
    p->client.config.whole_chain = true;
    p->server.config.client_auth = HF_CLIENT_AUTH_REQUIRE;
}

static inline pair *rig_pair(uint16_t version)
{
    pair *p = pair_new();
    rig_credentials(p);
    p->client.config.version_min = p->client.config.version_max = version;
    return p;
}

static inline void rig_watch(pair_end *end, void (*event)(void *ctx, const hf_event *event),
                             void *ctx)
{
    end->config.trace = event;
    end->config.trace_ctx = ctx;
}

/* The handshake, and its end in order. */
static inline void rig_play(pair *p)
{
    pair_start(p);
    pair_run(p);
    (void)hf_tls_close(&p->client.tls);
    pair_run(p);
    (void)hf_tls_close(&p->server.tls);
    pair_run(p);
}

#endif
