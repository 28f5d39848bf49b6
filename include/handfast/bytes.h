/* Spans of bytes: the one way in which this library points at memory it does not own.
 *
 * A span never owns what it points at. Where a function keeps one after it returns, its
 * documentation says "borrowed until ..."; everywhere else the bytes are only read during the call.
 */
#ifndef HANDFAST_BYTES_H
#define HANDFAST_BYTES_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes to read. `ptr` may be NULL only when `len` is 0. */
typedef struct hf_span {
    const uint8_t *ptr;
    size_t len;
} hf_span;

/* Bytes to write into: `cap` is the room, never what is used. */
typedef struct hf_space {
    uint8_t *ptr;
    size_t cap;
} hf_space;

#ifdef __cplusplus
}
#endif
#endif
