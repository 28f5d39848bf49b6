/* A remembered path in both walks: only signatures are ever left out, and only those that were
 * verified before over the very same bytes. Each walk is done once more without a memory: the
 * verdict must be the same.
 */
#include "unit/remembered_rig.h"

static void go(walk *w, const hf_path_policy *policy, hf_space slot, hf_space names)
{
    const hf_path_policy with = with_memory(policy);
    unsigned before = verified;
    (whole_walk ? whole_go : walk_path)(w, &with, slot, names);
    w->signatures = verified - before;
}

typedef struct change {
    const char *name;
    walk first, then;
    hf_code code; /* of the forward walk */
    uint8_t depth;
    unsigned forward, whole; /* signatures verified the second time */
    unsigned links;          /* and known */
} change;

#define AT(t) .now = {.seconds = (t), .kind = HF_TIME_EXACT}
#define PLAIN                                                                                      \
    {                                                                                              \
        CHAIN("leaf", "int"), ROOT                                                                 \
    }
#define IN_2027  INT64_C(1798761600)
#define END_2027 INT64_C(1830297599)
#define MARCH    INT64_C(1803859200)
#define APRIL    INT64_C(1806537600)

static const hf_pin NO_PIN = {{1}};

static const change CHANGES[] = {
    {"nothing", PLAIN, PLAIN, HF_OK, 0, 0, 0, 2},
    {"nothing, RSA",
     {CHAIN("leaf-rsa", "int-rsa"), ANCHORS("root-rsa")},
     {CHAIN("leaf-rsa", "int-rsa"), ANCHORS("root-rsa")},
     HF_OK,
     0,
     0,
     0,
     2},
    {"nothing, no intermediate",
     {CHAIN("leaf-root"), ROOT},
     {CHAIN("leaf-root"), ROOT},
     HF_OK,
     0,
     0,
     0,
     1},
    {"nothing, five certificates",
     {CHAIN("leaf4", "int4", "int3", "int2", "int"), ROOT},
     {CHAIN("leaf4", "int4", "int3", "int2", "int"), ROOT},
     HF_OK,
     0,
     2,
     2,
     3},
    {"nothing, the leaf is an anchor",
     {CHAIN("self"), ANCHORS("self")},
     {CHAIN("self"), ANCHORS("self")},
     HF_OK,
     0,
     0,
     0,
     0},
    {"the root is sent too", PLAIN, {CHAIN("leaf", "int", "root"), ROOT}, HF_OK, 0, 0, 0, 2},
    {"another leaf", PLAIN, {CHAIN("leaf-both", "int"), ROOT}, HF_OK, 0, 1, 1, 1},
    {"another leaf, forged by a twin",
     {CHAIN("leaf", "int-spelled"), ROOT},
     {CHAIN("leaf", "int-twin"), ROOT},
     HF_E_CERT_SIGNATURE,
     0,
     1,
     1,
     0},
    {"another issuer of the same key",
     PLAIN,
     {CHAIN("leaf", "int-spelled"), ROOT},
     HF_OK,
     0,
     2,
     2,
     0},
    {"another issuer of the same name",
     PLAIN,
     {CHAIN("leaf", "int-twin"), ROOT},
     HF_E_CERT_SIGNATURE,
     0,
     1,
     1,
     0},
    {"a cross-signed issuer",
     PLAIN,
     {CHAIN("leaf", "int-cross"), ANCHORS("root", "other")},
     HF_OK,
     0,
     2,
     2,
     0},
    {"a cross-signed issuer without its anchor",
     PLAIN,
     {CHAIN("leaf", "int-cross"), ROOT},
     HF_E_CERT_UNKNOWN_CA,
     1,
     1,
     0,
     0},
    {"the cross-signed one beside it",
     {CHAIN("leaf", "int-cross", "int"), ANCHORS("other", "root")},
     {CHAIN("leaf", "int-cross", "int"), ANCHORS("other", "root")},
     HF_OK,
     0,
     0,
     0,
     2},
    {"no anchor",
     PLAIN,
     {CHAIN("leaf", "int"), .anchors = {NULL}},
     HF_E_CERT_UNKNOWN_CA,
     1,
     0,
     0,
     0},
    {"another anchor",
     PLAIN,
     {CHAIN("leaf", "int"), ANCHORS("other")},
     HF_E_CERT_UNKNOWN_CA,
     1,
     0,
     0,
     0},
    {"an anchor of the same name",
     PLAIN,
     {CHAIN("leaf", "int"), ANCHORS("root-twin")},
     HF_E_CERT_UNKNOWN_CA,
     1,
     1,
     1,
     0},
    {"an anchor of the same name before it",
     PLAIN,
     {CHAIN("leaf", "int"), ANCHORS("root-twin", "root")},
     HF_OK,
     0,
     0,
     1,
     2},
    {"an anchor of the same key",
     PLAIN,
     {CHAIN("leaf", "int"), ROOT, .bare_anchors = true},
     HF_OK,
     0,
     1,
     1,
     1},
    {"an anchor of the same key that constrains names",
     {CHAIN("leaf-root-nc-out"), ANCHORS("root-nc-wide")},
     {CHAIN("leaf-root-nc-out"), ANCHORS("root-nc")},
     HF_E_CERT_NAME_CONSTRAINTS,
     0,
     1,
     1,
     0},
    {"another leaf that the same anchor's constraints forbid",
     {CHAIN("leaf-int-root-nc", "int-root-nc"), ANCHORS("root-nc")},
     {CHAIN("leaf-int-root-nc-out", "int-root-nc"), ANCHORS("root-nc")},
     HF_E_CERT_NAME_CONSTRAINTS,
     0,
     2,
     0,
     0},
    {"the intermediate is an anchor",
     PLAIN,
     {CHAIN("leaf", "int"), ANCHORS("int")},
     HF_OK,
     0,
     1,
     1,
     0},
    {"the leaf has ended",
     {CHAIN("leaf-dates", "int"), ROOT},
     {CHAIN("leaf-dates", "int"), ROOT, AT(END_2027 + 1)},
     HF_E_CERT_EXPIRED,
     0,
     0,
     0,
     0},
    {"the leaf ends",
     {CHAIN("leaf-dates", "int"), ROOT},
     {CHAIN("leaf-dates", "int"), ROOT, AT(END_2027)},
     HF_OK,
     0,
     0,
     0,
     2},
    {"the clock went back",
     {CHAIN("leaf-dates", "int"), ROOT},
     {CHAIN("leaf-dates", "int"), ROOT, AT(IN_2027 - 1)},
     HF_E_CERT_NOT_YET_VALID,
     0,
     0,
     0,
     0},
    {"the intermediate has ended",
     {CHAIN("leaf-int-dates", "int-dates"), ROOT, AT(MARCH)},
     {CHAIN("leaf-int-dates", "int-dates"), ROOT, AT(APRIL + 1)},
     HF_E_CERT_EXPIRED,
     1,
     0,
     0,
     0},
    {"the intermediate ends",
     {CHAIN("leaf-int-dates", "int-dates"), ROOT, AT(MARCH)},
     {CHAIN("leaf-int-dates", "int-dates"), ROOT, AT(APRIL)},
     HF_OK,
     0,
     0,
     0,
     2},
    {"no clock", PLAIN, {CHAIN("leaf", "int"), ROOT, .no_clock = true}, HF_E_NO_CLOCK, 0, 0, 0, 0},
    {"another name",
     PLAIN,
     {CHAIN("leaf", "int"), ROOT, .name = "other.example.com"},
     HF_E_CERT_NAME,
     0,
     0,
     0,
     0},
    {"another name that it has",
     PLAIN,
     {CHAIN("leaf", "int"), ROOT, .name = "192.0.2.1"},
     HF_OK,
     0,
     0,
     0,
     2},
    {"a pin",
     PLAIN,
     {CHAIN("leaf", "int"), ROOT, .pins = &NO_PIN, .pins_count = 1},
     HF_E_CERT_PIN,
     0,
     0,
     0,
     0},
    {"another purpose",
     {CHAIN("leaf-serverAuth", "int"), ROOT},
     {CHAIN("leaf-serverAuth", "int"), ROOT, .purpose = HF_FOR_CLIENT_AUTH},
     HF_E_CERT_PURPOSE,
     0,
     0,
     0,
     0},
    {"a lower depth",
     {CHAIN("leaf4", "int4", "int3", "int2", "int"), ROOT},
     {CHAIN("leaf4", "int4", "int3", "int2", "int"), ROOT, .max_depth = 3},
     HF_E_CERT_TOO_DEEP,
     4,
     0,
     0,
     0},
    {"the intermediate alone",
     PLAIN,
     {CHAIN("int"), ROOT, .no_name = true},
     HF_E_CERT_KEY_USAGE,
     0,
     0,
     0,
     0},
    {"the intermediate left out", PLAIN, {CHAIN("leaf"), ROOT}, HF_E_CERT_UNKNOWN_CA, 0, 0, 0, 0},
    {"the intermediate as leaf",
     PLAIN,
     {CHAIN("int", "leaf"), ROOT},
     HF_E_CERT_KEY_USAGE,
     0,
     0,
     0,
     0},
    {"the leaf twice", PLAIN, {CHAIN("leaf", "leaf", "int"), ROOT}, HF_E_CERT_ORDER, 1, 0, 0, 0},
    {"the intermediate twice", PLAIN, {CHAIN("leaf", "int", "int"), ROOT}, HF_OK, 0, 0, 0, 2},
    {"a stranger between them",
     PLAIN,
     {CHAIN("leaf", "other", "int"), ROOT},
     HF_E_CERT_ORDER,
     1,
     0,
     0,
     0},
    {"one more intermediate",
     PLAIN,
     {CHAIN("leaf4", "int4", "int3", "int2", "int"), ROOT},
     HF_OK,
     0,
     5,
     5,
     0},
};

static void expect_change(const change *c)
{
    walk first = c->first;
    walk with = c->then;
    first.go = with.go = go;
    remembering = true;
    memset(&kept, 0, sizeof kept);
    walk_expect_at(HF_OK, 0, first, __LINE__);
    kept = seen;
    walk without = with;
    walk_run(&with);
    const hf_path_policy policy = {.seen = &seen, .remembered = &kept, .remembered_holds = true};
    unsigned links = with.code == HF_OK && kept.count > 0 ? hf_remembered_links(&policy) : c->links;
    remembering = false;
    walk_run(&without);
    if (with.code != without.code || with.depth != without.depth || with.detail != without.detail) {
        fail_msg("%s: %s at %u, without a memory %s at %u", c->name, hf_error_name(with.code),
                 with.depth, hf_error_name(without.code), without.depth);
    }
    if (!whole_walk && (with.code != c->code || (c->code != HF_OK && with.depth != c->depth))) {
        fail_msg("%s: %s at %u, expected %s at %u", c->name, hf_error_name(with.code), with.depth,
                 hf_error_name(c->code), c->depth);
    }
    unsigned expected = whole_walk ? c->whole : c->forward;
    bool count = !whole_walk || c->code == HF_OK || with.code != HF_OK;
    if (count && (with.signatures != expected || links != c->links)) {
        fail_msg("%s: %u signatures verified, %u known, expected %u and %u%s", c->name,
                 with.signatures, links, expected, c->links, whole_walk ? ", whole" : "");
    }
}

static void test_changes(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * COUNT(CHANGES); i++) {
        whole_walk = i % 2 == 1;
        expect_change(&CHANGES[i / 2]);
    }
}

/* A memory of another policy, and none at all, are no memory; the path is noted all the same. */
static void test_not_of_this_policy(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        whole_walk = i == 1;
        remembering = true;
        memset(&kept, 0, sizeof kept);
        const walk w = {CHAIN("leaf", "int"), ROOT, .go = go};
        walk first = walk_expect_at(HF_OK, 0, w, __LINE__);
        assert_int_equal(first.signatures, 2);
        assert_int_equal(seen.count, 2);
        hf_remembered before = seen;
        kept = seen;
        kept.count = 0; /* remembered_holds is false */
        walk second = walk_expect_at(HF_OK, 0, w, __LINE__);
        assert_int_equal(second.signatures, 2);
        assert_memory_equal(&seen, &before, sizeof seen);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_changes),
        cmocka_unit_test(test_not_of_this_policy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
