/* Secrets of TLS connections in the format of NSS key logs, as --keylog gives them and as pcapng
 * files carry them in their secrets blocks.
 *
 * A line is LABEL CLIENT_RANDOM SECRET, the last two in hex. Lines of other programs and comments
 * are passed over; a line with a known label that cannot be read is counted. Owned; wiped at the
 * end.
 */
#ifndef HF_CLI_DECODE_SECRETS_H
#define HF_CLI_DECODE_SECRETS_H

#include <handfast/bytes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DECODE_SECRET_MAX  48u
#define DECODE_SECRETS_MAX 1000000u /* lines that are kept */

enum decode_label {
    DECODE_LABEL_MASTER, /* CLIENT_RANDOM: TLS 1.2's master secret */
    DECODE_LABEL_EARLY,
    DECODE_LABEL_CLIENT_HANDSHAKE,
    DECODE_LABEL_SERVER_HANDSHAKE,
    DECODE_LABEL_CLIENT_APPLICATION,
    DECODE_LABEL_SERVER_APPLICATION,
    DECODE_LABELS,
};

typedef struct decode_secret {
    uint8_t client_random[32];
    uint8_t bytes[DECODE_SECRET_MAX];
    uint8_t len;
    uint8_t label;
} decode_secret;

typedef struct decode_secrets {
    decode_secret *list;
    size_t count;
    size_t bad; /* lines that could not be read */
    /* ---- private */
    size_t room;
} decode_secrets;

/* All zero: none. False: no memory. */
bool decode_secrets_add(decode_secrets *secrets, hf_span text);

/* NULL: it is not known. */
const decode_secret *decode_secrets_find(const decode_secrets *secrets, unsigned label,
                                         const uint8_t client_random[32]);
void decode_secrets_release(decode_secrets *secrets);

#endif
