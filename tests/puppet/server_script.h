/* A flow of the oracle played by the guest against a server engine, with something said before one
 * word of the client, or with one word left out.
 */
#ifndef HF_TESTS_SERVER_SCRIPT_H
#define HF_TESTS_SERVER_SCRIPT_H

#include "puppet/flow_oracle.h"
#include "puppet/intruder.h"
#include "puppet/past.h"

#define SCRIPT_NOWHERE SIZE_MAX

typedef struct script {
    const oracle_flow *flow;
    size_t place;           /* `act` runs before this word; flow->count: behind the last */
    void (*act)(puppet *p); /* NULL: intrude(what) */
    int what;               /* handshake type or X_... */
    size_t without;         /* this word is left out; SCRIPT_NOWHERE: none */
    bool plain;             /* and so are the keys that it would have brought */
    bool join, compatible;
    size_t at; /* words said so far */
} script;

/* The oracle's flow at `*index` or, when our server has no occasion for that one, the next. */
bool script_flow_at(size_t *index, oracle_flow *flow);

/* A rig that follows the script (which must outlive it), not started; and one that has run. */
server_rig *script_prepare(script *x, size_t piece);
server_rig *script_play(script *x, size_t piece);

/* Asserts: refused with `code` and this step, and with unexpected_message on the wire. */
void script_expect_refused(server_rig *s, hf_code code, uint8_t step, const char *name);

#endif
