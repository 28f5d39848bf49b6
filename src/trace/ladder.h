/* The ladder of a connection, as a textbook draws it: our side on the left, an arrow for each
 * message, below it the fields that matter, what was decided and why, and the key schedule's steps.
 *
 * In the flow: a consumer of events; text leaves through a sink. No heap and no I/O of its own.
 * What it says is the same for the same connection but for lengths that chance decides (ECDSA
 * signatures): no times unless there is a clock, no random numbers below HF_LADDER_FIELDS.
 * docs/trace.md shows one.
 */
#ifndef HF_TRACE_LADDER_H
#define HF_TRACE_LADDER_H

#include "trace/follow.h"
#include "trace/pen.h"

typedef enum hf_ladder_level {
    HF_LADDER_BRIEF = 1,
    HF_LADDER_FIELDS = 2, /* every field of every message with its bytes, too */
} hf_ladder_level;

/* Text that waits: the hello is written while TCP connects, and stands where it is sent. */
typedef struct hf_ladder_held {
    hf_sink out;
    hf_space memory;
    size_t len;
    bool on;
} hf_ladder_held;

typedef struct hf_ladder {
    hf_pen pen;
    hf_ladder_held held;
    hf_follow follow;
    uint8_t level;   /* hf_ladder_level */
    bool begun;      /* the sides' names were written */
    bool dialling;   /* TCP is under way */
    bool mqtt;       /* application data are MQTT: its packets have the arrows */
    hf_event packed; /* the record that a packet was sent in, until that is told */
    bool has_early;  /* steps of the key schedule that were told: up to handshake_secret, */
    bool has_master; /* up to master_secret */
    bool has_resumption;
} hf_ladder;

typedef struct hf_ladder_options {
    hf_sink sink;
    hf_ladder_level level;
    bool color;
    bool server;    /* the events are a server's */
    uint16_t width; /* columns, 60 to 200; 0: 80 */
    /* Microseconds since the beginning, for a column of times; NULL: none */
    uint64_t (*clock)(void *ctx);
    void *clock_ctx;
    hf_space memory; /* for messages that come in pieces: the longest one */
    hf_space held;   /* for text that waits; what does not fit is put out at once */
} hf_ladder_options;

/* The ladder must not move afterwards. */
void hf_ladder_init(hf_ladder *ladder, const hf_ladder_options *options);

/* hf_config.trace, with the ladder as its ctx. */
void hf_ladder_event(void *ctx, const hf_event *event);

#endif
