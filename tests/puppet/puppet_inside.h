/* What the puppet's own files share. */
#ifndef HF_TESTS_PUPPET_INSIDE_H
#define HF_TESTS_PUPPET_INSIDE_H

#include "puppet/puppet.h"

void puppet_fault(puppet *p, const char *what);                        /* the first one stays */
void puppet_message_in(puppet *p, const uint8_t *message, size_t len); /* with its header */
void puppet_ccs_in(puppet *p, hf_span content);

/* Bodies of the client's messages (puppet_check.c). */
void puppet_certificate_in(puppet *p, const uint8_t *body, size_t len);
void puppet_verify_in(puppet *p, const uint8_t *body, size_t len);
void puppet_key_exchange_in(puppet *p, const uint8_t *body, size_t len);
void puppet_finished_in(puppet *p, const uint8_t *body, size_t len);

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
