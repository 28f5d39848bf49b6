/* Our two ends, and the cost of their primitives. */
#include "bench.h"

#include "budget.h"
#include "crypto/crypto.h"
#include "trace/ladder.h"

#include <handfast/tls.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

/* A client with an input buffer for any record, as on a host; a server likewise. */
typedef struct end {
    enum bench_side side;
    uint8_t files[3][4096];
    uint8_t memory[8192];
    uint8_t input[HF_TLS_INPUT_MAX], output[2048], slot[HF_TLS_CERTIFICATE_WHOLE];
    size_t slot_len;
    hf_config config;
    hf_tls tls;
    const char *name;
    bool has_sessions;
    uint8_t session_room[HF_SESSION_SIZE];
    hf_session session;
    hf_ticket_ring ring;
    uint8_t stored_id[HF_SESSION_ID], stored[HF_STORED_MAX];
    size_t stored_len;
} end;

static end client = {.side = BENCH_CLIENT, .slot_len = HF_TLS_CERTIFICATE_SIZE};
static end server = {.side = BENCH_SERVER, .slot_len = HF_TLS_CERTIFICATE_WHOLE};

static hf_time now(void *ctx)
{
    (void)ctx;
    return (hf_time){.seconds = (int64_t)time(NULL), .kind = HF_TIME_EXACT};
}

/* One suite, one scheme, one key share. P-256 stays offered: in TLS 1.2 it names the curve of the
 * certificates too. */
static void choose(hf_config *config, const bench_setting *setting)
{
    static const uint16_t suites13[] = {0x1301};
    static const uint16_t suites12[] = {0xc02b};
    static const uint16_t schemes[] = {HF_ECDSA_SECP256R1_SHA256};
    static const uint16_t groups[] = {HF_X25519, HF_SECP256R1};
    config->version_min = config->version_max = setting->tls13 ? HF_TLS13 : HF_TLS12;
    config->suites = setting->tls13 ? suites13 : suites12;
    config->suites_count = 1;
    config->schemes = schemes;
    config->schemes_count = 1;
    config->groups = setting->x25519 ? groups : groups + 1;
    config->groups_count = setting->x25519 ? 2 : 1;
    config->clock = (hf_clock){.now = now};
}

/* ---- who watches */
static cli_budget budget;

static void see_nothing(void *ctx, const hf_event *event)
{
    (void)ctx;
    (void)event;
}

static void put_nowhere(void *ctx, const char *text, size_t len)
{
    (void)ctx;
    (void)text;
    (void)len;
}

static hf_ladder ladder;

static void begin_ladder(void)
{
    static uint8_t messages[16384];
    static uint8_t waits[4096];
    hf_ladder_init(&ladder, &(hf_ladder_options){.sink = {put_nowhere, NULL},
                                                 .level = HF_LADDER_BRIEF,
                                                 .memory = {messages, sizeof messages},
                                                 .held = {waits, sizeof waits}});
}

static void watch(hf_config *config, enum bench_trace trace)
{
    if (trace == BENCH_TRACE_EMPTY) {
        config->trace = see_nothing;
    } else if (trace == BENCH_TRACE_BUDGET) {
        config->trace = cli_budget_event;
        config->trace_ctx = &budget;
    } else if (trace == BENCH_TRACE_LADDER) {
        config->trace = hf_ladder_event;
        config->trace_ctx = &ladder;
    }
}

/* For each connection anew, so it counts; for nobody else. */
static void begin_watching(void (*trace)(void *ctx, const hf_event *event))
{
    if (trace == cli_budget_event) {
        cli_budget_begin(&budget, &CLI_CLOCKS);
    } else if (trace == hf_ladder_event) {
        begin_ladder();
    }
}

/* A store with room for one session. */
static bool put(void *ctx, const uint8_t id[HF_SESSION_ID], hf_span state)
{
    end *e = ctx;
    memcpy(e->stored_id, id, HF_SESSION_ID);
    memcpy(e->stored, state.ptr, state.len);
    e->stored_len = state.len;
    return true;
}

static bool get(void *ctx, const uint8_t id[HF_SESSION_ID], uint8_t state[HF_STORED_MAX],
                size_t *len)
{
    const end *e = ctx;
    memcpy(state, e->stored, e->stored_len);
    *len = e->stored_len;
    return memcmp(e->stored_id, id, HF_SESSION_ID) == 0;
}

static void keep_sessions(end *e, const bench_setting *setting)
{
    e->has_sessions = setting->sessions != BENCH_NO_SESSIONS;
    e->session = (hf_session){.ptr = e->session_room, .cap = sizeof e->session_room};
    e->stored_len = 0;
    e->config.psk_modes = setting->sessions == BENCH_TICKETS_KE ? HF_PSK_KE_ONLY : HF_PSK_DHE;
    if (setting->sessions == BENCH_SESSION_IDS) {
        e->config.store = (hf_session_store){put, get, e};
    } else if (e->has_sessions) {
        e->ring.current = (hf_ticket_key){.secret = "benchmark", .begins = (int64_t)time(NULL)};
        e->ring.has_current = true;
        e->config.ticket_keys = (hf_ticket_keys){hf_ticket_ring_find, &e->ring};
    }
}

static bool setup(end *e, const bench_setting *setting)
{
    bool device = e->side == BENCH_CLIENT;
    size_t ca = bench_file(setting, "ca.pem", e->files[0], sizeof e->files[0]);
    size_t chain = bench_file(setting, device ? "device.pem" : "broker.example.pem", e->files[1],
                              sizeof e->files[1]);
    size_t key = bench_file(setting, device ? "device.key" : "broker.example.key", e->files[2],
                            sizeof e->files[2]);
    hf_config_init(&e->config, e->memory, sizeof e->memory);
    choose(&e->config, setting);
    e->name = setting->name;
    keep_sessions(e, setting);
    if (device) {
        watch(&e->config, setting->trace);
    } else {
        e->config.role = HF_SERVER;
        e->config.client_auth = HF_CLIENT_AUTH_REQUIRE;
    }
    hf_config_anchors(&e->config, e->files[0], ca);
    hf_config_identity(&e->config, e->files[1], chain, e->files[2], key, NULL);
    return hf_config_build(&e->config) == HF_OK;
}

static void begin(end *e)
{
    const hf_tls_memory room = {.input = {e->input, sizeof e->input},
                                .output = {e->output, sizeof e->output},
                                .certificate = {e->slot, e->slot_len},
                                .session = e->has_sessions ? &e->session : NULL};
    if (e->side == BENCH_CLIENT) {
        begin_watching(e->config.trace);
        (void)hf_tls_client(&e->tls, &e->config, &room, e->name);
    } else {
        (void)hf_tls_server(&e->tls, &e->config, &room);
    }
}

static void drain(end *e)
{
    size_t len = 0;
    const uint8_t *bytes = hf_tls_output(&e->tls, &len);
    bench_write(e->side, bytes, len);
    hf_tls_output_done(&e->tls, len);
}

static bool fill(end *e)
{
    size_t room = 0;
    uint8_t *space = hf_tls_input(&e->tls, &room);
    size_t len = bench_read(e->side, space, room);
    if (len > 0) {
        (void)hf_tls_input_done(&e->tls, len);
    }
    return len > 0;
}

static int step(end *e)
{
    for (;;) {
        unsigned wants = hf_tls_wants(&e->tls);
        if ((wants & HF_WANT_OUTPUT) != 0) {
            drain(e);
        } else if ((wants & HF_IS_FAILED) != 0) {
            char text[800];
            hf_error_describe(hf_tls_error(&e->tls), text, sizeof text);
            fputs(text, stderr);
            return -1;
        } else if ((wants & HF_WANT_RUN) != 0) {
            (void)hf_tls_run(&e->tls);
        } else if ((wants & HF_IS_OPEN) != 0) {
            return 1;
        } else if (!fill(e)) {
            return 0;
        }
    }
}

/* Tickets that came behind the handshake. */
static void take(end *e)
{
    while (fill(e)) {
        while ((hf_tls_wants(&e->tls) & HF_WANT_RUN) != 0) {
            (void)hf_tls_run(&e->tls);
        }
    }
}

static bool setup_client(const bench_setting *setting)
{
    return setup(&client, setting);
}

static void open_client(void)
{
    begin(&client);
}

static int step_client(void)
{
    return step(&client);
}

static void take_client(void)
{
    take(&client);
}

static bool resumed_client(void)
{
    return hf_tls_resumed(&client.tls);
}

static void close_client(void)
{
    hf_tls_release(&client.tls);
}

static void teardown_client(void)
{
    hf_config_release(&client.config);
}

const bench_client BENCH_HANDFAST = {"handfast",  setup_client,   open_client,  step_client,
                                     take_client, resumed_client, close_client, teardown_client};

static bool setup_server(const bench_setting *setting)
{
    return setup(&server, setting);
}

static void open_server(void)
{
    begin(&server);
}

static int step_server(void)
{
    return step(&server);
}

static void take_server(void)
{
    take(&server);
}

static bool resumed_server(void)
{
    return hf_tls_resumed(&server.tls);
}

static void close_server(void)
{
    hf_tls_release(&server.tls);
}

static void teardown_server(void)
{
    hf_config_release(&server.config);
}

const bench_client BENCH_HANDFAST_SERVER = {"handfast",   setup_server,   open_server,
                                            step_server,  take_server,    resumed_server,
                                            close_server, teardown_server};

/* ---- primitives */

static bool primitives_once(uint16_t group, hf_span peer)
{
    static const uint8_t value[32] = {1, 2, 3};
    hf_exchange exchange = {0};
    uint8_t point[HF_POINT_MAX];
    uint8_t shared[HF_SHARED_MAX];
    uint8_t signature[HF_SIGNATURE_MAX];
    size_t len = 0;
    const hf_crypto *crypto = &client.config.crypto;
    bool good = hf_exchange_generate(&exchange, crypto, group, point) == HF_OK &&
                hf_exchange_agree(&exchange, crypto, peer, shared) == HF_OK &&
                hf_key_sign(&client.config.identity.key, crypto, HF_ECDSA, HF_SHA256, value,
                            signature, sizeof signature, &len) == HF_OK;
    hf_exchange_release(&exchange);
    for (int i = 0; i < 2 && good; i++) {
        good = hf_crypto_verify(crypto, &client.config.identity.leaf_key, HF_ECDSA, HF_SHA256,
                                value, (hf_span){signature, len}) == HF_OK;
    }
    return good;
}

double bench_primitives(const bench_setting *setting, double seconds)
{
    uint16_t group = setting->x25519 ? HF_X25519 : HF_SECP256R1;
    hf_exchange other = {0};
    uint8_t peer[HF_POINT_MAX];
    bool good = setup(&client, setting) &&
                hf_exchange_generate(&other, &client.config.crypto, group, peer) == HF_OK;
    double began = bench_now();
    long count = 0;
    while (good && bench_now() - began < seconds * 1e6) {
        good = primitives_once(group, (hf_span){peer, hf_exchange_point_size(group)});
        count++;
    }
    double each = count > 0 ? (bench_now() - began) / (double)count : 0;
    hf_exchange_release(&other);
    teardown_client();
    return good ? each : 0;
}
