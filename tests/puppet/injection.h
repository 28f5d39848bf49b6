/* Something said before one step of the server: a case is a line of a table and a small function.
 */
#ifndef HF_TESTS_INJECTION_H
#define HF_TESTS_INJECTION_H

#include "puppet/rig.h"

#pragma GCC diagnostic ignored "-Wmissing-field-initializers" /* the rest of a line is zero */

typedef struct injection {
    const char *name;
    uint16_t version;
    int step; /* M_...; what is injected comes before it, in records of its own */
    void (*act)(puppet *p);
    hf_code code; /* HF_OK: the handshake succeeds, or with `stop` waits for more */
    bool stop;    /* the server says nothing behind it */
    int arg;
    bool request, identity, join;
    size_t input, cut, pad;
    uint16_t limit;
    hf_code ended; /* not HF_OK: the transport ends, and this is what comes of it */
} injection;

/* Plays the case in large pieces (and byte by byte); returns the rig of the last one for more
 * checks; free it. */
rig *injection_play(const injection *c, size_t piece);
void injection_run(const injection *c);

#endif
