/* A walk with a memory of its own: what is kept, what the last walk has noted; and which of the two
 * walks it is. Link with --wrap=hf_crypto_verify.
 */
#ifndef HF_TESTS_REMEMBERED_RIG_H
#define HF_TESTS_REMEMBERED_RIG_H

#include "unit/whole_rig.h"

#include "x509/remember.h"

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static hf_remembered kept, seen;
static bool remembering, whole_walk;

static inline hf_path_policy with_memory(const hf_path_policy *policy)
{
    hf_path_policy with = *policy;
    memset(&seen, 0, sizeof seen);
    if (remembering) {
        with.seen = &seen;
        with.remembered = &kept;
        with.remembered_holds = kept.count > 0;
    }
    return with;
}

#endif
