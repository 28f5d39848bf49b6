/* Fuzz target: the client engine against a server's plaintext bytes.
 *
 * Input: options, size of the pieces, then what the server sends. The random numbers are the same
 * in every run, so a ServerHello found once goes on being good. What must hold: the engine always
 * says what it wants, each round of the loop makes progress, an error ends it with one alert at
 * most, and nothing sealed with unknown keys opens the connection.
 */
#include "fuzz.h"

#include <handfast/tls.h>

#define ROUNDS_MAX 100000u

static bool count_up(void *ctx, uint8_t *out, size_t len)
{
    uint32_t *state = ctx;
    for (size_t i = 0; i < len; i++) {
        *state = *state * 1103515245u + 12345u;
        out[i] = (uint8_t)(*state >> 16);
    }
    return true;
}

static hf_config *config_for(uint8_t options, uint32_t *random)
{
    static const char *const ALPN[] = {"mqtt", "x-amzn-mqtt-ca"};
    static hf_config configs[16];
    static uint32_t seed;
    hf_config *c = &configs[options & 15];
    if (!c->built) {
        hf_config_init(c, NULL, 0);
        c->insecure_skip_certificate_check = true;
        c->random = (hf_random_source){count_up, &seed};
        c->version_min = (options & 1) != 0 ? HF_TLS13 : HF_TLS12;
        c->version_max = (options & 3) == 2 ? HF_TLS12 : HF_TLS13;
        c->compatibility_mode = (options & 4) != 0;
        c->key_shares = (options & 8) != 0 ? 2 : 1;
        c->alpn = ALPN;
        c->alpn_count = 2;
        REQUIRE(hf_config_build(c) == HF_OK);
    }
    seed = *random;
    return c;
}

/* Takes all that can be taken without input. Returns the bytes that came out. */
static size_t drain(hf_tls *tls)
{
    size_t total = 0;
    const unsigned busy = HF_WANT_RUN | HF_WANT_OUTPUT | HF_HAS_DATA;
    for (unsigned rounds = 0; (hf_tls_wants(tls) & busy) != 0; rounds++) {
        size_t len = 0;
        REQUIRE(rounds < ROUNDS_MAX);
        if ((hf_tls_wants(tls) & HF_WANT_RUN) != 0) {
            require_known(hf_tls_run(tls));
        }
        if (hf_tls_data(tls, &len) != NULL) {
            require_known(hf_tls_data_done(tls, len));
        }
        const uint8_t *out = hf_tls_output(tls, &len);
        REQUIRE((out != NULL) == (len > 0));
        total += len;
        hf_tls_output_done(tls, len);
    }
    return total;
}

static void talk(hf_tls *tls, hf_span input, size_t piece)
{
    while (input.len > 0 && (hf_tls_wants(tls) & HF_WANT_INPUT) != 0) {
        size_t room = 0;
        uint8_t *to = hf_tls_input(tls, &room);
        REQUIRE(to != NULL && room > 0);
        size_t len = input.len < piece ? input.len : piece;
        len = len < room ? len : room;
        memcpy(to, input.ptr, len);
        input.ptr += len;
        input.len -= len;
        require_known(hf_tls_input_done(tls, len));
        (void)drain(tls);
    }
}

static void require_sane_end(hf_tls *tls)
{
    unsigned wants = hf_tls_wants(tls);
    hf_code code = (hf_code)hf_tls_error(tls)->code;
    require_known(code);
    REQUIRE((wants & HF_IS_OPEN) == 0); /* the server has proved nothing */
    REQUIRE(((wants & HF_IS_FAILED) != 0) == (code != HF_OK));
    REQUIRE((wants & (HF_HAS_DATA | HF_HAS_ROOM)) == 0);
    if (code != HF_OK) {
        REQUIRE((wants & (HF_WANT_INPUT | HF_WANT_RUN | HF_WANT_SIGN)) == 0);
        REQUIRE(hf_tls_error(tls)->stage == HF_STAGE_TLS);
        char text[2048];
        REQUIRE(hf_error_describe(hf_tls_error(tls), text, sizeof text) < sizeof text);
    }
    code = hf_tls_input_end(tls);
    REQUIRE(code != HF_OK);
    REQUIRE(drain(tls) <= 64);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static hf_tls tls;
    hf_span input = {data, len};
    uint32_t random = 1;
    uint8_t options = take_byte(&input);
    size_t piece = take_byte(&input);
    size_t in_cap = (options & 16) != 0 ? 512 : 2048;
    uint8_t *in = malloc(in_cap);
    uint8_t *out = malloc(256);
    uint8_t *slot = malloc(2048);
    uint8_t *names = malloc(64);
    REQUIRE(in != NULL && out != NULL && slot != NULL && names != NULL);
    const hf_tls_memory memory = {.input = {in, in_cap},
                                  .output = {out, 256},
                                  .certificate = {slot, (options & 32) != 0 ? 600 : 2048},
                                  .names = {names, 64}};
    REQUIRE(hf_tls_client(&tls, config_for(options, &random), &memory, "broker.example") == HF_OK);
    REQUIRE(drain(&tls) > 100);
    talk(&tls, input, piece == 0 ? 4096 : piece);
    require_sane_end(&tls);
    hf_tls_release(&tls);
    free(in);
    free(out);
    free(slot);
    free(names);
    return 0;
}
