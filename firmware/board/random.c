/* A fixed sequence of bytes (xorshift128) in the place of a random source, so that a run can be
 * repeated to the bit. No device may ever do this. */
#include "board.h"

bool board_random(void *ctx, uint8_t *out, size_t len)
{
    static uint32_t state[4] = {0x12345678, 0x9abcdef0, 0xdeadbeef, 0x0badcafe};
    (void)ctx;
    for (size_t i = 0; i < len; i++) {
        uint32_t t = state[3];
        uint32_t s = state[0];
        state[3] = state[2];
        state[2] = state[1];
        state[1] = s;
        t ^= t << 11;
        t ^= t >> 8;
        state[0] = t ^ s ^ (s >> 19);
        out[i] = (uint8_t)state[0];
    }
    return true;
}
