/* Which message sequences are legal, as either end sees them: written from RFC 8446 2 (figures 1
 * and 2), 4 and A.1, and RFC 5246 7.3 (figure 1) with RFC 8422 2, not from the library's tables;
 * RFC 8446 2.2 (figure 3); RFC 5246 7.3 (figure 2) and RFC 5077 3.1 (figures 1 and 2) for sessions.
 *
 * Only what this library negotiates: no early data that is accepted, no CertificateStatus.
 */
#ifndef HF_TESTS_FLOW_ORACLE_H
#define HF_TESTS_FLOW_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ORACLE_WORDS_MAX 16u

typedef struct oracle_word {
    bool server;
    int message; /* M_... of puppet.h */
} oracle_word;

/* What the server takes up of what the client offers. */
typedef enum oracle_resume {
    ORACLE_FULL = 0,
    ORACLE_PSK_DHE, /* TLS 1.3 */
    ORACLE_PSK_KE,
    ORACLE_TICKET, /* TLS 1.2 */
    ORACLE_ID,
} oracle_resume;

typedef struct oracle_flow {
    uint16_t version;
    bool retry, request, certificate;
    oracle_resume resume;
    bool ticket; /* TLS 1.2: the server gives a ticket */
    const char *text;
    oracle_word words[ORACLE_WORDS_MAX];
    size_t count;
} oracle_flow;

/* The index-th legal flow; false past the end. */
bool oracle_flow_at(size_t index, oracle_flow *flow);

/* The plainest one of a version: in full, without retry, certificate of the client, ticket. */
bool oracle_plain_flow(uint16_t version, oracle_flow *flow);

/* Words of a text like ">CH <SH"; false when one is unknown or there are too many. */
bool oracle_parse(const char *text, oracle_word words[ORACLE_WORDS_MAX], size_t *count);

/* May the server say `message` when the first `count` words of `flow` were said? */
bool oracle_may_follow(const oracle_flow *flow, size_t count, int message);

/* May the client? What it shows in its Certificate decides what follows (RFC 8446 4.4.3, RFC 5246
 * 7.4.8): `certificate` of the flow says whether that is something. */
bool oracle_client_may_follow(const oracle_flow *flow, size_t count, int message);

/* Was `message` said among the first `count` words? */
bool oracle_said(const oracle_flow *flow, size_t count, int message);

#endif
