/* Fuzz target: the client engine against a server's plaintext bytes.
 *
 * Input: options, size of the pieces, then what the server sends. What must hold: see engine.h; and
 * a session that was offered or is coming in stays within its memory.
 */
#include "engine.h"

#include "tls/handshake.h"

#define TICKET_LEN 40u

/* A session that this connection may offer: of TLS 1.3, or of 1.2 by ticket or by id. */
static void make_session(const hf_tls *tls, uint8_t kind, hf_session *session)
{
    static const uint16_t SUITES[] = {0xc02b, 0x1301, 0xc02b, 0xc02b};
    hf_session_head head = {
        .state = {.suite = hf_suite_find(SUITES[kind]), .not_after = INT64_MAX},
        .lifetime = 1000,
        .by_id = kind == 3,
        .ticket_len = kind == 3 ? HF_SESSION_ID : TICKET_LEN,
    };
    size_t size = hf_session_head_size(head.state.suite);
    hf_session_context(&tls->handshake, head.context);
    memset(session->ptr + size, 7, head.ticket_len);
    hf_session_write(session->ptr, &head);
    session->len = size + head.ticket_len;
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static hf_tls tls;
    hf_span input = {data, len};
    uint32_t random = 1;
    uint8_t options = take_byte(&input);
    size_t piece = take_byte(&input);
    hf_tls_memory memory =
        memory_make((options & 16) != 0 ? 512 : 2048, (options & 32) != 0 ? 600 : 2048);
    const hf_config *config = config_for(options, &random);
    hf_space room = heap(HF_SESSION_HEAD + TICKET_LEN);
    hf_session session = {.ptr = room.ptr, .cap = room.cap};
    uint8_t kind = options >> 6;
    if (kind > 0) {
        REQUIRE(hf_tls_client(&tls, config, &memory, "broker.example") == HF_OK);
        make_session(&tls, kind, &session);
        hf_tls_release(&tls);
        memory.session = &session;
    }
    REQUIRE(hf_tls_client(&tls, config, &memory, "broker.example") == HF_OK);
    REQUIRE(drain(&tls) > 100);
    talk(&tls, input, piece == 0 ? 4096 : piece);
    require_sane_end(&tls);
    hf_tls_release(&tls);
    REQUIRE(session.len <= session.cap && session.taken == 0);
    memory_free(&memory);
    free(room.ptr);
    return 0;
}
