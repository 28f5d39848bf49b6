/* What the fuzz targets share: the entry point, claims that must hold for every input, and input
 * that is taken apart from its front.
 */
#ifndef HF_FUZZ_FUZZ_H
#define HF_FUZZ_FUZZ_H

#include <handfast/bytes.h>
#include <handfast/error.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define REQUIRE(claim)                                                                             \
    do {                                                                                           \
        if (!(claim)) {                                                                            \
            (void)fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #claim);       \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static inline uint8_t take_byte(hf_span *input)
{
    if (input->len == 0) {
        return 0;
    }
    uint8_t byte = input->ptr[0];
    input->ptr++;
    input->len--;
    return byte;
}

/* Up to `len` bytes in memory of exactly their length; freed by the caller. */
static inline hf_span take_bytes(hf_span *input, size_t len)
{
    len = len < input->len ? len : input->len;
    uint8_t *copy = malloc(len > 0 ? len : 1);
    REQUIRE(copy != NULL);
    if (len > 0) {
        memcpy(copy, input->ptr, len);
        input->ptr += len;
        input->len -= len;
    }
    return (hf_span){copy, len};
}

static inline void give_back(hf_span taken)
{
    free((void *)(uintptr_t)taken.ptr);
}

/* Every error has a name: nothing invents codes. */
static inline void require_known(hf_code code)
{
    REQUIRE(strcmp(hf_error_name(code), "unknown") != 0);
}

#endif
