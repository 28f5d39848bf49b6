/* Wiping and constant-time compare: see secret.h. */
#include "wire/secret.h"

#include <stdint.h>
#include <string.h>

void hf_wipe(void *ptr, size_t len)
{
    if (len == 0) {
        return;
    }
    memset(ptr, 0, len);
    /* The empty asm claims to read the memory, so the memset before it has a use. */
    __asm__ __volatile__("" : : "r"(ptr) : "memory");
}

bool hf_same_secret(const void *a, const void *b, size_t len)
{
    const uint8_t *x = a;
    const uint8_t *y = b;
    volatile uint8_t difference = 0; /* volatile: no early exit once it is not 0 */
    for (size_t i = 0; i < len; i++) {
        difference = (uint8_t)(difference | (x[i] ^ y[i]));
    }
    return difference == 0;
}
