/* What a TCP connection carries, by its first bytes: TLS on any port, from the first byte of each
 * direction on, and who is the client; or something else, by name. TLS that begins later
 * (STARTTLS) is not found.
 */
#ifndef HF_CLI_DECODE_FIND_H
#define HF_CLI_DECODE_FIND_H

#include "decode_stream.h"

typedef enum decode_content {
    DECODE_IS_NOTHING, /* no data at all */
    DECODE_IS_TLS,
    DECODE_IS_TLS_LATE, /* its beginning is not in the capture */
    DECODE_IS_HTTP,
    DECODE_IS_MQTT,
    DECODE_IS_SSH,
    DECODE_IS_OTHER,
} decode_content;

/* `client`: which end of the flow it is, for TLS. `scratch` is for its own use. */
decode_content decode_find(const decode_flow *flow, decode_stream *scratch, unsigned *client);

/* "HTTP, not encrypted" */
const char *decode_content_text(decode_content content);

/* "http"; for programs. */
const char *decode_content_name(decode_content content);

#endif
