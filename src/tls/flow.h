/* Rows of the flow tables: what a row is, and where the tables are looked up (flow.c, flow12.c).
 * How they are walked: handshake.h.
 */
#ifndef HF_TLS_FLOW_H
#define HF_TLS_FLOW_H

#include "wire/reader.h"
#include "wire/writer.h"

#include <handfast/tls_state.h>

enum hf_row_flag {
    HF_ROW_OPTIONAL = 1, /* may be left out, for a wanted row of the same sender */
    HF_ROW_STREAM = 2,   /* read as it comes */
    HF_ROW_PARTS = 4,    /* written in parts */
    HF_ROW_FLUSH = 8,    /* the sender's flight ends here: seal the record */
};

/* What a role does at a row: it sends the message or receives it, and goes on from there. */
typedef struct hf_row_steps {
    union {
        hf_code (*send)(hf_handshake *hs, hf_writer *w);
        hf_code (*recv)(hf_handshake *hs, hf_reader *body);
    };
    hf_code (*after)(hf_handshake *hs); /* `sent` or `received` */
} hf_row_steps;

typedef struct hf_row {
    uint8_t message;    /* hf_message_type */
    uint8_t sender : 1; /* hf_role */
    uint8_t flags : 7;
    uint16_t when; /* facts that must all be known */
#if HF_HAS_SERVER
    /* and these, for a server that sends an OPTIONAL row; a client learns them by its coming */
    uint16_t due;
#endif
    hf_row_steps roles[HF_HAS_SERVER ? 2 : 1]; /* by hf_role */
} hf_row;

#if HF_HAS_SERVER
static inline unsigned hf_row_due(const hf_row *row)
{
    return row->due;
}
#else
static inline unsigned hf_row_due(const hf_row *row)
{
    (void)row;
    return 0;
}
#endif

/* The row at `index` of the flow: both versions share the rows up to ServerHello. NULL: the
 * handshake is over. */
const hf_row *hf_flow_row(uint16_t version, unsigned index);
/* Where a server goes on that gets a second ClientHello whose HelloRetryRequest another one sent.
 */
unsigned hf_flow_second_hello(void);
/* The rows of messages that may come after the handshake, in any order; NULL past the end. */
const hf_row *hf_flow_later(uint16_t version, unsigned index);

/* flow12.c: those of TLS 1.2 alone. */
const hf_row *hf_flow12_row(unsigned index);
const hf_row *hf_flow12_later(unsigned index);

#endif
