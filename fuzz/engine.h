/* An engine of either role, fed with bytes of a peer that knows no keys. What must hold: the engine
 * always says what it wants, each round makes progress, an error ends it with one alert at most,
 * and nothing opens the connection.
 */
#ifndef HF_FUZZ_ENGINE_H
#define HF_FUZZ_ENGINE_H

#include "fuzz.h"

#include <handfast/tls.h>

#define ROUNDS_MAX 100000u

/* The same numbers in every run, so that a hello found once goes on being good. */
static inline bool count_up(void *ctx, uint8_t *out, size_t len)
{
    uint32_t *state = ctx;
    for (size_t i = 0; i < len; i++) {
        *state = *state * 1103515245u + 12345u;
        out[i] = (uint8_t)(*state >> 16);
    }
    return true;
}

static inline hf_space heap(size_t cap)
{
    uint8_t *at = malloc(cap);
    REQUIRE(at != NULL);
    return (hf_space){at, cap};
}

/* Each buffer is an allocation of its own size, so that the sanitizer sees a byte too many. */
static inline hf_tls_memory memory_make(size_t in_cap, size_t slot_cap)
{
    return (hf_tls_memory){.input = heap(in_cap),
                           .output = heap(256),
                           .certificate = heap(slot_cap),
                           .names = heap(64)};
}

static inline void memory_free(const hf_tls_memory *memory)
{
    free(memory->input.ptr);
    free(memory->output.ptr);
    free(memory->certificate.ptr);
    free(memory->names.ptr);
}

/* Takes all that can be taken without input. Returns the bytes that came out. */
static inline size_t drain(hf_tls *tls)
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

static inline void talk(hf_tls *tls, hf_span input, size_t piece)
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

static inline void require_sane_end(hf_tls *tls)
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

#endif
