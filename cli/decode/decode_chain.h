/* What a capture says about the server's certificates: their dates, against the packets' times, and
 * whether the name that the client asked for is among theirs. Nothing is verified; it is for
 * verdicts.
 */
#ifndef HF_CLI_DECODE_CHAIN_H
#define HF_CLI_DECODE_CHAIN_H

#include <handfast/bytes.h>
#include <stdbool.h>
#include <stdint.h>

#define DECODE_NAME_SIZE 254u

/* All zero: nothing is known. */
typedef struct decode_chain {
    char asked[DECODE_NAME_SIZE]; /* server_name of the ClientHello; "": none, or not printable */
    int64_t not_before;           /* the latest of all; seconds since 1970 */
    int64_t not_after;            /* the earliest of all */
    bool seen;                    /* there was a certificate, so the dates count */
    bool other_name;              /* a name was asked for that the leaf does not have */
} decode_chain;

/* The body of a ClientHello's server_name extension (RFC 6066 3). */
void decode_chain_ask(decode_chain *chain, hf_span extension);

/* A certificate of the server; depth 0 begins a new list. */
void decode_chain_take(decode_chain *chain, uint32_t depth, hf_span der);

#endif
