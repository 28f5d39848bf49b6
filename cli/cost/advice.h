/* What would make a connection cheaper: computed from what was observed on this one, never advice
 * that does not apply to it.
 */
#ifndef HF_CLI_ADVICE_H
#define HF_CLI_ADVICE_H

#include "account.h"

typedef enum cli_advice_kind {
    CLI_ADVICE_RESUME,       /* a session kept for the next time */
    CLI_ADVICE_TLS13,        /* instead of TLS 1.2 */
    CLI_ADVICE_RETRY,        /* the group that the server asked for, first */
    CLI_ADVICE_SERVER_ECDSA, /* instead of RSA in the server's chain */
    CLI_ADVICE_OUR_ECDSA,    /* and in ours */
    CLI_ADVICE_SPARE,        /* certificates that nobody looked at */
    CLI_ADVICE_REMEMBER,     /* signatures that were verified before */
} cli_advice_kind;
#define CLI_ADVICE_MAX 7

typedef struct cli_advice {
    uint8_t kind;
    bool about;     /* the bytes are an estimate */
    bool done;      /* RESUME: the session for it is there already */
    uint32_t group; /* RETRY */
    uint32_t count; /* SPARE: certificates; REMEMBER: signatures */
    uint32_t bytes; /* saved; of these things, what is 0 is not saved */
    uint32_t round_trips;
    uint64_t cpu;  /* nanoseconds of computing */
    uint64_t wait; /* nanoseconds of the round trips */
} cli_advice;

/* At most CLI_ADVICE_MAX, the one that saves most first where that can be said; their number. */
size_t cli_advice_find(const cli_account *account, cli_advice list[CLI_ADVICE_MAX]);

/* What to do, and what it saves, in words; cut at `cap`. */
void cli_advice_what(const cli_advice *advice, char *text, size_t cap);
void cli_advice_gain(const cli_advice *advice, char *text, size_t cap);

#endif
