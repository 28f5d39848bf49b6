/* Care with secrets: wiping that the compiler cannot drop, comparing without a timing trace. */
#ifndef HF_WIRE_SECRET_H
#define HF_WIRE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

void hf_wipe(void *ptr, size_t len);

/* True when both are equal; the time depends on `len` alone. */
bool hf_same_secret(const void *a, const void *b, size_t len);

#endif
