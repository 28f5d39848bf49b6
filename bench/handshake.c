/* What a full handshake with certificates on both sides costs the client, and the server.
 *
 *     bench_handshake DIR [SECONDS]                      times of all settings, as a table
 *     bench_handshake DIR loop CLIENT 12|13 GROUP COUNT  COUNT handshakes of one kind, for
 * callgrind
 *
 * DIR holds ca.pem, device.pem, device.key, broker.example.pem and broker.example.key. CLIENT is
 * handfast or openssl, GROUP is p256 or x25519. bench/run makes the identities and calls it.
 */
#define _POSIX_C_SOURCE 200809L
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS 5

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
static double times[2]; /* of each side */

static int part(const bench_client *end, int what)
{
    if (what == 0) {
        end->open();
    } else if (what == 1) {
        return end->step();
    } else {
        end->close();
    }
    return 0;
}

__attribute__((noinline)) static int bench_client_part(const bench_client *client, int what)
{
    double began = bench_now();
    int result = part(client, what);
    times[BENCH_CLIENT] += bench_now() - began;
    return result;
}

__attribute__((noinline)) static int bench_server_part(const bench_client *server, int what)
{
    double began = bench_now();
    int result = part(server, what);
    times[BENCH_SERVER] += bench_now() - began;
    return result;
}

static bool handshake(const bench_client *client, const bench_client *server)
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
    (void)bench_server_part(server, 2);
    return done[0] == 1 && done[1] == 1;
}

/* Microseconds of one side's CPU time for a handshake; 0: it failed. */
static double measure(const bench_client *client, const bench_client *server, enum bench_side side,
                      double seconds)
{
    double began = bench_now();
    long count = 0;
    times[side] = 0;
    while (bench_now() - began < seconds * 1e6) {
        if (!handshake(client, server)) {
            return 0;
        }
        count++;
    }
    return times[side] / (double)count;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values)
{
    qsort(values, ROUNDS, sizeof *values, by_size);
    return values[ROUNDS / 2];
}

typedef struct figures {
    double floor[ROUNDS], ours[ROUNDS], theirs[ROUNDS];
    size_t bytes[2]; /* with ours: from the client, from the server */
} figures;

static void print(const bench_setting *setting, const char *side, figures *f)
{
    double primitives = median(f->floor);
    double handfast = median(f->ours);
    double openssl = median(f->theirs);
    printf("%s TLS %s %-6s  primitives %6.1f us | handfast %6.1f us, x %.2f | openssl %6.1f us, "
           "x %.2f | openssl / handfast %.2f | bytes %zu / %zu\n",
           side, setting->tls13 ? "1.3" : "1.2", setting->x25519 ? "X25519" : "P-256", primitives,
           handfast, handfast / primitives, openssl, openssl / primitives, openssl / handfast,
           f->bytes[0], f->bytes[1]);
}

static void note_bytes(figures *f)
{
    f->bytes[0] = queues[BENCH_SERVER].total;
    f->bytes[1] = queues[BENCH_CLIENT].total;
}

/* The two clients against OpenSSL's server, taking turns, so that all see the same machine. */
static bool measure_clients(const bench_setting *setting, double seconds)
{
    figures f = {.bytes = {0, 0}};
    const bench_client *server = &BENCH_SERVER_SIDE;
    bool good = server->setup(setting);
    for (int i = 0; i < ROUNDS && good; i++) {
        f.floor[i] = bench_primitives(setting, seconds / 2);
        good = BENCH_HANDFAST.setup(setting) && BENCH_OPENSSL.setup(setting);
        f.ours[i] = good ? measure(&BENCH_HANDFAST, server, BENCH_CLIENT, seconds) : 0;
        note_bytes(&f);
        f.theirs[i] = good ? measure(&BENCH_OPENSSL, server, BENCH_CLIENT, seconds) : 0;
        good = good && f.floor[i] > 0 && f.ours[i] > 0 && f.theirs[i] > 0;
        BENCH_HANDFAST.teardown();
        BENCH_OPENSSL.teardown();
    }
    server->teardown();
    if (good) {
        print(setting, "client", &f);
    }
    return good;
}

/* And the two servers with our client. */
static bool measure_servers(const bench_setting *setting, double seconds)
{
    figures f = {.bytes = {0, 0}};
    const bench_client *client = &BENCH_HANDFAST;
    bool good = true;
    for (int i = 0; i < ROUNDS && good; i++) {
        f.floor[i] = bench_primitives(setting, seconds / 2);
        good = client->setup(setting) && BENCH_HANDFAST_SERVER.setup(setting) &&
               BENCH_SERVER_SIDE.setup(setting);
        f.ours[i] = good ? measure(client, &BENCH_HANDFAST_SERVER, BENCH_SERVER, seconds) : 0;
        note_bytes(&f);
        f.theirs[i] = good ? measure(client, &BENCH_SERVER_SIDE, BENCH_SERVER, seconds) : 0;
        good = good && f.floor[i] > 0 && f.ours[i] > 0 && f.theirs[i] > 0;
        client->teardown();
        BENCH_HANDFAST_SERVER.teardown();
        BENCH_SERVER_SIDE.teardown();
    }
    if (good) {
        print(setting, "server", &f);
    }
    return good;
}

static int loop(char **argv)
{
    bool ours = strcmp(argv[3], "handfast") == 0;
    const bench_client *client = ours ? &BENCH_HANDFAST : &BENCH_OPENSSL;
    const bench_setting setting = {strcmp(argv[4], "13") == 0, strcmp(argv[5], "x25519") == 0,
                                   argv[1]};
    bool good = BENCH_SERVER_SIDE.setup(&setting) && client->setup(&setting);
    for (long i = strtol(argv[6], NULL, 10); i > 0 && good; i--) {
        good = handshake(client, &BENCH_SERVER_SIDE);
    }
    client->teardown();
    BENCH_SERVER_SIDE.teardown();
    return good ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (argc == 7 && strcmp(argv[2], "loop") == 0) {
        return loop(argv);
    }
    if (argc != 2 && argc != 3) {
        fputs("usage: bench_handshake DIR [SECONDS]\n"
              "       bench_handshake DIR loop handfast|openssl 12|13 p256|x25519 COUNT\n",
              stderr);
        return 2;
    }
    double seconds = argc == 3 ? strtod(argv[2], NULL) : 0.5;
    for (int i = 0; i < 4; i++) {
        const bench_setting setting = {i < 2, (i & 1) != 0, argv[1]};
        if (!measure_clients(&setting, seconds) || !measure_servers(&setting, seconds)) {
            fputs("a handshake failed\n", stderr);
            return 1;
        }
    }
    return 0;
}
