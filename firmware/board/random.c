/* A fixed sequence of bytes (xorshift128) in the place of a noise source, so that a run can be
 * repeated to the bit. No device may ever do this. What is around it is what a board does: samples
 * pass the health tests before they are used, and nothing is given out once they have failed. */
#include "board.h"

#include <handfast/entropy.h>

#define BITS 6 /* of entropy in a sample, as its maker would state */

static uint8_t sample(void)
{
    static uint32_t state[4] = {0x12345678, 0x9abcdef0, 0xdeadbeef, 0x0badcafe};
    uint32_t t = state[3];
    uint32_t s = state[0];
    state[3] = state[2];
    state[2] = state[1];
    state[1] = s;
    t ^= t << 11;
    t ^= t >> 8;
    state[0] = t ^ s ^ (s >> 19);
    return (uint8_t)state[0];
}

/* The start test: its samples are thrown away. */
static hf_code begin(hf_entropy *health)
{
    hf_code code = hf_entropy_begin(health, BITS);
    code = code == HF_OK ? HF_PENDING : code;
    while (code == HF_PENDING) {
        uint8_t one = sample();
        code = hf_entropy_look(health, &one, 1);
    }
    return code;
}

bool board_random(void *ctx, uint8_t *out, size_t len)
{
    static hf_entropy health;
    static bool begun;
    (void)ctx;
    if (!begun) {
        begun = true;
        (void)begin(&health); /* an error stays in it */
    }
    for (size_t i = 0; i < len; i++) {
        out[i] = sample();
    }
    return hf_entropy_look(&health, out, len) == HF_OK;
}
