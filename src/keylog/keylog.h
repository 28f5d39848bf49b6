/* The key log: the secrets of a connection in the format that Wireshark and others read (NSS key
 * log, RFC 9850).
 *
 * This is the one place where secrets leave the engine. It is a library of its own that only the
 * command-line tool and tests link: no part of libhandfast, which reports no key, has no hook that
 * could, and reads no environment variable.
 *
 * In the flow: a watcher hands in every event, before others that need the keys to be known. Lines
 * come with the events HF_EVENT_KEYS, while the secret that the keys were made of is still at hand;
 * both roles.
 */
#ifndef HF_KEYLOG_KEYLOG_H
#define HF_KEYLOG_KEYLOG_H

#include "trace/sink.h"

#include <handfast/trace.h>

/* Most bytes that one event gives. */
#define HF_KEYLOG_LINES_MAX 1024u

/* All zero at the beginning; one for connections that follow each other. Holds no secret. */
typedef struct hf_keylog {
    uint8_t client_random[32]; /* of the connection at work */
    unsigned written;          /* lines that stand for both directions */
    unsigned updates[2];       /* KeyUpdates so far: [0] the client's, [1] the server's */
} hf_keylog;

/* Gives the lines of this event, if it has any, to the sink, whose owner wipes them. */
void hf_keylog_event(hf_keylog *log, const hf_event *event, const hf_sink *sink);

#endif
