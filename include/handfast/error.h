/* What went wrong, where, and what to do about it.
 *
 * Every function of the library that can fail returns an hf_code. Each object that lives longer
 * than a call (a connection, a configuration) also carries one hf_error record: the first error
 * that happened to it, with everything known about its cause. `errors.def` is the only list of
 * errors; enum, names, alerts, texts, docs/errors.md and `handfast explain` are made from it.
 */
#ifndef HANDFAST_ERROR_H
#define HANDFAST_ERROR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* HF_OK and HF_PENDING are not errors. HF_PENDING: the answer comes later; call again when the
 * object's wants() says so. Errors are HF_E_...; their numbers are stable between releases. */
typedef enum hf_code {
    HF_OK = 0,
    HF_PENDING = 1,
    HF_IDENTIFIED = 2, /* only from hf_hooks.identify, see config.h */
#define HF_ERROR(name, number, class_, alert, what, todo) HF_E_##name = number,
#include <handfast/errors.def>
#undef HF_ERROR
} hf_code;

/* Who is at fault, and so what may help (draft-ietf-uta-tls13-iot-profile, section 4). */
typedef enum hf_error_class {
    HF_CLASS_NONE = 0,
    HF_CLASS_USAGE,        /* the program calls the library wrongly or without what it needs */
    HF_CLASS_LOCAL,        /* this machine: memory, random numbers, files, signer */
    HF_CLASS_NETWORK,      /* the way to the peer; trying again may help */
    HF_CLASS_INVALID,      /* the peer sent a message that does not parse */
    HF_CLASS_MISBEHAVED,   /* the peer sent a well-formed message that the protocol forbids */
    HF_CLASS_INCOMPATIBLE, /* both sides are right, but have nothing in common */
    HF_CLASS_CERTIFICATE,  /* the peer's certificate path, name or key is not acceptable */
    HF_CLASS_REFUSED,      /* the peer refused us: an alert, a CONNACK, a SUBACK */
} hf_error_class;

/* Which part of a connection an error or a time belongs to. */
typedef enum hf_stage {
    HF_STAGE_NONE = 0,
    HF_STAGE_SETUP,
    HF_STAGE_RESOLVE,
    HF_STAGE_TCP,
    HF_STAGE_TLS,
    HF_STAGE_MQTT,
} hf_stage;

/* Who sent the alert in a record. */
typedef enum hf_alert_by {
    HF_ALERT_NONE = 0,
    HF_ALERT_SENT,
    HF_ALERT_RECEIVED,
} hf_alert_by;

#define HF_DEPTH_NONE 0xff /* hf_error.depth: no certificate is concerned */
#define HF_STEP_NONE  0xff /* hf_error.step: not inside a handshake */
#define HF_NO_ALERT   0xff /* no alert goes with this error */

/* The record. All zero with depth and step NONE means "no error yet": see hf_error_clear(). */
typedef struct hf_error {
    uint16_t code;    /* hf_code */
    uint8_t stage;    /* hf_stage */
    uint8_t alert;    /* TLS alert description, valid when alert_by is not HF_ALERT_NONE */
    uint8_t alert_by; /* hf_alert_by */
    uint8_t step;     /* handshake message type in work, or HF_STEP_NONE; for TLS alerts that
                         arrive after the handshake, HF_STEP_NONE */
    uint8_t depth;    /* 0 = the peer's own certificate, 1 = its issuer..., or HF_DEPTH_NONE */
    int32_t system;   /* errno, or the code of the crypto backend; 0 when there is none */
    uint32_t offset;  /* byte in the handshake message or packet where parsing stopped */
    uint32_t detail;  /* what the text of the code calls "detail": a size, a reason code */
} hf_error;

void hf_error_clear(hf_error *error);

/* Records `code` unless an error is already there; returns the code that stands in the record, so
 * `return hf_fail(&x->error, HF_E_...)` is the usual form. The only place that records an error. */
hf_code hf_fail(hf_error *error, hf_code code);

/* Facts of a code. They exist in every build. */
hf_error_class hf_error_class_of(hf_code code);
uint8_t hf_error_alert_of(hf_code code); /* TLS alert to send, or HF_NO_ALERT */
bool hf_error_may_retry(hf_code code);   /* the same call may succeed later without a change */

/* Texts: static strings, never NULL. In a build without error texts (-DHF_ERROR_TEXTS=OFF) all are
 * "", and the number is what to look up in docs/errors.md. */
const char *hf_error_name(hf_code code);  /* "HF_E_CERT_EXPIRED" */
const char *hf_error_what(hf_code code);  /* what happened, one sentence */
const char *hf_error_todo(hf_code code);  /* what to do about it */
const char *hf_alert_name(uint8_t alert); /* "certificate_expired" (RFC 8446 6), "unknown" */
const char *hf_alert_what(uint8_t alert); /* why a peer sends it */
const char *hf_alert_todo(uint8_t alert); /* what to do when a peer sent it to us */
const char *hf_stage_name(hf_stage stage);

/* Writes the whole record in words: what happened, why, what to do; lines end with '\n', at most
 * `cap` bytes with the terminating zero. Returns the length that the whole text needs. */
size_t hf_error_describe(const hf_error *error, char *text, size_t cap);

#ifdef __cplusplus
}
#endif
#endif
