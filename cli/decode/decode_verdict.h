/* How a recorded connection went, in words: what happened, why, and what to do, so that somebody
 * with a capture from a device learns why it failed.
 */
#ifndef HF_CLI_DECODE_VERDICT_H
#define HF_CLI_DECODE_VERDICT_H

#include "decode_tls.h"

#define DECODE_VERDICT_TEXT 640u

typedef struct decode_verdict {
    const char
        *outcome; /* for programs: "completed", "alert", "refused", "cut", "sealed", "late" */
    char what[DECODE_VERDICT_TEXT];
    char why[DECODE_VERDICT_TEXT]; /* "": nothing to add */
    const char *todo;              /* "": nothing */
    const decode_alert *alert;     /* NULL: none ended it; else valid as long as the decode_tls */
    uint8_t alert_by;              /* decode_side_name, with an alert */
} decode_verdict;

void decode_judge(const decode_tls *tls, const decode_flow *flow, unsigned client,
                  decode_verdict *verdict);

/* Fills `why` and `todo` for an alert. */
void decode_explain_alert(const decode_tls *tls, const decode_alert *alert, bool by_client,
                          decode_verdict *verdict);

/* "TLS 1.3"; "TLS" when it is not known. */
const char *decode_version_text(uint16_t version);

#endif
