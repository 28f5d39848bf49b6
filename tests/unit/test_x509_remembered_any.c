/* A remembered path, and anything at all presented to it: no verdict is another one than without a
 * memory, in either walk.
 */
#include "unit/remembered_rig.h"

#define LISTED 8
#define CASES  2000

typedef struct verdict {
    hf_code code;
    uint8_t depth;
    uint32_t offset;
    unsigned signatures;
} verdict;

static uint32_t random_state = 20270615;

static unsigned below(unsigned limit)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 8) % limit;
}

static verdict judge(const hf_path_policy *policy, const hf_span *list, size_t count)
{
    static uint8_t slot[4096], names[1024];
    walk w = {.code = HF_OK};
    unsigned before = verified;
    const hf_path_policy with = with_memory(policy);
    if (whole_walk) {
        whole_run(&w, &with, list, count, (hf_space){names, sizeof names});
        return (verdict){w.code, w.depth, w.offset, verified - before};
    }
    hf_path path;
    hf_public_key leaf;
    hf_path_start(&path, &with, (hf_space){slot, sizeof slot}, (hf_space){names, sizeof names});
    for (size_t i = 0; i < count && w.code == HF_OK; i++) {
        w.code = walk_certificate(&path, &w, list[i]);
    }
    w.code = w.code == HF_OK ? hf_path_end(&path, &leaf) : w.code;
    return (verdict){w.code, path.depth, path.offset, verified - before};
}

/* One change to the list: bits, length, order, repetition, another certificate, omission. */
static size_t mutate(hf_span *list, size_t count, uint8_t bytes[LISTED][4096], const hf_span *pool,
                     size_t pool_count)
{
    size_t at = below((unsigned)count);
    hf_span swap = list[at];
    unsigned bit = below(8);
    switch (below(8)) {
    case 0:
    case 1:
    case 2:
        memmove(bytes[at], swap.ptr, swap.len);
        bytes[at][below((unsigned)swap.len)] ^= (uint8_t)(1u << bit);
        list[at].ptr = bytes[at];
        return count;
    case 3: /* somewhere in the signature */
        memmove(bytes[at], swap.ptr, swap.len);
        bytes[at][swap.len - 1 - below(40)] ^= (uint8_t)(1u << bit);
        list[at].ptr = bytes[at];
        return count;
    case 4:
        list[at] = list[below((unsigned)count)];
        return count;
    case 5:
        list[at] = list[count - 1];
        list[count - 1] = swap;
        return count;
    case 6:
        list[at] = pool[below((unsigned)pool_count)];
        return count;
    default:
        list[at].len -= below(3) == 0 ? 1 : 0;
        return count > 1 && below(2) == 0 ? count - 1 : count;
    }
}

static const char *const POOL[] = {
    "leaf",  "int",       "leaf-both", "int-cross", "int-twin",     "int-spelled", "root",
    "other", "leaf-root", "int2",      "root-twin", "leaf-nc-good", "int-nc",      "leaf4",
    "int4",  "int3",      "leaf-rsa",  "int-rsa",   "leaf-ca",      "int-pl0"};
static const char *const STARTS[][LISTED] = {
    {"leaf", "int"},
    {"leaf", "int", "root"},
    {"leaf4", "int4", "int3", "int2", "int"},
    {"leaf-nc-good", "int-nc"},
    {"leaf-rsa", "int-rsa"},
    {"leaf", "int-cross", "int"},
};

static size_t start_of(size_t which, const hf_span *pool, hf_span *list)
{
    size_t count = 0;
    for (; count < LISTED && STARTS[which][count] != NULL; count++) {
        for (size_t i = 0; i < COUNT(POOL); i++) {
            if (strcmp(POOL[i], STARTS[which][count]) == 0) {
                list[count] = pool[i];
            }
        }
    }
    return count;
}

static unsigned play_mutations(const hf_path_policy *policy, const hf_span *pool, unsigned saved)
{
    static uint8_t bytes[LISTED][4096];
    hf_span list[LISTED];
    for (unsigned i = 0; i < CASES; i++) {
        size_t count = start_of(below(COUNT(STARTS)), pool, list);
        if (i % 8 == 0) {
            remembering = true;
            memset(&kept, 0, sizeof kept);
            assert_int_equal(judge(policy, list, count).code, HF_OK);
            kept = seen;
        }
        for (unsigned n = below(3); n > 0; n--) {
            count = mutate(list, count, bytes, pool, COUNT(POOL));
        }
        remembering = true;
        verdict with = judge(policy, list, count);
        remembering = false;
        verdict without = judge(policy, list, count);
        if (with.code != without.code || with.depth != without.depth ||
            with.offset != without.offset) {
            fail_msg("case %u%s: %s at %u, without a memory %s at %u", i,
                     whole_walk ? ", whole" : "", hf_error_name(with.code), with.depth,
                     hf_error_name(without.code), without.depth);
        }
        assert_true(with.signatures <= without.signatures);
        saved += without.signatures - with.signatures;
    }
    return saved;
}

static void test_mutations(void **state)
{
    (void)state;
    hf_span pool[COUNT(POOL)];
    hf_anchor anchors[3];
    static const char *const TRUSTED[] = {"root", "root-rsa", "other"};
    hf_span ders[3];
    for (size_t i = 0; i < COUNT(POOL); i++) {
        pool[i] = fixture(POOL[i]);
    }
    for (size_t i = 0; i < 3; i++) {
        ders[i] = fixture(TRUSTED[i]);
        assert_int_equal(hf_anchor_from_der(&anchors[i], ders[i], NULL), HF_OK);
    }
    hf_anchor_list trusted = {anchors, 3};
    hf_crypto crypto;
    assert_int_equal(hf_crypto_init(&crypto, (hf_random_source){0}), HF_OK);
    const hf_path_policy policy = {
        .crypto = &crypto,
        .anchors = {hf_anchor_list_find, &trusted},
        .now = {FIXTURES_NOW, HF_TIME_EXACT},
        .name = "device.example.com",
    };
    for (unsigned i = 0; i < 2; i++) {
        whole_walk = i == 1;
        assert_true(play_mutations(&policy, pool, 0) > CASES / 8); /* else it tests nothing */
    }
    hf_crypto_release(&crypto);
    for (size_t i = 0; i < COUNT(POOL); i++) {
        fixture_free(pool[i]);
    }
    for (size_t i = 0; i < 3; i++) {
        fixture_free(ders[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mutations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
