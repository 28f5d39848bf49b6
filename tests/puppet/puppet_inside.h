/* What the puppet's own files share. */
#ifndef HF_TESTS_PUPPET_INSIDE_H
#define HF_TESTS_PUPPET_INSIDE_H

#include "puppet/puppet.h"

/* What an end does in its own way. */
struct puppet_role {
    bool client;
    void (*make)(puppet *p, int step, puppet_message *m);
    void (*message_in)(puppet *p, const uint8_t *message, size_t len); /* with its header */
    void (*ccs_in)(puppet *p, hf_span content);
};

void puppet_begin(puppet *p, const puppet_role *role);
void puppet_fault(puppet *p, const char *what); /* the first one stays */
void puppet_note_seen(puppet *p, int message);

/* Transcript. */
void puppet_remember(puppet *p, const uint8_t *bytes, size_t len);
void puppet_fold_hello(puppet *p); /* RFC 8446 4.4.1: the first ClientHello becomes its hash */

/* Keys; `own`: of what this end sends, else of what it receives. */
hf_traffic_secret *puppet_secret(puppet *p, bool own); /* of the epoch at work */
void puppet_keys13(puppet *p, bool own);               /* out of that secret */
void puppet_keys12(puppet *p, bool own);
void puppet_handshake_keys(puppet *p, hf_handshake_secret *handshake); /* out of p->shared */
void puppet_application_secrets(puppet *p, const hf_handshake_secret *handshake);
void puppet_master12(puppet *p);          /* out of p->shared */
void puppet_resumption_secret(puppet *p); /* out of the transcript up to the client's Finished */
size_t puppet_finished_data(puppet *p, bool own, uint8_t data[HF_HASH_MAX]);

/* Bodies that both ends say (puppet_prove.c). */
void puppet_make_certificate(puppet *p, puppet_message *m);
void puppet_make_verify(puppet *p, puppet_message *m);
void puppet_make_finished(puppet *p, puppet_message *m);

/* A message made, changed by the test, said. */
void puppet_play(puppet *p, int step);
void puppet_play_ccs(puppet *p);
void puppet_play_silently(puppet *p, int step); /* the test is told */

void puppet_play_later(puppet *p, int step); /* outside the transcript */

/* Sessions (puppet_session.c). */
hf_hash_id puppet_session_hash(const puppet_session *session);
/* The binder of `session` over what was said and `front` (RFC 8446 4.2.11.2); its length. */
size_t puppet_binder(const puppet *p, const puppet_session *session, hf_span front,
                     uint8_t out[HF_HASH_MAX]);
/* Finds the session that the client's hello offers, if we know one; checks binders. Sets
 * p->session. */
void puppet_session_in(puppet *p, const uint8_t *hello, size_t len);
void puppet_make_ticket(puppet *p, puppet_message *m);
void puppet_keep_id(puppet *p); /* 1.2, complete: what its id stands for */

/* Messages of the peer. */
void puppet_update_in(puppet *p, const uint8_t *body, size_t len);
void puppet_finished_in(puppet *p, const uint8_t *body, size_t len);
bool puppet_peer_key(puppet *p, hf_public_key *key);   /* borrows from peer_leaf */
bool puppet_verify_peer(puppet *p, hf_span signature); /* its CertificateVerify */
bool puppet_verify(const puppet *p, const hf_public_key *key, hf_span signature,
                   const hf_span *parts, size_t count); /* signature: scheme and length in front */

/* Bodies of the client's messages (puppet_check.c). */
void puppet_certificate_in(puppet *p, const uint8_t *body, size_t len);
void puppet_verify_in(puppet *p, const uint8_t *body, size_t len);
void puppet_key_exchange_in(puppet *p, const uint8_t *body, size_t len);

/* A 16-bit number of a message. */
static inline uint16_t puppet_u16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

/* Growing a body. */
static inline void puppet_put(puppet_message *m, const void *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        m->body[m->len++] = ((const uint8_t *)bytes)[i];
    }
}
static inline void puppet_put8(puppet_message *m, unsigned value)
{
    m->body[m->len++] = (uint8_t)value;
}
static inline void puppet_put16(puppet_message *m, unsigned value)
{
    puppet_put8(m, value >> 8);
    puppet_put8(m, value & 0xff);
}
static inline void puppet_put24(puppet_message *m, size_t value)
{
    puppet_put8(m, (unsigned)(value >> 16) & 0xff);
    puppet_put16(m, (unsigned)value & 0xffff);
}
/* Fills in a 16-bit length that was put as zero at `at`. */
static inline void puppet_close16(puppet_message *m, size_t at)
{
    size_t len = m->len - at - 2;
    m->body[at] = (uint8_t)(len >> 8);
    m->body[at + 1] = (uint8_t)len;
}

#endif
