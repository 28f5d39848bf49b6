/* The handshake as data: rows of the flow tables, the driver that walks them, and the steps.
 *
 * Flow: record content -> hf_driver_receive(): one message is collected -> the row that is wanted
 * is found -> its `recv` parses and decides -> the message is hashed -> its `received` derives
 * secrets and leaves effects. Rows of our own: `send` writes the message, it is hashed and cut into
 * records, then `sent`. Both roles walk the same rows; which is ours says hs->role. Effects are
 * carried out by engine.c alone.
 *
 * A step may return HF_PENDING when it needs another public-key operation than this call may do; it
 * is then called again with the same message. State is {row, phase, facts}, so it stops anywhere.
 */
#ifndef HF_TLS_HANDSHAKE_H
#define HF_TLS_HANDSHAKE_H

#include "tls/flow.h"
#include "tls/keys/schedule13.h"
#include "tls/keys/session.h"
#include "tls/keys/suite.h"
#include "tls/message/message.h"
#include "tls/record.h"

#include <handfast/tls_state.h>

/* What the engine has to do after a step, in this order. */
enum hf_effect {
    HF_EFFECT_VERSION = 1, /* the record layer learns hs->version */
    HF_EFFECT_LIMITS = 2,
    HF_EFFECT_RX_KEYS = 4,
    HF_EFFECT_TX_KEYS = 8,
    HF_EFFECT_NEXT_RX_KEYS = 16, /* the peer's KeyUpdate */
    HF_EFFECT_UPDATE_ASKED = 32,
    HF_EFFECT_NO_RENEGOTIATION = 64,
    HF_EFFECT_SESSION = 128, /* client: a new one is whole */
    HF_EFFECT_DONE = 256,
};
/* Behind these the peer's keys change, so the message must be the last of its record. */
#define HF_EFFECTS_END_RECORD (HF_EFFECT_RX_KEYS | HF_EFFECT_NEXT_RX_KEYS)

enum hf_phase {
    HF_PHASE_IDLE = 0,
    HF_PHASE_BODY,  /* incoming: the header was accepted */
    HF_PHASE_RECV,  /* incoming: the body is whole */
    HF_PHASE_EMIT,  /* outgoing: written, being cut into records */
    HF_PHASE_AFTER, /* both: hashed */
};

enum hf_list_state {
    HF_LIST_CONTEXT = 0, /* 1.3: certificate_request_context */
    HF_LIST_LEN,         /* of the whole list */
    HF_LIST_ENTRY_LEN,
    HF_LIST_ENTRY,
    HF_LIST_CHECK, /* a certificate is whole and being checked */
    HF_LIST_EXTENSIONS_LEN,
    HF_LIST_EXTENSION_HEADER, /* 1.3: an entry has extensions */
    HF_LIST_EXTENSION,
};

/* What is left to do with the peer's certificates when all of them are there (step_chain.c). */
enum hf_chain_step {
    HF_CHAIN_IDENTIFY = 0,
    HF_CHAIN_WALK,
    HF_CHAIN_STAPLE,
    HF_CHAIN_DONE,
};

/* A decision of the program's about the peer (step_decide.c). */
enum hf_decision_state {
    HF_DECISION_NOT = 0,
    HF_DECISION_ASKED,
    HF_DECISION_DONE, /* it stands in hs->answer until the step takes it */
};

/* Our role. A build without a server has no code behind it. */
static inline bool hf_is_server(const hf_handshake *hs)
{
    return HF_HAS_SERVER && hs->role == HF_SERVER;
}

/* The version, once it is chosen: of one that a build does not have nothing is left. */
static inline void hf_set_version(hf_handshake *hs, uint16_t version)
{
    hs->version = version;
    hs->tls12 = version == HF_TLS12;
}

static inline bool hf_is12(const hf_handshake *hs)
{
    return HF_HAS_TLS12 && hs->tls12;
}

static inline bool hf_runs13(const hf_handshake *hs) /* asked only behind ServerHello */
{
    return !hf_is12(hs);
}

/* TLS 1.2: the messages run through a second hash, for signatures with another one than the suite's
 * (hf_epoch). A build that knows one hash has no code behind it. */
static inline bool hf_hashes_twice(const hf_handshake *hs)
{
    return HF_HAS_SHA384 && hf_is12(hs);
}

/* The one of them that runs with this hash. */
static inline const hf_transcript *hf_transcript_with(const hf_handshake *hs, hf_hash_id hash)
{
    bool other = hf_hashes_twice(hs) && hash != hs->suite->hash;
    return other ? &hs->epoch.tls12.other : &hs->transcript;
}

/* The free part of the slot. */
static inline hf_space hf_driver_scratch(const hf_handshake *hs)
{
    return (hf_space){hs->slot.ptr + hs->reserved, hs->slot.cap - hs->reserved};
}

/* Who the peer is, where it is known: only who sees all of its certificates, or shares a key with
 * it, knows more than that it was the right one. A build without either has no code behind it. */
static inline const hf_peer *hf_known_peer(const hf_handshake *hs)
{
    return (HF_HAS_WHOLE || HF_HAS_EXTERNAL_PSK) && hs->peer_known ? &hs->peer.peer : NULL;
}

/* What we do at a row. */
static inline const hf_row_steps *hf_our_steps(const hf_handshake *hs, const hf_row *row)
{
    return &row->roles[hf_is_server(hs) ? HF_SERVER : HF_CLIENT];
}

/* The traffic secrets of TLS 1.3 by who we are. */
static inline hf_traffic_secret *hf_our_secret(hf_handshake *hs)
{
    return hf_is_server(hs) ? &hs->epoch.tls13.server : &hs->epoch.tls13.client;
}

static inline hf_traffic_secret *hf_peer_secret(hf_handshake *hs)
{
    return hf_is_server(hs) ? &hs->epoch.tls13.client : &hs->epoch.tls13.server;
}

/* ---- driver.c, driver_out.c */
/* Takes content of handshake records off its front. Returns HF_PENDING when it needs HF_WANT_RUN,
 * HF_OK when it wants more content or a record of ours is due. */
hf_code hf_driver_receive(hf_handshake *hs, hf_span *content);
/* TLS 1.2: a change_cipher_spec record arrived. */
hf_code hf_driver_ccs(hf_handshake *hs, const uint8_t *content, size_t len);
/* Goes on with our own rows. HF_OK: nothing to send now, or no room; HF_PENDING: as above. */
hf_code hf_driver_send(hf_handshake *hs, hf_record_out *out);
/* True when the next wanted row is ours, or a row of ours is being sent. */
bool hf_driver_mine(const hf_handshake *hs);
/* True when a row waits for a call that may do work. */
bool hf_driver_waits_for_work(const hf_handshake *hs);
/* True when nothing of an incoming message is half read. */
bool hf_driver_between(const hf_handshake *hs);
bool hf_driver_done(const hf_handshake *hs);
void hf_driver_give_up(hf_handshake *hs);      /* forgets the incoming message at work */
const hf_row *hf_driver_row(hf_handshake *hs); /* the next wanted row; skips unwanted ones */

/* ---- for steps */
/* Adds bytes of a handshake message to the running hashes. */
void hf_hash_handshake(hf_handshake *hs, const uint8_t *ptr, size_t len);
/* Takes this call's one public-key operation, which is told as `work` on `number` (trace.h); false:
 * return HF_PENDING. */
bool hf_take_work(hf_handshake *hs, hf_work work, uint16_t number);

/* ---- steps: step_client_hello.c, step_server_hello.c: a client's half of the hellos */
hf_code hf_send_client_hello(hf_handshake *hs, hf_writer *w);
hf_code hf_sent_client_hello(hf_handshake *hs);
/* The session id of our hello, and its length: 32 bytes in compatibility mode, else none. */
size_t hf_client_session_id(const hf_handshake *hs, uint8_t id[HF_HASH_MAX]);
/* The extensions of the ClientHello that we sent. */
hf_extension_set hf_asked_extensions(const hf_handshake *hs);
/* The parts of our ClientHello, which begins at `hello`, in the order in which they are hashed and
 * sent: index 0, 1, 2. The middle one is a ticket that stays in the session. False past the last.
 */
bool hf_hello_part(const hf_handshake *hs, const uint8_t *hello, unsigned index, hf_span *part);
hf_code hf_recv_retry(hf_handshake *hs, hf_reader *body);
hf_code hf_received_retry(hf_handshake *hs);
hf_code hf_recv_server_hello(hf_handshake *hs, hf_reader *body);
hf_code hf_received_server_hello(hf_handshake *hs);
void hf_release_exchanges(hf_handshake *hs); /* forgets the private halves of our key shares */
/* step_answers.c: ALPN, limits, types */
hf_code hf_take_answers(hf_handshake *hs, const hf_extensions *answers);

/* ---- step_session.c: a client's session */
void hf_session_begin(hf_handshake *hs, hf_session *session); /* sees whether one may be offered */
void hf_session_spend(hf_handshake *hs); /* the ClientHello leaves: a ticket serves once */
void hf_session_context(const hf_handshake *hs, uint8_t context[32]);
/* What is offered; false: nothing (any more). */
bool hf_session_offered(const hf_handshake *hs, hf_session_view *view);
void hf_session_fill_hello(hf_handshake *hs, hf_client_hello_out *hello);
/* What a PSK is bound to a ClientHello with. */
typedef struct hf_binding {
    hf_hash_id hash;
    hf_psk_kind kind;
    hf_early_secret early;
    hf_span apart; /* the ticket, where it does not stand in the message */
} hf_binding;
/* Writes the binder into what `w` holds, which is the whole ClientHello: it stands at the end, and
 * is over everything before its list (RFC 8446 4.2.11.2). */
void hf_write_binder(const hf_handshake *hs, hf_writer *w, const hf_hello_marks *marks,
                     const hf_binding *binding);
/* The session's binder, if one is offered. */
void hf_session_bind(hf_handshake *hs, hf_writer *w, const hf_hello_marks *marks);
/* The server has chosen it: HF_E_PSK_CHOICE when it could not. */
hf_code hf_session_taken13(hf_handshake *hs, const hf_server_hello *hello);
/* RFC 8446 4.2.11: whether the server's choice is the only PSK that was offered, which has `hash`,
 * with that hash, and with a share where that was asked. Error: HF_E_PSK_CHOICE. */
hf_code hf_check_psk_choice(hf_handshake *hs, const hf_server_hello *hello, hf_hash_id hash);
/* Both roles: what a session of this connection holds, but for its secret. */
void hf_session_of_now(const hf_handshake *hs, int64_t issued, hf_session_state *state);
void hf_add_host_name(hf_hash *hash, hf_span name); /* in lower case */
/* Both roles: nothing of the peer is seen again, it is who it was; the secrets begin with its. */
void hf_resume13(hf_handshake *hs, const hf_session_state *state);
void hf_resume12(hf_handshake *hs, const hf_session_state *state);
hf_span hf_offered_psk_modes(const hf_config *config); /* psk_key_exchange_modes, ours */

/* ---- step_ticket.c: a client takes NewSessionTicket, or a session id */
hf_code hf_stream_ticket(hf_handshake *hs, hf_span piece);
hf_code hf_recv_ticket(hf_handshake *hs, hf_reader *body);
void hf_session_over(
    hf_handshake *hs); /* the handshake is: what came with it, or what is to come */
/* What came is authentic: the caller's session is the new one. */
void hf_keep_session(hf_handshake *hs);

/* ---- step_external_psk.c: PSKs of the configuration. A client's: */
void hf_external_fill_hello(const hf_handshake *hs, hf_client_hello_out *hello);
void hf_external_bind(const hf_handshake *hs, hf_writer *w, const hf_hello_marks *marks);
/* What the ServerHello says to it: HF_E_PSK_NOT_TAKEN, HF_E_PSK_CHOICE. */
hf_code hf_external_taken13(hf_handshake *hs, const hf_server_hello *hello);
/* A server's: true when the identity is known and fits a suite of both; then the suite, the early
 * secret and the peer are settled. */
bool hf_choose_external(hf_handshake *hs, const hf_client_hello *hello, hf_span identity,
                        hf_psk_kind *kind);
/* The same work for an identity that is not: suite and early secret are there, and nobody's. Error:
 * HF_E_NO_COMMON_SUITE. */
hf_code hf_pretend_external(hf_handshake *hs, const hf_client_hello *hello, hf_span identity,
                            hf_psk_kind *kind);

/* ---- step_psk.c: a server's choice among the PSKs of the ClientHello at work */
hf_code hf_take_psk(hf_handshake *hs, const hf_client_hello *hello);

/* ---- step_give_ticket.c: a server gives them */
/* Whether and how many, once the ClientHello is read. */
void hf_plan_tickets(hf_handshake *hs, const hf_client_hello *hello);
hf_code hf_send_tickets13(hf_handshake *hs, hf_writer *w);
hf_code hf_sent_tickets13(hf_handshake *hs);
void hf_ticket_context(const hf_handshake *hs, uint8_t context[32]); /* what they are bound to */
bool hf_session_still_good(const hf_handshake *hs, const hf_session_state *state);
/* Seals `state`; the seconds that the client is told, 0: there is no ticket. */
uint32_t hf_seal_ticket(const hf_handshake *hs, const hf_session_state *state,
                        uint8_t ticket[HF_TICKET_MAX], size_t *len);
/* Opens one that a client shows, if it is good for this connection. */
bool hf_open_ticket(const hf_handshake *hs, hf_span ticket, hf_session_state *state);

/* ---- step_resume12.c: sessions of TLS 1.2, both roles */
/* Client: whether one is offered, and its session id; len 0: any will do. */
bool hf_offered_id12(const hf_handshake *hs, uint8_t id[HF_SESSION_ID], size_t *len);
hf_code hf_session_taken12(hf_handshake *hs); /* our session id came back */
hf_code hf_take_session12(hf_handshake *hs, const hf_client_hello *hello); /* server */
hf_code hf_send_ticket12(hf_handshake *hs, hf_writer *w);
void hf_store_session12(hf_handshake *hs);
/* Client: the server's session id, for the next time; a ticket, if one comes, replaces it. */
void hf_note_session_id(hf_handshake *hs, hf_span id);

/* ---- step_accept_form.c: the form of a ClientHello, for the version that was chosen */
hf_code hf_check_hello_form(hf_handshake *hs, const hf_client_hello *hello);
/* RFC 8446 9.2: what has to be there with a PSK, and with psk_ke alone. */
hf_code hf_check_hello_needs(hf_handshake *hs, const hf_client_hello *hello, bool psk, bool alone);
hf_code hf_extension_missing(hf_handshake *hs, uint16_t type);

/* ---- step_accept.c, step_retry.c, step_hello.c: the server's half */
hf_code hf_recv_client_hello(hf_handshake *hs, hf_reader *body);
hf_code hf_received_client_hello(hf_handshake *hs);
hf_code hf_recv_second_hello(hf_handshake *hs, hf_reader *body);
hf_code hf_send_retry(hf_handshake *hs, hf_writer *w);
hf_code hf_take_second_hello(hf_handshake *hs, const hf_client_hello *hello);
hf_code hf_server_random12(hf_handshake *hs);
hf_code hf_send_server_hello(hf_handshake *hs, hf_writer *w);
hf_code hf_sent_server_hello(hf_handshake *hs);
/* The extensions of ours that answer the client's, for this version. */
void hf_fill_answers(const hf_handshake *hs, hf_answers_out *answers);
/* The cookie of our HelloRetryRequest: HF_COOKIE_MAX bytes at most. False: none is configured. */
#define HF_COOKIE_MAX (2u + 2u + 1u + HF_SECRET_MAX + 32u + 32u)
bool hf_make_cookie(const hf_handshake *hs, uint8_t cookie[HF_COOKIE_MAX], size_t *len);
/* A ClientHello with a cookie that no HelloRetryRequest of this connection has given out: goes on
 * where that one stopped. */
hf_code hf_resume_from_cookie(hf_handshake *hs, const hf_client_hello *hello);

/* ---- step_finished.c: Finished, both versions */
hf_code hf_send_finished(hf_handshake *hs, hf_writer *w);
hf_code hf_recv_finished(hf_handshake *hs, hf_reader *body);

/* ---- step13.c, step_server13.c: TLS 1.3 after ServerHello */
hf_code hf_secrets13(hf_handshake *hs,
                     hf_exchange *exchange); /* one agreement: handshake secrets */
hf_code hf_recv_encrypted_extensions(hf_handshake *hs, hf_reader *body);
hf_code hf_send_encrypted_extensions(hf_handshake *hs, hf_writer *w);
hf_code hf_recv_certificate_request13(hf_handshake *hs, hf_reader *body);
hf_code hf_send_certificate_request(hf_handshake *hs, hf_writer *w);
hf_code hf_recv_certificate_verify13(hf_handshake *hs, hf_reader *body);
hf_code hf_received_server_finished13(hf_handshake *hs);
hf_code hf_sent_server_finished13(hf_handshake *hs);
hf_code hf_received_client_finished13(hf_handshake *hs);
hf_code hf_sent_client_finished13(hf_handshake *hs);
hf_code hf_send_ccs(hf_handshake *hs, hf_writer *w); /* both versions */
hf_code hf_sent_ccs13(hf_handshake *hs);

/* ---- step12.c, step_server12.c: TLS 1.2 after ServerHello */
hf_code hf_check_answers12(hf_handshake *hs, const hf_extensions *answers); /* EMS, renegotiation */
hf_code hf_recv_server_key_exchange(hf_handshake *hs, hf_reader *body);
hf_code hf_received_server_key_exchange(hf_handshake *hs);
hf_code hf_send_server_key_exchange(hf_handshake *hs, hf_writer *w);
hf_code hf_sent_server_key_exchange(hf_handshake *hs);
hf_code hf_recv_certificate_request12(hf_handshake *hs, hf_reader *body);
hf_code hf_recv_empty(hf_handshake *hs, hf_reader *body);
hf_code hf_send_server_hello_done(hf_handshake *hs, hf_writer *w);
hf_code hf_send_client_key_exchange(hf_handshake *hs, hf_writer *w);
hf_code hf_sent_client_key_exchange(hf_handshake *hs);
hf_code hf_recv_client_key_exchange(hf_handshake *hs, hf_reader *body);
hf_code hf_received_client_key_exchange(hf_handshake *hs);
hf_code hf_recv_certificate_verify12(hf_handshake *hs, hf_reader *body);
hf_code hf_sent_ccs12(hf_handshake *hs);
hf_code hf_recv_ccs12(hf_handshake *hs, hf_reader *body);
hf_code hf_received_ccs12(hf_handshake *hs);
hf_code hf_received_first_finished12(hf_handshake *hs);
hf_code hf_received_last_finished12(hf_handshake *hs);
hf_code hf_sent_last_finished12(hf_handshake *hs);
/* The master secret out of what was agreed; `exchange` is released. One agreement. */
hf_code hf_master12(hf_handshake *hs, hf_exchange *exchange, hf_span point);

/* ---- step_certificate.c: the peer's Certificate: bytes as they come, of which it leaves what it
 * cannot take yet; and once with an empty body at its end. */
hf_code hf_stream_certificate(hf_handshake *hs, hf_span *piece);
hf_code hf_recv_certificate(hf_handshake *hs, hf_reader *body);
/* A signature of the peer's path was verified: that was this call's operation. */
void hf_count_signature(hf_handshake *hs);
/* True for the errors of the path walk, which are about one certificate of the list. */
bool hf_is_certificate_error(hf_code code);

/* ---- step_chain.c: all certificates of the peer in the slot */
hf_code hf_chain_start(hf_handshake *hs);
hf_code hf_chain_entry(hf_handshake *hs, uint32_t len); /* a certificate of `len` bytes follows */
void hf_chain_bytes(hf_handshake *hs, hf_span piece);
hf_code hf_chain_staple(hf_handshake *hs, uint32_t len); /* likewise a stapled response */
hf_code hf_chain_end(hf_handshake *hs);                  /* HF_PENDING until it is trusted */
hf_span hf_chain_certificate(const hf_handshake *hs, size_t index);
hf_code hf_recv_certificate_status(hf_handshake *hs, hf_reader *body);
hf_code hf_check_staple_came(hf_handshake *hs); /* 1.2: no CertificateStatus comes any more */

/* ---- step_verify.c: the peer's signature over the handshake */
/* Checks the scheme of the peer's signature and verifies it over `parts`, or over a hash value. */
hf_code hf_verify_peer(hf_handshake *hs, uint16_t scheme, const hf_span *parts, size_t count,
                       hf_span signature);
hf_code hf_verify_peer_value(hf_handshake *hs, uint16_t scheme, const uint8_t *value,
                             hf_span signature);

/* ---- step_decide.c: the program's say. HF_PENDING: wants() says HF_WANT_DECISION. */
hf_code hf_ask_identify(hf_handshake *hs, bool *known);
hf_code hf_ask_authorise(hf_handshake *hs);
hf_code hf_decision_answer(hf_handshake *hs, hf_code decision);

/* ---- choose.c: Chooses our scheme and identity for a CertificateRequest; leaves the certificate
 * out when there is none. */
void hf_answer_request(hf_handshake *hs, const hf_certificate_request *request);

/* ---- step_sign.c: our signature over the handshake, in CertificateVerify or ServerKeyExchange */
hf_code hf_send_certificate_verify(hf_handshake *hs, hf_writer *w);
/* Signs `value` with our key; the signature comes to stand at `at` of the writer's memory,
 * hs->sign_len bytes. HF_PENDING: come again. */
hf_code hf_sign_at(hf_handshake *hs, const uint8_t *value, hf_writer *w, size_t at);
/* The answer of a signer that was pending. */
enum hf_sign_state {
    HF_SIGN_NOT = 0,
    HF_SIGN_ASKED,
    HF_SIGN_DONE,
};
hf_code hf_sign_answer(hf_handshake *hs, hf_code result, hf_span signature);

/* ---- step_later.c */
hf_code hf_count_later(hf_handshake *hs); /* a message after the handshake, without data between */
hf_code hf_recv_key_update(hf_handshake *hs, hf_reader *body);
hf_code hf_recv_hello_request(hf_handshake *hs, hf_reader *body);
hf_code hf_recv_renegotiation(hf_handshake *hs, hf_reader *body); /* a ClientHello, to a server */

#endif
