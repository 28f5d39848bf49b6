/* What `handfast listen` needs so that clients can come back without certificates: ticket keys, of
 * its own or of a file that several servers share, and a store of TLS 1.2 sessions for clients that
 * take no tickets.
 *
 * Own keys are random, live in memory only and are new twice a day; a file's next key becomes the
 * current one at the time that stands beside it. Both happens when a key is asked for and by a
 * timer, so that an old key is gone when its day is over.
 */
#ifndef HF_CLI_LISTEN_TICKETS_H
#define HF_CLI_LISTEN_TICKETS_H

#include <handfast/session.h>
#include <stddef.h>

#define LISTEN_TICKET_TURN (HF_TICKET_KEY_LIFE / 2) /* seconds that a key of our own is current */

typedef struct listen_stored {
    uint8_t id[HF_SESSION_ID];
    uint8_t len; /* 0: nothing */
    uint8_t state[HF_STORED_MAX];
} listen_stored;

typedef struct listen_tickets {
    hf_ticket_ring ring;
    bool own;              /* keys are made here */
    listen_stored *stored; /* LISTEN_STORED_MAX places; NULL: no store */
} listen_tickets;

#define LISTEN_STORED_MAX 4096u

/* Keys of our own; false: no random numbers. */
bool listen_tickets_make(listen_tickets *tickets, int64_t now);

/* Keys of a file's text, or of the file. False: `why` says what is wrong, and nothing has changed.
 */
bool listen_tickets_parse(hf_ticket_ring *ring, const char *text, size_t len, char *why,
                          size_t cap);
bool listen_tickets_load(listen_tickets *tickets, const char *path, char *why, size_t cap);

/* Puts the keys where they belong at this time (seconds since 1970). */
void listen_tickets_settle(listen_tickets *tickets, int64_t now);

/* The store of sessions; false: no memory. */
bool listen_tickets_store(listen_tickets *tickets);

void listen_tickets_release(listen_tickets *tickets);

/* For hf_config: `tickets` is borrowed. */
hf_ticket_keys listen_tickets_keys(listen_tickets *tickets);
hf_session_store listen_tickets_sessions(listen_tickets *tickets);

#endif
