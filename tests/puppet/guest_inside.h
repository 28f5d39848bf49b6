/* What the guest's own files share: reading with bounds, and its parts. */
#ifndef HF_TESTS_GUEST_INSIDE_H
#define HF_TESTS_GUEST_INSIDE_H

#include "puppet/guest.h"
#include "puppet/puppet_inside.h"

/* Reads on until something is missing; then `bad` stays and everything else is zero and empty. */
typedef struct reading {
    const uint8_t *at;
    size_t left;
    bool bad;
} reading;

hf_span read_bytes(reading *r, size_t len);
size_t read_number(reading *r, unsigned bytes);
reading read_vector(reading *r, unsigned bytes); /* behind a length of so many bytes */
bool read_over(const reading *r);                /* nothing is left and nothing was missing */

/* Is `value` in the list that a vector of 16-bit numbers holds? */
bool read_has(reading list, uint16_t value);

/* The guest's last ClientHello as it was said. */
reading guest_suites_said(const guest *g);
bool guest_extension_said(const guest *g, uint16_t type, reading *body);

void guest_keep(guest_raw *raw, const uint8_t *bytes, size_t len);

/* ClientHello (guest_hello.c, guest_offer.c). */
void guest_make_hello(guest *g, puppet_message *m);
void guest_put_extensions(guest *g, puppet_message *m);

/* Sessions (guest_session.c). */
bool guest_put_ticket(guest *g, puppet_message *m); /* bodies of extensions */
bool guest_put_modes(guest *g, puppet_message *m);
bool guest_put_psk(guest *g, puppet_message *m);
void guest_choose_id(guest *g); /* p.session_id of the first hello */
/* What the server takes up: false when that was not offered. */
bool guest_selected_in(guest *g, unsigned identity);
void guest_resumed13(guest *g);           /* ServerHello is read: does it all fit? */
void guest_resumed12(guest *g);           /* the same */
void guest_settle(guest *g, int message); /* TLS 1.2: the message behind a ServerHello tells */
void guest_keep_session(guest *g);        /* TLS 1.2, complete */

/* May `message` come now (guest_order.c)? */
bool guest_may_follow(const guest *g, int message);

/* Answers to extensions (guest_answers.c): where an extension may stand. */
typedef enum answer_place {
    IN_HELLO12 = 1,
    IN_HELLO13 = 2,
    IN_RETRY = 4,
    IN_ENCRYPTED = 8,
    IN_ENTRY = 16,
    IN_REQUEST = 32,
} answer_place;

/* Reads a block of extensions to its end; faults for what may not stand there. */
void guest_answers_in(guest *g, answer_place place, reading block);

/* Messages of the server (guest_check.c); hashed by the caller. */
void guest_server_hello_in(guest *g, reading *body);
void guest_retry_in(guest *g, reading *body);
void guest_encrypted_extensions_in(guest *g, reading *body);
void guest_request_in(guest *g, reading *body);
void guest_certificate_in(guest *g, reading *body);
void guest_status_in(guest *g, reading *body);
void guest_verify_in(guest *g, reading *body);
void guest_key_exchange_in(guest *g, reading *body);
void guest_ticket_in(guest *g, reading *body);

bool guest_is_retry(const uint8_t *message, size_t len);

#endif
