/* What an engine wants and has: the bits that hf_tls_wants() and hf_mqtt_wants() return.
 *
 * An engine does no I/O. Its caller asks wants(), does one of the things that are named, and asks
 * again. Bits are independent of each other; an engine never sets a bit that it has no use for.
 * Every engine makes progress when all HF_WANT_ bits are served and all HF_HAS_ bits are emptied.
 */
#ifndef HANDFAST_WANT_H
#define HANDFAST_WANT_H

#ifdef __cplusplus
extern "C" {
#endif

typedef enum hf_want {
    HF_WANT_INPUT = 1,  /* there is room for bytes from the peer: lend it, fill it, acknowledge */
    HF_WANT_OUTPUT = 2, /* bytes for the peer are waiting to be sent */
    HF_WANT_RUN = 4,    /* work was put off (a public-key operation): call run */
    HF_WANT_SIGN = 8,   /* a signature asked for from a pending signer is due */
    HF_WANT_DECISION = 16, /* a decision of the program's is due */
    HF_HAS_DATA = 32,      /* received application data (MQTT: a message or a piece of one) waits */
    HF_HAS_ROOM = 64,      /* application data (MQTT: a request) is accepted now */
    HF_IS_OPEN = 128,      /* the handshake (MQTT: CONNECT, CONNACK) is done */
    HF_IS_CLOSED = 256,    /* the peer has ended in order: nothing more comes */
    HF_IS_FAILED = 512,    /* ended by an error, which stands in the engine's error record */
    HF_HAS_EVENT = 1024,   /* MQTT: the result of a request waits; input rests until it is taken */
} hf_want;

#ifdef __cplusplus
}
#endif
#endif
