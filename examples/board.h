/* What smallest.c needs of a board: write these, and it runs. board_host.c has them for this
 * machine.
 */
#ifndef BOARD_H
#define BOARD_H

#include <handfast/bytes.h>

#include <stdbool.h>

/* Bytes of the line: how many were moved, 0: none now, negative: it is broken. */
int32_t board_receive(void *ctx, uint8_t *to, size_t cap);
int32_t board_send(void *ctx, const uint8_t *from, size_t len);

uint32_t board_milliseconds(void *ctx); /* since start; may wrap */

/* Bytes of a hardware generator with full entropy by its data sheet; false: it has none. */
bool board_noise(uint8_t *to, size_t count);

int64_t board_stored_time(void); /* seconds since 1970; 0: nothing is stored */
void board_store_time(int64_t seconds);

hf_span board_root(void); /* certificate of the CA, DER; usually an array in flash */
void board_put(const char *text);

#endif
