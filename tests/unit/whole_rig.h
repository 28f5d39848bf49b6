/* The whole walk over a list of fixtures, with the signatures counted that are really verified:
 * link with --wrap=hf_crypto_verify.
 */
#ifndef HF_TESTS_WHOLE_RIG_H
#define HF_TESTS_WHOLE_RIG_H

#include "unit/verify_counter.h"
#include "unit/x509_fixtures.h"

#include "x509/whole.h"

#define CHAIN(...)   .chain = {__VA_ARGS__}
#define ANCHORS(...) .anchors = {__VA_ARGS__}
#define ROOT         ANCHORS("root")

/* Runs to the end: one verification a call at most, each counted. */
static inline void whole_run(walk *w, const hf_path_policy *policy, const hf_span *list,
                             size_t count, hf_space names)
{
    hf_whole whole;
    hf_public_key leaf;
    unsigned before = verified;
    hf_whole_start(&whole, policy, list, count, names);
    assert_int_equal(hf_whole_end(&whole, &leaf), HF_E_USAGE);
    do {
        unsigned start = verified;
        w->code = hf_whole_run(&whole);
        assert_in_range(verified - start, w->code == HF_PENDING ? 1 : 0, 1);
        w->pending += w->code == HF_PENDING ? 1 : 0;
    } while (w->code == HF_PENDING);
    w->signatures = verified - before;
    assert_int_equal(whole.signatures, w->signatures);
    w->depth = whole.depth;
    w->detail = whole.detail;
    w->offset = whole.offset;
    if (w->code == HF_OK) {
        assert_int_equal(hf_whole_run(&whole), HF_OK);
        assert_int_equal(hf_whole_end(&whole, &leaf), HF_OK);
        w->leaf_kind = leaf.kind;
        w->leaf_len = leaf.point.len + leaf.exponent.len;
    } else {
        assert_int_equal(hf_whole_run(&whole), HF_E_USAGE);
        assert_int_equal(hf_whole_end(&whole, &leaf), HF_E_USAGE);
    }
}

static inline void whole_go(walk *w, const hf_path_policy *policy, hf_space slot, hf_space names)
{
    hf_span list[WALK_CHAIN];
    size_t count = 0;
    (void)slot;
    for (; count < WALK_CHAIN && w->chain[count] != NULL; count++) {
        list[count] = fixture(w->chain[count]);
    }
    whole_run(w, policy, list, count, names);
    for (size_t i = 0; i < count; i++) {
        fixture_free(list[i]);
    }
}

#define whole_expect(code, depth, ...)                                                             \
    walk_expect_at(code, depth, (walk){.go = whole_go, __VA_ARGS__}, __LINE__)

#endif
