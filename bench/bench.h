/* What the parts of the handshake benchmark share: an in-memory wire and its two ends.
 *
 * Clients, ours and OpenSSL's, talk to the same OpenSSL server, and servers to our client, in one
 * thread, one after the other, so nothing but computing is measured. A side's CPU time is counted
 * inside its own calls.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum bench_side {
    BENCH_CLIENT,
    BENCH_SERVER,
};

enum bench_sessions {
    BENCH_NO_SESSIONS,
    BENCH_TICKETS,     /* one for each handshake; a client offers the last one it has */
    BENCH_TICKETS_KE,  /* with psk_ke; ours alone */
    BENCH_SESSION_IDS, /* TLS 1.2; ours alone */
};

/* Who is told what happens (handfast/trace.h); our client alone. */
enum bench_trace {
    BENCH_TRACE_NONE,
    BENCH_TRACE_EMPTY,  /* a function that does nothing */
    BENCH_TRACE_BUDGET, /* what the tool makes its table of: cli/cost/budget.h */
    BENCH_TRACE_LADDER, /* the transcript, into nowhere: trace/ladder.h */
};

typedef struct bench_setting {
    bool tls13;
    bool x25519;
    const char *dir;  /* of the certificates */
    const char *name; /* of the server */
    enum bench_sessions sessions;
    enum bench_trace trace;
} bench_setting;

#define BENCH_ROUNDS 5 /* of each measurement; the median counts */

/* A client implementation. open: begins a connection; step: 1 done, 0 wants bytes, -1 failed; take:
 * reads what follows the handshake, so tickets; resumed: it was. */
typedef struct bench_client {
    const char *name;
    bool (*setup)(const bench_setting *setting);
    void (*open)(void);
    int (*step)(void);
    void (*take)(void);
    bool (*resumed)(void);
    void (*close)(void);
    void (*teardown)(void);
} bench_client;

extern const bench_client BENCH_HANDFAST;
extern const bench_client BENCH_OPENSSL;
extern const bench_client BENCH_SERVER_SIDE; /* OpenSSL's server: it has the same shape */
extern const bench_client BENCH_HANDFAST_SERVER;

/* The wire: a side writes into the other's queue. Reading gives what is there, at most `cap`. */
size_t bench_read(enum bench_side side, void *to, size_t cap);
void bench_write(enum bench_side side, const void *from, size_t len);

/* Microseconds of CPU time for the public-key operations of one side: a key share, its agreement,
 * one signature, two verifications (certificate and handshake), as the library's own backend does
 * them. 0: it failed. */
double bench_primitives(const bench_setting *setting, double seconds);

/* ---- pair.c: one handshake, and what it cost */
bool bench_handshake(const bench_client *client, const bench_client *server);
bool bench_was_resumed(void);             /* as both ends saw it */
extern double bench_times[2];             /* of each side, added up */
extern bool bench_timed;                  /* false: not, as looking at the clock costs as well */
size_t bench_bytes(enum bench_side side); /* that it sent */
double bench_median(double values[BENCH_ROUNDS]);

/* ---- resume.c: false: a handshake failed, or was not resumed where it should be */
bool bench_resume(const char *dir, const char *name, double seconds);
bool bench_resume_loop(const char *dir, const char *name, char **words);
bool bench_wire(const char *dir, const char *name);

double bench_now(void); /* CPU time of this thread, in microseconds */

/* A file of the certificate folder, read into `to`; its length, or 0. */
size_t bench_file(const bench_setting *setting, const char *name, uint8_t *to, size_t cap);

#endif
