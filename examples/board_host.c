/* board.h on a host with an operating system, so that smallest.c can be tried: the line is the
 * descriptor in BOARD_LINE (a socket), the rest are files and the system's.
 */
#define _GNU_SOURCE

#include "board.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>

static int line(void)
{
    const char *number = getenv("BOARD_LINE");
    return number == NULL ? -1 : atoi(number);
}

static int32_t outcome(ssize_t moved)
{
    return moved >= 0 ? (int32_t)moved : errno == EAGAIN ? 0 : -errno;
}

int32_t board_receive(void *ctx, uint8_t *to, size_t cap)
{
    struct pollfd entry = {.fd = line(), .events = POLLIN};
    (void)ctx;
    (void)poll(&entry, 1, 10); /* an UART's interrupt would wake the program */
    ssize_t got = recv(line(), to, cap, MSG_DONTWAIT);
    return got == 0 ? -EPIPE : outcome(got);
}

int32_t board_send(void *ctx, const uint8_t *from, size_t len)
{
    (void)ctx;
    return outcome(send(line(), from, len, MSG_DONTWAIT | MSG_NOSIGNAL));
}

uint32_t board_milliseconds(void *ctx)
{
    struct timespec now = {0, 0};
    (void)ctx;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint32_t)now.tv_sec * 1000u + (uint32_t)(now.tv_nsec / 1000000);
}

/* BOARD_NOISE=stuck: a generator that is broken. */
bool board_noise(uint8_t *to, size_t count)
{
    const char *kind = getenv("BOARD_NOISE");
    if (kind != NULL && strcmp(kind, "stuck") == 0) {
        memset(to, 0x42, count);
        return true;
    }
    return getrandom(to, count, 0) == (ssize_t)count;
}

int64_t board_stored_time(void)
{
    int64_t seconds = 0;
    FILE *file = fopen("stored-time", "r");
    if (file != NULL) {
        (void)fscanf(file, "%" SCNd64, &seconds);
        fclose(file);
    }
    return seconds;
}

void board_store_time(int64_t seconds)
{
    FILE *file = fopen("stored-time", "w");
    if (file != NULL) {
        fprintf(file, "%" PRId64 "\n", seconds);
        fclose(file);
    }
}

hf_span board_root(void)
{
    static uint8_t der[4096];
    FILE *file = fopen("root.der", "rb");
    size_t len = file == NULL ? 0 : fread(der, 1, sizeof der, file);
    if (file != NULL) {
        fclose(file);
    }
    return (hf_span){der, len};
}

void board_put(const char *text)
{
    fputs(text, stdout);
}
