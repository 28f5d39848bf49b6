/* What a resumed handshake costs both sides together, and the bytes of all kinds of handshakes.
 *
 * A client takes the new ticket of each connection and offers it in the next one, as a device does;
 * in TLS 1.2 OpenSSL's server gives none to a client that has a good one.
 */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WIRE_COUNT 100

typedef struct stack {
    const bench_client *client, *server;
} stack;

static const stack OURS = {&BENCH_HANDFAST, &BENCH_HANDFAST_SERVER};
static const stack OPENSSL = {&BENCH_OPENSSL, &BENCH_SERVER_SIDE};

/* The first handshake is a full one. */
static bool begin(const stack *s, const bench_setting *setting)
{
    return s->client->setup(setting) && s->server->setup(setting) &&
           bench_handshake(s->client, s->server) && !bench_was_resumed();
}

static void end(const stack *s)
{
    s->client->teardown();
    s->server->teardown();
}

static bool again(const stack *s)
{
    return bench_handshake(s->client, s->server) && bench_was_resumed();
}

/* What is measured of one stack: microseconds of CPU time of each side, and of all together in a
 * run of its own in which nothing looks at the clock in between. */
enum { ALL = 2, COSTS = 3 };

static bool run(const stack *s, double seconds, double cost[COSTS])
{
    bool good = true;
    double began = bench_now();
    long count = 0;
    bench_times[0] = bench_times[1] = 0;
    while (good && bench_now() - began < seconds * 1e6) {
        good = again(s);
        count++;
    }
    if (bench_timed) {
        cost[0] = bench_times[0] / (double)count;
        cost[1] = bench_times[1] / (double)count;
    } else {
        cost[ALL] = (bench_now() - began) / (double)count;
    }
    return good;
}

static bool measure(const stack *s, const bench_setting *setting, double seconds,
                    double cost[COSTS])
{
    bool good = begin(s, setting) && run(s, seconds, cost);
    bench_timed = false;
    good = good && run(s, seconds, cost);
    bench_timed = true;
    end(s);
    return good;
}

static bool measure_kind(const bench_setting *setting, double seconds)
{
    double values[2][COSTS][BENCH_ROUNDS];
    double of[2][COSTS];
    for (int i = 0; i < BENCH_ROUNDS; i++) {
        double cost[2][COSTS];
        if (!measure(&OURS, setting, seconds, cost[0]) ||
            !measure(&OPENSSL, setting, seconds, cost[1])) {
            fputs("a handshake failed, or was not resumed\n", stderr);
            return false;
        }
        for (int k = 0; k < 2 * COSTS; k++) {
            values[k / COSTS][k % COSTS][i] = cost[k / COSTS][k % COSTS];
        }
    }
    for (int k = 0; k < 2 * COSTS; k++) {
        of[k / COSTS][k % COSTS] = bench_median(values[k / COSTS][k % COSTS]);
    }
    printf("resumed TLS %s %-6s  handfast client %5.1f us, server %5.1f us, %6.0f/s | openssl "
           "%5.1f us, %5.1f us, %6.0f/s | handfast / openssl %.2f\n",
           setting->tls13 ? "1.3" : "1.2",
           !setting->tls13   ? "ticket"
           : setting->x25519 ? "X25519"
                             : "P-256",
           of[0][0], of[0][1], 1e6 / of[0][ALL], of[1][0], of[1][1], 1e6 / of[1][ALL],
           of[1][ALL] / of[0][ALL]);
    return true;
}

bool bench_resume(const char *dir, const char *name, double seconds)
{
    bool good = true;
    for (int i = 0; i < 3 && good; i++) { /* the group counts in TLS 1.3 alone */
        const bench_setting setting = {
            .tls13 = i<2, .x25519 = i> 0, .dir = dir, .name = name, .sessions = BENCH_TICKETS};
        good = measure_kind(&setting, seconds / 2);
    }
    return good;
}

/* `words`: handfast or openssl, 12 or 13, how many. */
bool bench_resume_loop(const char *dir, const char *name, char **words)
{
    const stack *s = strcmp(words[0], "handfast") == 0 ? &OURS : &OPENSSL;
    const bench_setting setting = {.tls13 = strcmp(words[1], "13") == 0,
                                   .x25519 = true,
                                   .dir = dir,
                                   .name = name,
                                   .sessions = BENCH_TICKETS};
    bool good = begin(s, &setting);
    for (long i = strtol(words[2], NULL, 10); i > 0 && good; i--) {
        good = again(s);
    }
    end(s);
    return good;
}

/* ---- bytes on the wire */

static bool wire(const char *what, const bench_setting *setting, bool resumed)
{
    size_t total[2] = {0, 0};
    bool good = true;
    if (resumed) {
        good = begin(&OURS, setting);
    }
    for (int i = 0; i < WIRE_COUNT && good; i++) {
        good = resumed ? again(&OURS) : begin(&OURS, setting);
        total[0] += bench_bytes(BENCH_CLIENT);
        total[1] += bench_bytes(BENCH_SERVER);
        if (!resumed) {
            end(&OURS);
        }
    }
    if (resumed) {
        end(&OURS);
    }
    printf("%-20s %6.1f %6.1f\n", what, (double)total[0] / WIRE_COUNT,
           (double)total[1] / WIRE_COUNT);
    return good;
}

bool bench_wire(const char *dir, const char *name)
{
    static const struct {
        const char *what;
        bool tls13;
        enum bench_sessions sessions;
        bool resumed;
    } KINDS[] = {
        {"1.3 full", true, BENCH_NO_SESSIONS, false},
        {"1.3 full, ticket", true, BENCH_TICKETS, false},
        {"1.3 psk_dhe_ke", true, BENCH_TICKETS, true},
        {"1.3 psk_ke", true, BENCH_TICKETS_KE, true},
        {"1.2 full", false, BENCH_NO_SESSIONS, false},
        {"1.2 full, ticket", false, BENCH_TICKETS, false},
        {"1.2 ticket", false, BENCH_TICKETS, true},
        {"1.2 full, id", false, BENCH_SESSION_IDS, false},
        {"1.2 id", false, BENCH_SESSION_IDS, true},
    };
    bool good = true;
    for (size_t i = 0; i < sizeof KINDS / sizeof KINDS[0] && good; i++) {
        const bench_setting setting = {.tls13 = KINDS[i].tls13,
                                       .x25519 = true,
                                       .dir = dir,
                                       .name = name,
                                       .sessions = KINDS[i].sessions};
        good = wire(KINDS[i].what, &setting, KINDS[i].resumed);
    }
    return good;
}
