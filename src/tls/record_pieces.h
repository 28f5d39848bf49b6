/* Opening a record that is larger than the input buffer, piece by piece (DESIGN: small receive
 * buffers). Used by record_in.c alone.
 */
#ifndef HF_TLS_RECORD_PIECES_H
#define HF_TLS_RECORD_PIECES_H

#include "tls/record.h"

enum hf_in_state {
    HF_IN_HEADER = 0, /* at a record's start, or its whole content is being taken */
    HF_IN_PIECES,
    HF_IN_EARLY, /* the rest of a record of early data is being passed over */
};

hf_code hf_pieces_begin(hf_record_in *in, const uint8_t *header, uint32_t len);
hf_code hf_pieces_next(hf_record_in *in, uint32_t *detail); /* as hf_record_next() */
/* The record at work, opened, is longer than the protocol allows. */
bool hf_record_too_long(const hf_record_in *in);

#endif
