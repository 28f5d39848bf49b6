/* What a connection cost, collected from its events: time of each stage with what of it was
 * computing, messages and records with their sizes, public-key operations, decisions.
 *
 * A watcher (watch.h); everything that is printed about costs comes from here. Events have no time,
 * so the clocks are read as they come: steady time and CPU time of this process, nanoseconds. What
 * is beyond the limits below is counted, not kept.
 */
#ifndef HF_CLI_BUDGET_H
#define HF_CLI_BUDGET_H

#include <handfast/config.h>
#include <handfast/trace.h>

#define CLI_STEPS_MAX     160 /* what happened, in order */
#define CLI_DECISIONS_MAX 32
#define CLI_WORKS_MAX     16 /* kinds of operations with their group or scheme */
#define CLI_TYPES         32 /* handshake message types told apart; the last stands for the rest */
#define CLI_STAGES        6  /* hf_stage */
#define CLI_TEXT_MAX      64

typedef struct cli_clocks {
    uint64_t (*steady)(void); /* nanoseconds */
    uint64_t (*cpu)(void);
} cli_clocks;

/* A stage that was gone through twice (a second address, a session that was given up) counts once,
 * with both times. */
typedef struct cli_stage {
    uint64_t wall; /* nanoseconds altogether, and of these... */
    uint64_t cpu;  /* ...computing: CPU time of this process */
    uint64_t from; /* when it began, since the connection did */
    uint16_t code; /* hf_code: how it ended; HF_PENDING: it has not */
    bool seen;
    uint64_t wall_began; /* private */
    uint64_t cpu_began;
} cli_stage;

/* What happened: a message whole, an alert or change_cipher_spec, a key change, an MQTT packet, an
 * address dialled, a stage over. */
typedef struct cli_step {
    uint8_t kind; /* hf_event_kind */
    uint8_t type; /* as in hf_event */
    bool sent;
    bool sealed;
    bool retry;        /* a ServerHello that is a HelloRetryRequest */
    uint32_t number;   /* as in hf_event */
    uint32_t size;     /* bytes: a message with its header, a packet, a record's content */
    uint64_t at;       /* nanoseconds since the connection began */
    uint8_t bytes[16]; /* of an address, of an alert */
} cli_step;

typedef struct cli_work {
    uint8_t type;    /* hf_work */
    uint32_t number; /* hf_group or hf_scheme; 0: a certificate's */
    uint32_t count;
    uint64_t cpu; /* nanoseconds from each of them to the event that came next */
} cli_work;

typedef struct cli_decision {
    uint8_t type; /* hf_decided */
    uint8_t reason;
    uint32_t number;
    char text[CLI_TEXT_MAX]; /* of ALPN; printable ASCII */
} cli_decision;

typedef struct cli_budget {
    cli_clocks clocks;
    cli_stage stages[CLI_STAGES];
    cli_step steps[CLI_STEPS_MAX];
    size_t steps_count; /* at most CLI_STEPS_MAX */
    size_t steps_more;  /* that had no room */
    cli_decision decisions[CLI_DECISIONS_MAX];
    size_t decisions_count;
    cli_work works[CLI_WORKS_MAX];
    size_t works_count;
    /* Index 0: received, 1: sent. */
    uint64_t wire[2];
    uint32_t records[2];
    uint32_t messages[2][CLI_TYPES]; /* bytes with headers, by type */
    uint32_t untold; /* messages received whose size was not told: opened in pieces */
    uint32_t ticket; /* bytes of the last session ticket that came; 0: none */
    /* ---- private */
    uint64_t began;
    uint64_t work_began;
    uint64_t last_ended; /* CPU time when the event before was dealt with */
    int working;         /* index into works; -1: none is under way */
    bool has_begun;
    bool keyed[2];
} cli_budget;

/* The clocks of this system. */
extern const cli_clocks CLI_CLOCKS;

void cli_budget_begin(cli_budget *budget, const cli_clocks *clocks);

/* A watcher with a cli_budget as its context. */
void cli_budget_event(void *ctx, const hf_event *event);

/* All stages together: nanoseconds, and of these, computing. */
uint64_t cli_budget_wall(const cli_budget *budget);
uint64_t cli_budget_cpu(const cli_budget *budget);

/* What a stage waited for the network; the time of a round trip, as TCP's own took it. */
uint64_t cli_stage_wait(const cli_stage *stage);
uint64_t cli_budget_round_trip(const cli_budget *budget);

/* How many operations of these kinds (bits 1 << hf_work) there were; *cpu: their nanoseconds. */
uint32_t cli_budget_work(const cli_budget *budget, unsigned kinds, uint64_t *cpu);

/* The last decision of a kind; NULL: none. */
const cli_decision *cli_budget_decided(const cli_budget *budget, hf_decided type);

#endif
