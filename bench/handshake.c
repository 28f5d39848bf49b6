/* What a full handshake with certificates on both sides costs the client, and the server.
 *
 *     bench_handshake DIR [SECONDS]                      times of all settings, as a table
 *     bench_handshake DIR loop CLIENT 12|13 GROUP COUNT [TRACE]
 *                                                        COUNT handshakes of one kind, for
 *                                                        callgrind
 *     bench_handshake DIR resumed SECONDS                of it, what is resumed
 *     bench_handshake DIR resume BOTH 12|13 COUNT        likewise, resumed, both ends of BOTH
 *     bench_handshake DIR wire NAME                      bytes on the wire, for a server NAME
 *
 * DIR holds ca.pem, device.pem, device.key, broker.example.pem and broker.example.key. CLIENT and
 * BOTH are handfast or openssl, GROUP is p256 or x25519, TRACE is none, empty or budget: who is
 * told about events. bench/run makes the identities and calls it.
 */
#define _POSIX_C_SOURCE 200809L
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS BENCH_ROUNDS
#define NAME   "broker.example"

/* Microseconds of one side's CPU time for a handshake; 0: it failed. */
static double measure(const bench_client *client, const bench_client *server, enum bench_side side,
                      double seconds)
{
    double began = bench_now();
    long count = 0;
    bench_times[side] = 0;
    while (bench_now() - began < seconds * 1e6) {
        if (!bench_handshake(client, server)) {
            return 0;
        }
        count++;
    }
    return bench_times[side] / (double)count;
}

typedef struct figures {
    double floor[ROUNDS], ours[ROUNDS], theirs[ROUNDS];
    size_t bytes[2]; /* with ours: from the client, from the server */
} figures;

static void print(const bench_setting *setting, const char *side, figures *f)
{
    double primitives = bench_median(f->floor);
    double handfast = bench_median(f->ours);
    double openssl = bench_median(f->theirs);
    printf("%s TLS %s %-6s  primitives %6.1f us | handfast %6.1f us, x %.2f | openssl %6.1f us, "
           "x %.2f | openssl / handfast %.2f | bytes %zu / %zu\n",
           side, setting->tls13 ? "1.3" : "1.2", setting->x25519 ? "X25519" : "P-256", primitives,
           handfast, handfast / primitives, openssl, openssl / primitives, openssl / handfast,
           f->bytes[0], f->bytes[1]);
}

static void note_bytes(figures *f)
{
    f->bytes[0] = bench_bytes(BENCH_CLIENT);
    f->bytes[1] = bench_bytes(BENCH_SERVER);
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

static enum bench_trace trace_of(const char *word)
{
    if (word == NULL || strcmp(word, "none") == 0) {
        return BENCH_TRACE_NONE;
    }
    if (strcmp(word, "ladder") == 0) {
        return BENCH_TRACE_LADDER;
    }
    return strcmp(word, "empty") == 0 ? BENCH_TRACE_EMPTY : BENCH_TRACE_BUDGET;
}

static int loop(char **argv)
{
    bool ours = strcmp(argv[3], "handfast") == 0;
    const bench_client *client = ours ? &BENCH_HANDFAST : &BENCH_OPENSSL;
    const bench_setting setting = {.tls13 = strcmp(argv[4], "13") == 0,
                                   .x25519 = strcmp(argv[5], "x25519") == 0,
                                   .dir = argv[1],
                                   .name = NAME,
                                   .trace = trace_of(argv[7])}; /* NULL when it is left out */
    bool good = BENCH_SERVER_SIDE.setup(&setting) && client->setup(&setting);
    for (long i = strtol(argv[6], NULL, 10); i > 0 && good; i--) {
        good = bench_handshake(client, &BENCH_SERVER_SIDE);
    }
    client->teardown();
    BENCH_SERVER_SIDE.teardown();
    return good ? 0 : 1;
}

int main(int argc, char **argv)
{
    if ((argc == 7 || argc == 8) && strcmp(argv[2], "loop") == 0) {
        return loop(argv);
    }
    if (argc == 4 && strcmp(argv[2], "wire") == 0) {
        return bench_wire(argv[1], argv[3]) ? 0 : 1;
    }
    if (argc == 6 && strcmp(argv[2], "resume") == 0) {
        return bench_resume_loop(argv[1], NAME, argv + 3) ? 0 : 1;
    }
    if (argc == 4 && strcmp(argv[2], "resumed") == 0) {
        return bench_resume(argv[1], NAME, strtod(argv[3], NULL)) ? 0 : 1;
    }
    if (argc != 2 && argc != 3) {
        fputs("usage: bench_handshake DIR [SECONDS]\n"
              "       bench_handshake DIR loop handfast|openssl 12|13 p256|x25519 COUNT "
              "[none|empty|budget|ladder]\n"
              "       bench_handshake DIR resumed SECONDS\n"
              "       bench_handshake DIR resume handfast|openssl 12|13 COUNT\n"
              "       bench_handshake DIR wire NAME\n",
              stderr);
        return 2;
    }
    double seconds = argc == 3 ? strtod(argv[2], NULL) : 0.5;
    for (int i = 0; i < 4; i++) {
        const bench_setting setting = {
            .tls13 = i < 2, .x25519 = (i & 1) != 0, .dir = argv[1], .name = NAME};
        if (!measure_clients(&setting, seconds) || !measure_servers(&setting, seconds)) {
            fputs("a handshake failed\n", stderr);
            return 1;
        }
    }
    return bench_resume(argv[1], NAME, seconds) ? 0 : 1;
}
