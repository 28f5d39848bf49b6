/* The device of this firmware: its memory, its configuration, and the two engines over its link.
 *
 * All memory of a connection stands in one struct, so that its size can be told by part. What a
 * real device has in flash (certificates, key) comes from files of the emulator's host.
 */
#ifndef FIRMWARE_DEVICE_H
#define FIRMWARE_DEVICE_H

#include "board/board.h"

#include <handfast/mqtt.h>
#include <handfast/tls.h>

#include FIRMWARE_PROFILE

/* RAM of TLS. Not static inside a file: the size of each is read from the symbol table. */
extern hf_config device_config;
extern hf_tls device_tls;
extern uint8_t device_input[PROFILE_INPUT], device_output[PROFILE_OUTPUT];
extern uint8_t device_certificate[PROFILE_CERTIFICATE];
extern uint8_t device_session_bytes[PROFILE_SESSION];
extern hf_session device_session;

/* What the command line asks for (see client.c). */
typedef struct device_options {
    char name[64];       /* of the server */
    char session[64];    /* file that keeps the session; empty: none */
    char remembered[64]; /* file that keeps the remembered chain; empty: none */
    uint32_t clock;      /* seconds since 1970 */
    uint32_t version;    /* 12, 13, or 0: both */
    bool at_least;       /* the clock is a lower bound only */
    bool retry;          /* the first group is one that the server lacks */
} device_options;

/* ---- device.c */
hf_code device_configure(const device_options *options);

/* ---- bearssl/device_crypto.c, mbedtls/device_crypto.c: what the crypto library needs of a device.
 * Random numbers, memory if it wants any, and our key (PKCS#8 or SEC 1; empty: none). */
hf_code device_crypto(hf_config *config, hf_span key);
/* Bytes that it has allocated at most; 0 where it allocates nothing. */
uint32_t device_crypto_heap(void);

/* ---- connection.c */
/* Begins a connection and goes on until its handshake is over. */
hf_code device_connect(const device_options *options);
/* Does what TLS wants most, once. False: nothing more can be done; the error stands in the engine,
 * or the peer has ended in order. */
bool device_serve(void);
/* Serves until one of `bits` is set. */
bool device_wait_for(unsigned bits);
bool device_send(const uint8_t *from, size_t len);
/* Sends close_notify, or the alert of a failure. The peer's is not waited for: that the transport
 * has ended does not show on a serial line. */
void device_close(void);

/* ---- telemetry.c: MQTT over the connection: publishes, waits for one command. */
hf_code device_telemetry(const char *device);
void device_telemetry_explain(void); /* the MQTT engine's error, if it has one */

#endif
