/* What the whole walk may cost: depth, signatures, certificates, steps of the search, memory. */
#include "unit/whole_rig.h"

static void depth_limit(void **state)
{
    (void)state;
    whole_expect(HF_OK, 0, CHAIN("leaf4", "int2", "int4", "int3", "int"), ROOT);
    walk w = whole_expect(HF_E_CERT_TOO_DEEP, 5,
                          CHAIN("leaf5", "int", "int2", "int3", "int4", "int5"), ROOT);
    assert_int_equal(w.detail, 4);
    assert_int_equal(w.signatures, 0);
    w = whole_expect(HF_OK, 0, CHAIN("leaf5", "int", "int2", "int3", "int4", "int5"), ROOT,
                     .max_depth = 5);
    assert_int_equal(w.signatures, 6);
    w = whole_expect(HF_E_CERT_TOO_DEEP, 2, CHAIN("leaf4", "int4", "int3"), ROOT, .max_depth = 1);
    assert_int_equal(w.detail, 1);
}

static void signature_limit(void **state)
{
    (void)state;
#define POOL(...) CHAIN("leaf-pool", __VA_ARGS__), ANCHORS("pool-root")
    walk w = whole_expect(HF_OK, 0, POOL("pool-2", "pool-3", "pool-1", "pool-4"));
    assert_int_equal(w.signatures, 6);
    w = whole_expect(HF_E_CERT_TOO_COSTLY, 1, POOL("pool-2", "pool-3", "pool-4", "pool-1"));
    assert_int_equal(w.signatures, 6);
    assert_int_equal(w.detail, 6);
    w = whole_expect(HF_E_CERT_TOO_COSTLY, 0, POOL("pool-2", "pool-3", "pool-4", "pool-1"),
                     .max_signatures = 7);
    assert_int_equal(w.signatures, 7);
    w = whole_expect(HF_OK, 0, POOL("pool-2", "pool-3", "pool-4", "pool-1"), .max_signatures = 8);
    assert_int_equal(w.signatures, 8);
    /* all refused: the limit is not reached, so the reason is another */
    w = whole_expect(HF_E_CERT_SIGNATURE, 0, POOL("pool-2", "pool-3", "pool-4"));
    assert_int_equal(w.signatures, 6);
    w = whole_expect(HF_E_CERT_TOO_COSTLY, 0, CHAIN("leaf", "int"), ROOT, .max_signatures = 1);
    assert_int_equal(w.signatures, 1);
    whole_expect(HF_OK, 0, CHAIN("leaf", "int"), ROOT, .max_signatures = 2);
}

/* Links that are met again on another path, verified or refused, cost nothing the second time. */
static void nothing_twice(void **state)
{
    (void)state;
#define ABOVE  "pool-root-cross", "loop-b-root"
#define LOOPED ANCHORS("loop-root"), .max_signatures = 20
    walk w = whole_expect(HF_OK, 0, CHAIN("leaf-pool", "pool-1", ABOVE), LOOPED);
    assert_int_equal(w.signatures, 4);
    w = whole_expect(HF_OK, 0, CHAIN("leaf-pool", "pool-2", "pool-1", ABOVE), LOOPED);
    assert_int_equal(w.signatures, 6);
    w = whole_expect(HF_OK, 0, CHAIN("leaf-pool", "pool-2", "pool-1", "loop-b-other", ABOVE),
                     LOOPED);
    assert_int_equal(w.signatures, 8);
    /* nor is an anchor that did not sign it asked again */
    w = whole_expect(HF_E_CERT_UNKNOWN_CA, 2,
                     CHAIN("leaf-pool", "pool-2", "pool-1", "pool-root-cross"),
                     ANCHORS("loop-b-other"));
    assert_int_equal(w.signatures, 1);
}

static void certificate_limit(void **state)
{
    (void)state;
#define NINE "other", "root", "root-rsa", "root-p384", "root-v1", "self", "loop-a", "loop-b"
    whole_expect(HF_OK, 0, CHAIN("leaf", NINE, "int"), ROOT); /* the tenth */
    whole_expect(HF_E_CERT_UNKNOWN_CA, 0, CHAIN("leaf", NINE, "pool-1", "int"), ROOT);
    whole_expect(HF_OK, 0, CHAIN("leaf", NINE, "pool-1", "int"), ROOT, .max_certificates = 11);
    whole_expect(HF_E_CERT_UNKNOWN_CA, 0, CHAIN("leaf", "other", "int"), ROOT,
                 .max_certificates = 2);
    whole_expect(HF_OK, 0, CHAIN("leaf", "int", "other"), ROOT, .max_certificates = 2);
}

#define COPIES 20

/* A leaf and `count` certificates of one name that name each other as issuer, and no anchor. */
static walk crowd(size_t count, uint8_t most)
{
    hf_span list[1 + COPIES] = {fixture("leaf-root")};
    for (size_t i = 1; i <= count; i++) {
        list[i] = fixture("root-twin");
        ((uint8_t *)list[i].ptr)[list[i].len - 1] = (uint8_t)i; /* in the signature */
    }
    hf_anchor_list none = {0};
    const hf_path_policy policy = {
        .anchors = {.find = hf_anchor_list_find, .ctx = &none},
        .now = {.seconds = FIXTURES_NOW, .kind = HF_TIME_EXACT},
        .max_certificates = most,
    };
    walk w = {0};
    whole_run(&w, &policy, list, 1 + count, (hf_space){0});
    for (size_t i = 0; i <= count; i++) {
        fixture_free(list[i]);
    }
    return w;
}

static void search_limit(void **state)
{
    (void)state;
    walk w = crowd(3, 0);
    assert_int_equal(w.code, HF_E_CERT_UNKNOWN_CA);
    assert_int_equal(w.depth, 3);
    w = crowd(5, 0);
    assert_int_equal(w.code, HF_E_CERT_TOO_DEEP);
    assert_int_equal(w.depth, 5);
    w = crowd(9, 0);
    assert_int_equal(w.code, HF_E_CERT_TOO_COSTLY);
    assert_int_equal(w.detail, 0);
    w = crowd(COPIES, 255); /* never more than fit */
    assert_int_equal(w.code, HF_E_CERT_TOO_COSTLY);
}

#define ANCHORS_OF_NAME 20

/* The right one is the last of many anchors of one name. Each try counts, and more of them than
 * are remembered are tried all the same. */
static void many_anchors(void **state)
{
    (void)state;
    hf_span leaf = fixture("leaf-root");
    hf_span twin = fixture("root-twin");
    hf_span root = fixture("root");
    hf_anchor anchors[ANCHORS_OF_NAME];
    hf_crypto crypto;
    assert_int_equal(hf_crypto_init(&crypto, (hf_random_source){0}), HF_OK);
    for (size_t i = 0; i < ANCHORS_OF_NAME; i++) {
        hf_span der = i + 1 < ANCHORS_OF_NAME ? twin : root;
        assert_int_equal(hf_anchor_from_der(&anchors[i], der, NULL), HF_OK);
    }
    hf_anchor_list list = {.anchors = anchors, .count = ANCHORS_OF_NAME};
    hf_path_policy policy = {
        .crypto = &crypto,
        .anchors = {.find = hf_anchor_list_find, .ctx = &list},
        .now = {.seconds = FIXTURES_NOW, .kind = HF_TIME_EXACT},
    };
    walk w = {0};
    whole_run(&w, &policy, &leaf, 1, (hf_space){0});
    assert_int_equal(w.code, HF_E_CERT_TOO_COSTLY);
    assert_int_equal(w.signatures, 6);
    policy.max_signatures = ANCHORS_OF_NAME - 1;
    whole_run(&w, &policy, &leaf, 1, (hf_space){0});
    assert_int_equal(w.code, HF_E_CERT_TOO_COSTLY);
    assert_int_equal(w.detail, ANCHORS_OF_NAME - 1);
    policy.max_signatures = ANCHORS_OF_NAME;
    whole_run(&w, &policy, &leaf, 1, (hf_space){0});
    assert_int_equal(w.code, HF_OK);
    list.count--;
    whole_run(&w, &policy, &leaf, 1, (hf_space){0});
    assert_int_equal(w.code, HF_E_CERT_UNKNOWN_CA);
    assert_int_equal(w.signatures, ANCHORS_OF_NAME - 1);
    hf_crypto_release(&crypto);
    fixture_free(leaf);
    fixture_free(twin);
    fixture_free(root);
}

static void size_of_whole(void **state)
{
    (void)state;
    assert_true(sizeof(hf_whole) <= 1024);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(depth_limit),       cmocka_unit_test(signature_limit),
        cmocka_unit_test(certificate_limit), cmocka_unit_test(search_limit),
        cmocka_unit_test(many_anchors),      cmocka_unit_test(nothing_twice),
        cmocka_unit_test(size_of_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
