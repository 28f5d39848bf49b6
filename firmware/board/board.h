/* The board under the firmware: start, console, serial link, and what is measured.
 *
 * Console, files, arguments and the exit code go through semihosting, which a debugger or QEMU
 * serves; the link to the peer is a UART, which QEMU joins to a TCP connection. Nothing here is
 * part of the library, and what it needs of RAM is not counted: that is marked BOARD_FLASH_FILES
 * (memory that stands for flash) or small.
 */
#ifndef BOARD_H
#define BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BOARD_FLASH_FILES __attribute__((section(".flash_files")))

/* ---- start_arm.c, start_riscv.c: call board_start() on a fresh stack. */
void board_start(void);
int main(void);

/* ---- semihosting.c */
intptr_t board_semihosting(int operation, const void *block);
void board_put(const char *text);
void board_put_number(const char *label, uint32_t number); /* "label number\n" */
_Noreturn void board_exit(int code);
/* The value of `name=value` in the command line, copied with its zero; false: there is none. */
bool board_argument(const char *name, char *value, size_t cap);
/* The whole file; its length, or 0 when it is missing, empty or larger than `cap`. */
size_t board_read_file(const char *path, uint8_t *to, size_t cap);
bool board_write_file(const char *path, const uint8_t *from, size_t len);
intptr_t board_open(const char *path, bool writing); /* -1: not possible */
size_t board_write(intptr_t file, const void *from, size_t len);
size_t board_read(intptr_t file, void *to, size_t len);

/* ---- link.c: the serial line. With `record` all that is received is written to a file, too; with
 * `replay` such a file takes the place of the peer, and what is sent goes nowhere: with the fixed
 * random source the firmware then says the same again, instruction by instruction. */
enum board_link_mode {
    BOARD_LINK_LIVE,
    BOARD_LINK_RECORD,
    BOARD_LINK_REPLAY,
};
bool board_link_open(enum board_link_mode mode, const char *path);
void board_link_send(const uint8_t *from, size_t len);
/* At least one byte, as many as are there; 0: the peer has been silent for too long. */
size_t board_link_receive(uint8_t *to, size_t cap);

/* Milliseconds since start: of the machine's timer; when replaying, a count of calls. */
uint32_t board_milliseconds(void);

/* ---- device registers, in start_*.c */
void board_devices_init(void);
void board_uart_send(uint8_t byte);
int board_uart_receive(void); /* -1: nothing is there */
uint32_t board_timer_ms(void);

/* ---- random.c: a fixed sequence, the same in each run. For an emulator only: whoever knows it
 * knows all keys. */
bool board_random(void *ctx, uint8_t *out, size_t len);

/* ---- stack.c: fills what is free below the caller with a pattern; how many bytes of it were used
 * since. Where they begin is returned. */
uint32_t board_stack_paint(void);
uint32_t board_stack_used(void);

/* ---- marks for the plug-in (plugin/count.c): no-operations for the processor */
#if defined(__arm__)
#define BOARD_MARK(n) __asm__ volatile("dbg #" #n ::: "memory")
#else
#define BOARD_MARK(n) __asm__ volatile("slti x0, x0, 0x700 + " #n ::: "memory")
#endif
#define BOARD_COUNT_START() BOARD_MARK(1)
#define BOARD_COUNT_STOP()  BOARD_MARK(2)
#define BOARD_COUNT_REST()  BOARD_MARK(3) /* the link's own instructions are not counted */
#define BOARD_COUNT_GO_ON() BOARD_MARK(4)
#define BOARD_STACK_BEGIN() BOARD_MARK(12) /* what is written here is looked at */
#define BOARD_STACK_END()   BOARD_MARK(13)
#define BOARD_CALL_BEGIN()  BOARD_MARK(5) /* one call into the engine */
#define BOARD_CALL_END()    BOARD_MARK(6)

#endif
