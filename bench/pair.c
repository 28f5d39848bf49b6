/* The wire and one handshake over it. */
#define _POSIX_C_SOURCE 200809L
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- wire */
static struct queue {
    uint8_t bytes[1 << 16];
    size_t start;
    size_t end;
    size_t total;
} queues[2]; /* queues[side]: what that side reads */

size_t bench_read(enum bench_side side, void *to, size_t cap)
{
    struct queue *q = &queues[side];
    size_t len = q->end - q->start < cap ? q->end - q->start : cap;
    memcpy(to, q->bytes + q->start, len);
    q->start += len;
    if (q->start == q->end) {
        q->start = q->end = 0;
    }
    return len;
}

void bench_write(enum bench_side side, const void *from, size_t len)
{
    struct queue *q = &queues[side == BENCH_CLIENT ? BENCH_SERVER : BENCH_CLIENT];
    if (len > sizeof q->bytes - q->end) {
        abort();
    }
    memcpy(q->bytes + q->end, from, len);
    q->end += len;
    q->total += len;
}

size_t bench_bytes(enum bench_side side)
{
    return queues[side == BENCH_CLIENT ? BENCH_SERVER : BENCH_CLIENT].total;
}

double bench_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec * 1e-3;
}

size_t bench_file(const bench_setting *setting, const char *name, uint8_t *to, size_t cap)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", setting->dir, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        return 0;
    }
    size_t len = fread(to, 1, cap, file);
    fclose(file);
    return len;
}

/* ---- one handshake; callgrind counts inside the bench_..._part functions, by their names */
double bench_times[2];
bool bench_timed = true;
static bool resumed;

static int part(const bench_client *end, int what)
{
    if (what == 0) {
        end->open();
    } else if (what == 1) {
        return end->step();
    } else if (what == 2) {
        end->take();
    } else {
        end->close();
    }
    return 0;
}

__attribute__((noinline)) static int bench_client_part(const bench_client *client, int what)
{
    double began = bench_timed ? bench_now() : 0;
    int result = part(client, what);
    bench_times[BENCH_CLIENT] += bench_timed ? bench_now() - began : 0;
    return result;
}

__attribute__((noinline)) static int bench_server_part(const bench_client *server, int what)
{
    double began = bench_timed ? bench_now() : 0;
    int result = part(server, what);
    bench_times[BENCH_SERVER] += bench_timed ? bench_now() - began : 0;
    return result;
}

bool bench_handshake(const bench_client *client, const bench_client *server)
{
    int done[2] = {0, 0};
    memset(&queues[0].start, 0, 3 * sizeof(size_t));
    memset(&queues[1].start, 0, 3 * sizeof(size_t));
    (void)bench_client_part(client, 0);
    (void)bench_server_part(server, 0);
    for (int i = 0; i < 20 && done[0] >= 0 && done[1] >= 0 && done[0] + done[1] < 2; i++) {
        done[0] = done[0] == 1 ? 1 : bench_client_part(client, 1);
        done[1] = done[1] == 1 || done[0] < 0 ? done[1] : bench_server_part(server, 1);
    }
    (void)bench_client_part(client, 2);
    resumed = client->resumed() && server->resumed();
    (void)bench_client_part(client, 3);
    (void)bench_server_part(server, 3);
    return done[0] == 1 && done[1] == 1;
}

bool bench_was_resumed(void)
{
    return resumed;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

double bench_median(double values[BENCH_ROUNDS])
{
    qsort(values, BENCH_ROUNDS, sizeof *values, by_size);
    return values[BENCH_ROUNDS / 2];
}
