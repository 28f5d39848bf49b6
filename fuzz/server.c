/* Fuzz target: the client engine against a server's plaintext bytes.
 *
 * Input: options, size of the pieces, then what the server sends. What must hold: see engine.h.
 */
#include "engine.h"

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static hf_tls tls;
    hf_span input = {data, len};
    uint32_t random = 1;
    uint8_t options = take_byte(&input);
    size_t piece = take_byte(&input);
    const hf_tls_memory memory =
        memory_make((options & 16) != 0 ? 512 : 2048, (options & 32) != 0 ? 600 : 2048);
    REQUIRE(hf_tls_client(&tls, config_for(options, &random), &memory, "broker.example") == HF_OK);
    REQUIRE(drain(&tls) > 100);
    talk(&tls, input, piece == 0 ? 4096 : piece);
    require_sane_end(&tls);
    hf_tls_release(&tls);
    memory_free(&memory);
    return 0;
}
