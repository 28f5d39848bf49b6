/* Our client, with an input buffer for any record, as on a host; and the cost of its primitives. */
#include "bench.h"

#include "crypto/crypto.h"

#include <handfast/tls.h>

#include <stdio.h>
#include <time.h>

static uint8_t files[3][4096];
static uint8_t memory[8192];
static uint8_t input[HF_TLS_INPUT_MAX], output[2048], slot[HF_TLS_CERTIFICATE_SIZE];
static hf_config config;
static hf_tls tls;

static hf_time now(void *ctx)
{
    (void)ctx;
    return (hf_time){.seconds = (int64_t)time(NULL), .kind = HF_TIME_EXACT};
}

static bool setup(const bench_setting *setting)
{
    /* One suite, one scheme, one key share. P-256 stays offered: in TLS 1.2 it names the curve of
     * the certificates too. */
    static const uint16_t suites13[] = {0x1301};
    static const uint16_t suites12[] = {0xc02b};
    static const uint16_t schemes[] = {HF_ECDSA_SECP256R1_SHA256};
    static const uint16_t groups[] = {HF_X25519, HF_SECP256R1};
    size_t ca = bench_file(setting, "ca.pem", files[0], sizeof files[0]);
    size_t chain = bench_file(setting, "device.pem", files[1], sizeof files[1]);
    size_t key = bench_file(setting, "device.key", files[2], sizeof files[2]);
    hf_config_init(&config, memory, sizeof memory);
    config.version_min = config.version_max = setting->tls13 ? HF_TLS13 : HF_TLS12;
    config.suites = setting->tls13 ? suites13 : suites12;
    config.suites_count = 1;
    config.schemes = schemes;
    config.schemes_count = 1;
    config.groups = setting->x25519 ? groups : groups + 1;
    config.groups_count = setting->x25519 ? 2 : 1;
    config.clock = (hf_clock){.now = now};
    hf_config_anchors(&config, files[0], ca);
    hf_config_identity(&config, files[1], chain, files[2], key, NULL);
    return hf_config_build(&config) == HF_OK;
}

static void open_client(void)
{
    const hf_tls_memory room = {
        {input, sizeof input}, {output, sizeof output}, {slot, sizeof slot}, {NULL, 0}};
    (void)hf_tls_client(&tls, &config, &room, "broker.example");
}

static void drain(void)
{
    size_t len = 0;
    const uint8_t *bytes = hf_tls_output(&tls, &len);
    bench_write(BENCH_CLIENT, bytes, len);
    hf_tls_output_done(&tls, len);
}

static bool fill(void)
{
    size_t room = 0;
    uint8_t *space = hf_tls_input(&tls, &room);
    size_t len = bench_read(BENCH_CLIENT, space, room);
    if (len > 0) {
        (void)hf_tls_input_done(&tls, len);
    }
    return len > 0;
}

static int step(void)
{
    for (;;) {
        unsigned wants = hf_tls_wants(&tls);
        if ((wants & HF_WANT_OUTPUT) != 0) {
            drain();
        } else if ((wants & HF_IS_FAILED) != 0) {
            char text[800];
            hf_error_describe(hf_tls_error(&tls), text, sizeof text);
            fputs(text, stderr);
            return -1;
        } else if ((wants & HF_WANT_RUN) != 0) {
            (void)hf_tls_run(&tls);
        } else if ((wants & HF_IS_OPEN) != 0) {
            return 1;
        } else if (!fill()) {
            return 0;
        }
    }
}

static void close_client(void)
{
    hf_tls_release(&tls);
}

static void teardown(void)
{
    hf_config_release(&config);
}

const bench_client BENCH_HANDFAST = {"handfast", setup, open_client, step, close_client, teardown};

/* ---- primitives */

static bool primitives_once(uint16_t group, hf_span peer)
{
    static const uint8_t value[32] = {1, 2, 3};
    hf_exchange exchange = {0};
    uint8_t point[HF_POINT_MAX];
    uint8_t shared[HF_SHARED_MAX];
    uint8_t signature[HF_SIGNATURE_MAX];
    size_t len = 0;
    const hf_crypto *crypto = &config.crypto;
    bool good = hf_exchange_generate(&exchange, crypto, group, point) == HF_OK &&
                hf_exchange_agree(&exchange, crypto, peer, shared) == HF_OK &&
                hf_key_sign(&config.identity.key, crypto, HF_ECDSA, HF_SHA256, value, signature,
                            sizeof signature, &len) == HF_OK;
    hf_exchange_release(&exchange);
    for (int i = 0; i < 2 && good; i++) {
        good = hf_crypto_verify(crypto, &config.identity.leaf_key, HF_ECDSA, HF_SHA256, value,
                                (hf_span){signature, len}) == HF_OK;
    }
    return good;
}

double bench_primitives(const bench_setting *setting, double seconds)
{
    uint16_t group = setting->x25519 ? HF_X25519 : HF_SECP256R1;
    hf_exchange other = {0};
    uint8_t peer[HF_POINT_MAX];
    bool good =
        setup(setting) && hf_exchange_generate(&other, &config.crypto, group, peer) == HF_OK;
    double began = bench_now();
    long count = 0;
    while (good && bench_now() - began < seconds * 1e6) {
        good = primitives_once(group, (hf_span){peer, hf_exchange_point_size(group)});
        count++;
    }
    double each = count > 0 ? (bench_now() - began) / (double)count : 0;
    hf_exchange_release(&other);
    teardown();
    return good ? each : 0;
}
