/* What an engine wants or allows now: one bit mask for TLS and MQTT alike.
 *
 * An engine does no I/O. Whoever drives it asks wants() and does what the bits say, in any order,
 * until nothing is left that it can do; hf_tls_pump() and hf_conn do it for you.
 */
#ifndef HANDFAST_WANT_H
#define HANDFAST_WANT_H

enum hf_want {
    HF_WANT_INPUT = 1,    /* there is room for bytes from the peer: ..._input() */
    HF_WANT_OUTPUT = 2,   /* bytes for the peer are ready: ..._output() */
    HF_WANT_RUN = 4,      /* work is left that needs no bytes: ..._run() */
    HF_WANT_SIGN = 8,     /* a signature is being made elsewhere: hf_tls_sign_done() */
    HF_WANT_DECISION = 16, /* a decision is being made elsewhere */
    HF_HAS_DATA = 32,     /* application data, or a message, has arrived */
    HF_HAS_ROOM = 64,     /* application data, or a request, is taken now */
    HF_IS_OPEN = 128,     /* our side of the handshake is complete */
    HF_IS_CLOSED = 256,   /* the peer has said that it sends nothing more */
    HF_IS_FAILED = 512,   /* the first error stands in the error record; only output is left */
    HF_HAS_EVENT = 1024,  /* MQTT: the result of a request waits; input rests until it is taken */
};

#endif
