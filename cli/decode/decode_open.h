/* Opening the records of one direction of somebody else's connection.
 *
 * Fifth step of `handfast decode`, over the library's own key schedules and record parameters. A
 * participant knows which keys are next and which number a record has; somebody who listens does
 * not when bytes are missing, so behind a gap later numbers and the next keys are tried, too, up to
 * a limit.
 */
#ifndef HF_CLI_DECODE_OPEN_H
#define HF_CLI_DECODE_OPEN_H

#include "decode_secrets.h"
#include "decode_stream.h"
#include "tls/keys/suite.h"

#include <handfast/tls_state.h>

#define DECODE_TRIALS_MAX 20000u /* of one direction, all gaps together */

enum decode_epoch {
    DECODE_CLEAR,
    DECODE_EARLY, /* TLS 1.3, client: early data, or what comes instead */
    DECODE_HANDSHAKE,
    DECODE_APPLICATION, /* TLS 1.2: behind change_cipher_spec */
};

/* One direction. */
typedef struct decode_opener {
    const hf_crypto *crypto;
    const hf_suite *suite;        /* NULL: not known, or none that can be opened */
    hf_traffic_secret secrets[4]; /* TLS 1.3, by epoch */
    bool known[4];
    hf_record_keys keys;
    hf_record_keys early; /* beside those of the handshake, which may come instead */
    uint32_t trials;
    uint8_t epoch;
    bool version13;
    bool gap; /* records were lost since one was opened */
    uint64_t lost;
    uint8_t plain[DECODE_RECORD_MAX]; /* content of the record opened last */
} decode_opener;

/* Copies a secret of TLS 1.3 into its epoch; NULL: it is not known. */
void decode_opener_secret(decode_opener *opener, unsigned epoch, const decode_secret *secret);

/* TLS 1.3: what comes from here on is of this epoch. */
void decode_opener_enter(decode_opener *opener, unsigned epoch);
void decode_opener_update(decode_opener *opener); /* KeyUpdate */

/* TLS 1.2, at change_cipher_spec; `master` NULL: not known. */
void decode_opener_enter12(decode_opener *opener, const decode_secret *master,
                           const uint8_t client_random[32], const uint8_t server_random[32],
                           bool client);

/* Opens a sealed record: its inner type, and its content, which lasts until the next call. True:
 * authentic. The epoch moves on when only the next one's keys fit. */
bool decode_opener_open(decode_opener *opener, const decode_record *record, uint8_t *type,
                        hf_span *content);

/* Whether there are keys that might open a record now. */
bool decode_opener_can(const decode_opener *opener);
void decode_opener_release(decode_opener *opener);

/* The suite's numbers, also of suites that this library does not offer but whose AEAD it has; NULL:
 * cannot be opened here. */
const hf_suite *decode_suite(uint16_t id);

#endif
