/* memcpy() and memset() by words. Debian's picolibc has the smallest ones instead, which go byte by
 * byte: 3 % of all instructions of a handshake. Linked before the C library, whose own stay away.
 */
#include <stddef.h>
#include <stdint.h>

#define WORD sizeof(uint32_t)

typedef uint32_t __attribute__((may_alias)) word;

void *memcpy(void *restrict to, const void *restrict from, size_t len);
void *memset(void *to, int value, size_t len);

void *memcpy(void *restrict to, const void *restrict from, size_t len)
{
    uint8_t *out = to;
    const uint8_t *in = from;
    if ((((uintptr_t)out | (uintptr_t)in) & (WORD - 1)) == 0) {
        for (; len >= WORD; len -= WORD) {
            *(word *)(void *)out = *(const word *)(const void *)in;
            out += WORD;
            in += WORD;
        }
    }
    for (; len > 0; len--) {
        *out++ = *in++;
    }
    return to;
}

void *memset(void *to, int value, size_t len)
{
    uint8_t *out = to;
    const uint32_t all = (uint8_t)value * 0x01010101u;
    if (((uintptr_t)out & (WORD - 1)) == 0) {
        for (; len >= WORD; len -= WORD) {
            *(word *)(void *)out = all;
            out += WORD;
        }
    }
    for (; len > 0; len--) {
        *out++ = (uint8_t)value;
    }
    return to;
}
