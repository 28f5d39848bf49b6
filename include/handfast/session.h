/* Sessions: a second connection to the same peer without certificates (RFC 8446 2.2, 4.6.1; RFC
 * 5077 and RFC 5246 7.3 in TLS 1.2).
 *
 * A client gives each connection a hf_session in hf_tls_memory. What stands in it is offered; what
 * the server gives for the next time is put there. It is flat: `ptr[0..len)` may be stored in flash
 * and come back in another run of the program. It holds a secret: guard it like a private key.
 *
 *     hf_session session = {.ptr = room, .cap = sizeof room, .len = read_from_flash(room)};
 *     memory.session = &session;
 *     ... connection ...
 *     if (session.taken > 0) { write_to_flash(session.ptr, session.len); }
 *
 * A session that is damaged, made by another version of the library, too old, or for another name,
 * other anchors, another identity of ours or other settings is ignored, and the handshake is done
 * in full. No session ever becomes an error.
 *
 * A server gives tickets when it has ticket keys, and keeps sessions of TLS 1.2 where it has a
 * store. Only sessions with the extended master secret are resumed (RFC 7627).
 */
#ifndef HANDFAST_SESSION_H
#define HANDFAST_SESSION_H

#include <handfast/bytes.h>

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- client */

#define HF_SESSION_HEAD 160u /* most bytes of a session besides its ticket */
#define HF_SESSION_SIZE 512u /* enough for the tickets of most servers */

/* The caller's; borrowed until hf_tls_release(), for one connection at a time. A server's ticket
 * that does not fit into `cap` is passed over: the most is HF_SESSION_HEAD and 65,535 bytes. */
typedef struct hf_session {
    uint8_t *ptr;
    size_t cap;
    size_t len;     /* bytes of the session that is there; 0: none. A ticket of TLS 1.3 is gone when
                       it has been offered, unless hf_config.reuse_tickets */
    uint32_t taken; /* sessions that the server has given since the connection began */
} hf_session;

/* ---- server */

#define HF_TICKET_KEY_ID     4u
#define HF_TICKET_KEY_SECRET 32u
#define HF_TICKET_KEY_LIFE   86400 /* seconds */
#define HF_TICKET_MAX        128u  /* bytes of a ticket of ours; 112 where the suite has SHA-256 */

/* Who holds one can forge identities, so guard it like the key of a CA, and wipe it when its day is
 * over: the engine neither seals nor opens with it from then on. */
typedef struct hf_ticket_key {
    uint8_t id[HF_TICKET_KEY_ID];         /* stands in the ticket, in the clear */
    uint8_t secret[HF_TICKET_KEY_SECRET]; /* random */
    int64_t begins;                       /* seconds since 1970: good for HF_TICKET_KEY_LIFE */
} hf_ticket_key;

/* Where ticket keys come from, asked once for each ticket. `find`: copies the key with this id to
 * `key`, or, when `id` is NULL, the one to seal with now; false: there is none, and that ticket is
 * not given or not taken. */
typedef struct hf_ticket_keys {
    bool (*find)(void *ctx, const uint8_t *id, hf_ticket_key *key);
    void *ctx;
} hf_ticket_keys;

/* Three keys for hf_ticket_ring_find(): tickets are sealed with the current one and opened with
 * any. Several servers that share them should know the next one before any of them seals with it.
 * Not locked: change it where no connection is being served meanwhile, or behind a lock of your
 * own. */
typedef struct hf_ticket_ring {
    hf_ticket_key previous, current, next;
    bool has_previous, has_current, has_next;
} hf_ticket_ring;

bool hf_ticket_ring_find(void *ring, const uint8_t *id, hf_ticket_key *key);
/* The next key becomes the current one, which becomes the previous one, which is wiped; `next` may
 * be NULL. Without a next key nothing is current any more, and no ticket is given. */
void hf_ticket_ring_turn(hf_ticket_ring *ring, const hf_ticket_key *next);
void hf_ticket_ring_wipe(hf_ticket_ring *ring);

/* Sessions of TLS 1.2 that a server keeps under their id (RFC 5246 7.3), for clients that take no
 * tickets; they expire as tickets do, which is checked when one comes back.
 *
 * put: keeps a copy of `state` (HF_STORED_MAX bytes at most; it holds a secret) under `id`; false:
 *      the store is full, and the client is given no id.
 * get: copies what was kept under the id, or returns false.
 * Both are called from inside the engine's calls, `get` before the client has proved anything. */
#define HF_SESSION_ID 32u
#define HF_STORED_MAX 160u
typedef struct hf_session_store {
    bool (*put)(void *ctx, const uint8_t id[HF_SESSION_ID], hf_span state);
    bool (*get)(void *ctx, const uint8_t id[HF_SESSION_ID], uint8_t state[HF_STORED_MAX],
                size_t *len);
    void *ctx;
} hf_session_store;

#ifdef __cplusplus
}
#endif
#endif
