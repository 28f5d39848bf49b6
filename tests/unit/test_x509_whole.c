/* The whole walk: orders, extras, choices, and the errors of every check. */
#include "unit/whole_rig.h"

/* The n-th order of all but the first, by Lehmer code. */
static walk in_order(walk w, size_t count, unsigned n)
{
    walk out = w;
    for (size_t place = 1; place < count; place++) {
        size_t left = count - place;
        size_t take = 1 + n % left;
        n /= (unsigned)left;
        out.chain[place] = w.chain[take];
        for (size_t i = take; i + 1 < count; i++) {
            w.chain[i] = w.chain[i + 1];
        }
    }
    return out;
}

static void any_order(void **state)
{
    (void)state;
    const walk whole = {.go = whole_go, CHAIN("leaf4", "int4", "int3", "int2", "int"), ROOT};
    for (unsigned n = 0; n < 24; n++) {
        walk w = walk_expect_at(HF_OK, 0, in_order(whole, 5, n), __LINE__);
        assert_int_equal(w.signatures, 5);
        assert_int_equal(w.pending, 4);
    }
    /* with a duplicate, a stranger, a twin and the root itself in between: no more work */
    const walk extras = {
        .go = whole_go, CHAIN("leaf", "int", "other", "root", "int", "leaf"), ROOT};
    for (unsigned n = 0; n < 120; n++) {
        walk w = walk_expect_at(HF_OK, 0, in_order(extras, 6, n), __LINE__);
        assert_int_equal(w.signatures, 2);
    }
    walk w = whole_expect(HF_OK, 0, CHAIN("leaf-rsa", "root-rsa", "int-rsa"), ANCHORS("root-rsa"));
    assert_int_equal(w.leaf_kind, HF_KEY_RSA);
    assert_int_equal(w.leaf_len, 256 + 3);
}

/* The order of a refused list changes nothing either. */
static void any_order_of_bad(void **state)
{
    (void)state;
    const walk unknown = {
        .go = whole_go, CHAIN("leaf4", "int4", "int3", "int2", "int"), ANCHORS("other")};
    const walk expired = {
        .go = whole_go, CHAIN("leaf-int-dates", "int-dates", "int", "root"), ROOT};
    for (unsigned n = 0; n < 24; n++) {
        walk w = walk_expect_at(HF_E_CERT_UNKNOWN_CA, 4, in_order(unknown, 5, n), __LINE__);
        assert_int_equal(w.signatures, 0);
        w = walk_expect_at(HF_E_CERT_EXPIRED, 1, in_order(expired, 4, n % 6), __LINE__);
        assert_int_equal(w.signatures, 0);
    }
}

static void unknown_ca(void **state)
{
    (void)state;
    whole_expect(HF_E_CERT_UNKNOWN_CA, 1, CHAIN("leaf", "int"), ANCHORS("other"));
    whole_expect(HF_E_CERT_UNKNOWN_CA, 0, CHAIN("leaf"), ROOT);
    whole_expect(HF_E_CERT_UNKNOWN_CA, 1, CHAIN("leaf", "int"), .anchors = {NULL});
    whole_expect(HF_E_CERT_UNKNOWN_CA, 2, CHAIN("leaf", "int", "root"), ANCHORS("other"));
    whole_expect(HF_E_CERT_UNKNOWN_CA, 1, CHAIN("leaf-root-sha1", "root-sha1"), ANCHORS("other"));
    whole_expect(HF_E_CERT_UNKNOWN_CA, 1, CHAIN("leaf-root-v1", "root-v1"), ANCHORS("other"));
    walk w = whole_expect(HF_E_CERT_UNKNOWN_CA, 1, CHAIN("leaf", "int"), ANCHORS("root-twin"));
    assert_int_equal(w.signatures, 1); /* from the anchor down: the leaf's is not looked at */
    whole_expect(HF_E_CERT_UNKNOWN_CA, 0, CHAIN("leaf-root-no-sign"), ANCHORS("root-no-sign"));
    whole_expect(HF_OK, 0, CHAIN("leaf-root-v1"), ANCHORS("root-v1"));
}

static void anchors_of_one_name(void **state)
{
    (void)state;
    walk w = whole_expect(HF_OK, 0, CHAIN("leaf", "int"), ANCHORS("root-twin", "root"));
    assert_int_equal(w.signatures, 3);
    w = whole_expect(HF_OK, 0, CHAIN("leaf", "int"), ANCHORS("root", "root-twin"));
    assert_int_equal(w.signatures, 2);
    /* a key of another kind costs nothing */
    w = whole_expect(HF_OK, 0, CHAIN("leaf", "int"), ANCHORS("root-twin-rsa", "root"));
    assert_int_equal(w.signatures, 2);
    w = whole_expect(HF_E_CERT_UNKNOWN_CA, 1, CHAIN("leaf", "int"), ANCHORS("root-twin-rsa"));
    assert_int_equal(w.signatures, 0);
    whole_expect(HF_OK, 0, CHAIN("leaf", "int"), ROOT, .bare_anchors = true);
}

static void intermediates_as_anchors(void **state)
{
    (void)state;
    walk w = whole_expect(HF_OK, 0, CHAIN("leaf", "int"), ANCHORS("int"));
    assert_int_equal(w.signatures, 1);
    whole_expect(HF_OK, 0, CHAIN("leaf4", "int2", "int4", "int3"), ANCHORS("int2"));
    whole_expect(HF_OK, 0, CHAIN("leaf", "leaf-rsa1024", "other", "int"), ANCHORS("int"));
}

static void cross_signed(void **state)
{
    (void)state;
    whole_expect(HF_OK, 0, CHAIN("leaf", "int-cross", "int"), ROOT);
    whole_expect(HF_OK, 0, CHAIN("leaf", "int", "int-cross"), ROOT);
    whole_expect(HF_OK, 0, CHAIN("leaf", "int-cross", "int"), ANCHORS("other"));
    whole_expect(HF_OK, 0, CHAIN("leaf", "int", "int-cross"), ANCHORS("other"));
    whole_expect(HF_E_CERT_UNKNOWN_CA, 1, CHAIN("leaf", "int", "int-cross"), ANCHORS("root-rsa"));
    /* a twin that another root issued: its own signature fails, then the right one is taken */
    walk w = whole_expect(HF_OK, 0, CHAIN("leaf", "int-twin", "int"), ROOT);
    assert_int_equal(w.signatures, 3);
    /* trusted, but it did not sign the leaf */
    w = whole_expect(HF_OK, 0, CHAIN("leaf", "int-twin", "int"), ANCHORS("root-twin", "root"));
    assert_in_range(w.signatures, 4, 5);
    whole_expect(HF_E_CERT_SIGNATURE, 0, CHAIN("leaf", "int-twin"), ANCHORS("root-twin"));
    whole_expect(HF_E_CERT_UNKNOWN_CA, 1, CHAIN("leaf", "int-twin"), ROOT);
}

static void loops(void **state)
{
    (void)state;
    walk w = whole_expect(HF_E_CERT_UNKNOWN_CA, 2, CHAIN("leaf-loop", "loop-a", "loop-b"),
                          ANCHORS("loop-root"));
    assert_int_equal(w.signatures, 0);
    w = whole_expect(HF_OK, 0, CHAIN("leaf-loop", "loop-a", "loop-b", "loop-b-root"),
                     ANCHORS("loop-root"));
    assert_int_equal(w.signatures, 3);
    whole_expect(HF_OK, 0, CHAIN("leaf-loop", "loop-b-root", "loop-b", "loop-a"),
                 ANCHORS("loop-root"), .max_depth = 2);
    whole_expect(HF_OK, 0, CHAIN("leaf-loop", "loop-a", "loop-b"), ANCHORS("loop-b"));
    whole_expect(HF_E_CERT_UNKNOWN_CA, 0, CHAIN("leaf-loop", "leaf-loop"), ANCHORS("loop-root"));
}

static void leaf_is_anchor(void **state)
{
    (void)state;
    walk w = whole_expect(HF_OK, 0, CHAIN("self"), ANCHORS("self"));
    assert_int_equal(w.signatures, 0);
    whole_expect(HF_OK, 0, CHAIN("leaf", "other", "int"), ANCHORS("leaf"));
    whole_expect(HF_OK, 0, CHAIN("leaf-sha1"), ANCHORS("leaf-sha1"));
    whole_expect(HF_E_CERT_PURPOSE, 0, CHAIN("leaf-clientAuth"), ANCHORS("leaf-clientAuth"));
    whole_expect(HF_E_CERT_NAME, 0, CHAIN("self"), ANCHORS("self"), .name = "other.example.com");
    whole_expect(HF_E_CERT_UNKNOWN_CA, 0, CHAIN("self"), ANCHORS("self"), .bare_anchors = true);
    whole_expect(HF_E_CERT_UNKNOWN_CA, 0, CHAIN("leaf"), ANCHORS("leaf-root"));
}

static void leaf_checks(void **state)
{
    (void)state;
    const hf_role_purpose client = HF_FOR_CLIENT_AUTH;
    const hf_time late = {.seconds = 1830297600, .kind = HF_TIME_EXACT};
    const hf_time early = {.seconds = 1798761599, .kind = HF_TIME_EXACT};
    const hf_time at_least = {.seconds = 0, .kind = HF_TIME_AT_LEAST};
    const hf_time long_ago = {.seconds = 0, .kind = HF_TIME_EXACT};
    const hf_pin pin = {{0}};
    walk w = whole_expect(HF_E_CERT_EXPIRED, 0, CHAIN("leaf-dates", "int"), ROOT, .now = late);
    assert_int_equal(w.signatures, 0);
    whole_expect(HF_E_CERT_NOT_YET_VALID, 0, CHAIN("leaf-dates", "int"), ROOT, .now = early);
    whole_expect(HF_OK, 0, CHAIN("leaf-dates", "int"), ROOT, .now = at_least);
    whole_expect(HF_E_CLOCK_IMPLAUSIBLE, 0, CHAIN("leaf", "int"), ROOT, .now = long_ago);
    whole_expect(HF_E_NO_CLOCK, 0, CHAIN("leaf", "int"), ROOT, .no_clock = true);
    whole_expect(HF_E_CERT_KEY_USAGE, 0, CHAIN("leaf-encipher", "int"), ROOT);
    whole_expect(HF_E_CERT_PURPOSE, 0, CHAIN("leaf-clientAuth", "int"), ROOT);
    whole_expect(HF_OK, 0, CHAIN("leaf-clientAuth", "int"), ROOT, .purpose = client);
    whole_expect(HF_E_CERT_PURPOSE, 0, CHAIN("leaf-serverAuth", "int"), ROOT, .purpose = client);
    whole_expect(HF_E_CERT_CRITICAL, 0, CHAIN("leaf-critical", "int"), ROOT);
    whole_expect(HF_E_CERT_WEAK_KEY, 0, CHAIN("leaf-rsa1024", "int"), ROOT);
    whole_expect(HF_E_CERT_WEAK_SIGNATURE, 0, CHAIN("leaf-sha1", "int"), ROOT);
    whole_expect(HF_E_CERT_WEAK_SIGNATURE, 0, CHAIN("leaf-rsa8192"), ROOT);
    whole_expect(HF_E_CERT_NAME, 0, CHAIN("leaf", "int"), ROOT, .name = "wrong.example.com");
    whole_expect(HF_E_CERT_NO_NAME, 0, CHAIN("leaf-no-san", "int"), ROOT);
    whole_expect(HF_OK, 0, CHAIN("leaf-no-san", "int"), ROOT, .no_name = true);
    whole_expect(HF_E_NAME_SYNTAX, 0, CHAIN("leaf", "int"), ROOT, .name = "no good");
    whole_expect(HF_E_CERT_PIN, 0, CHAIN("leaf", "int"), ROOT, .pins = &pin, .pins_count = 1);
    whole_expect(HF_E_CERT_SYNTAX, 0, CHAIN("leaf-nc-in-leaf", "int"), ROOT);
}

static void issuer_checks(void **state)
{
    (void)state;
    const hf_time early = {.seconds = 1798761600, .kind = HF_TIME_EXACT};
    const hf_role_purpose client = HF_FOR_CLIENT_AUTH;
    whole_expect(HF_E_CERT_EXPIRED, 1, CHAIN("leaf-int-dates", "int-dates"), ROOT);
    whole_expect(HF_E_CERT_NOT_YET_VALID, 1, CHAIN("leaf-int-dates", "int-dates"), ROOT,
                 .now = early);
    whole_expect(HF_OK, 0, CHAIN("leaf-int-dates"), ANCHORS("int-dates"));
    whole_expect(HF_E_CERT_NOT_CA, 1, CHAIN("leaf-int-not-ca", "int-not-ca"), ROOT);
    whole_expect(HF_E_CERT_NOT_CA, 1, CHAIN("leaf-int-no-sign", "int-no-sign"), ROOT);
    whole_expect(HF_E_CERT_PURPOSE, 1, CHAIN("leaf-int-client", "int-client"), ROOT);
    whole_expect(HF_OK, 0, CHAIN("leaf-int-client", "int-client"), ROOT, .purpose = client);
    whole_expect(HF_E_CERT_CRITICAL, 1, CHAIN("leaf-int-policy", "int-policy"), ROOT);
    whole_expect(HF_E_CERT_WEAK_SIGNATURE, 1, CHAIN("leaf-int-sha1", "int-sha1"), ROOT);
    whole_expect(HF_OK, 0, CHAIN("leaf-int-sha1", "int-sha1"), ANCHORS("int-sha1"));
    whole_expect(HF_E_CERT_WEAK_SIGNATURE, 0, CHAIN("leaf-pss-salt", "int-pss"),
                 ANCHORS("root-rsa"));
    whole_expect(HF_OK, 0, CHAIN("leaf-pss", "int-pss"), ANCHORS("root-rsa"));
    whole_expect(HF_OK, 0, CHAIN("leaf-p384", "int-p384"), ANCHORS("root-p384"));
    whole_expect(HF_OK, 0, CHAIN("leaf-pl0", "int-pl0"), ROOT);
    walk w = whole_expect(HF_E_CERT_PATH_LENGTH, 2,
                          CHAIN("leaf-under-pl0", "int-pl0", "int-under-pl0"), ROOT);
    assert_int_equal(w.signatures, 0);
    whole_expect(HF_OK, 0, CHAIN("leaf-rollover", "int-pl0", "int-rollover"), ROOT);
    whole_expect(HF_E_CERT_PATH_LENGTH, 2, CHAIN("leaf-root-pl0", "int-root-pl0"),
                 ANCHORS("root-pl0"));
    /* a cause that is known says more than a way that merely ends */
    whole_expect(HF_E_CERT_EXPIRED, 1, CHAIN("leaf-int-dates", "root", "int-dates", "other"),
                 ANCHORS("other"));
}

static void name_constraints(void **state)
{
    (void)state;
#define NC(code, depth, leaf)                                                                      \
    whole_expect(code, depth, CHAIN(leaf, "int-nc"), ROOT, .no_name = true)
    NC(HF_OK, 0, "leaf-nc-good");
    NC(HF_E_CERT_NAME_CONSTRAINTS, 0, "leaf-nc-dns");
    NC(HF_E_CERT_NAME_CONSTRAINTS, 0, "leaf-nc-ip");
    NC(HF_E_CERT_NAME_CONSTRAINTS, 0, "leaf-nc-email");
    NC(HF_E_CERT_NAME_CONSTRAINTS, 0, "leaf-nc-dir");
    NC(HF_E_CERT_NAME_CONSTRAINTS, 0, "leaf-nc-self-issued");
    whole_expect(HF_OK, 0, CHAIN("leaf-int-root-nc", "int-root-nc"), ANCHORS("root-nc"));
    whole_expect(HF_E_CERT_NAME_CONSTRAINTS, 0, CHAIN("leaf-int-root-nc-out", "int-root-nc"),
                 ANCHORS("root-nc"));
    whole_expect(HF_E_CERT_NAME_CONSTRAINTS, 1, CHAIN("leaf-middle", "int-root-nc-out"),
                 ANCHORS("root-nc"));
    /* another anchor of the name and key is not so narrow */
    whole_expect(HF_OK, 0, CHAIN("leaf-root-nc-out"), ANCHORS("root-nc", "root-nc-wide"));
    whole_expect(HF_OK, 0, CHAIN("leaf-int-root-nc-out", "int-root-nc"), ANCHORS("root-nc"),
                 .bare_anchors = true);
    /* memory for the names of one certificate is needed, and only when there are constraints */
    walk w = whole_expect(HF_E_CERT_NAMES_AREA, 1, CHAIN("leaf-nc-good", "int-nc"), ROOT,
                          .no_name = true, .no_names = true);
    assert_in_range(w.detail, 40, 200);
    whole_expect(HF_E_CERT_NAMES_AREA, 1, CHAIN("leaf-nc-good", "int-nc"), ROOT, .no_name = true,
                 .names = w.detail - 1);
    whole_expect(HF_OK, 0, CHAIN("leaf-nc-good", "int-nc"), ROOT, .no_name = true,
                 .names = w.detail);
    whole_expect(HF_OK, 0, CHAIN("leaf", "int"), ROOT, .no_names = true);
}

static void unreadable(void **state)
{
    (void)state;
    hf_span list[3] = {fixture("leaf"), fixture("other"), fixture("int")};
    hf_span root = fixture("root");
    hf_anchor anchor;
    hf_crypto crypto;
    assert_int_equal(hf_anchor_from_der(&anchor, root, NULL), HF_OK);
    assert_int_equal(hf_crypto_init(&crypto, (hf_random_source){0}), HF_OK);
    hf_anchor_list anchors = {.anchors = &anchor, .count = 1};
    hf_path_policy policy = {
        .crypto = &crypto,
        .anchors = {.find = hf_anchor_list_find, .ctx = &anchors},
        .now = {.seconds = FIXTURES_NOW, .kind = HF_TIME_EXACT},
    };
    walk w = {0};
    ((uint8_t *)list[1].ptr)[0] = 0x31; /* an extra one: passed over */
    whole_run(&w, &policy, list, 3, (hf_space){0});
    assert_int_equal(w.code, HF_OK);
    whole_run(&w, &policy, list, 0, (hf_space){0});
    assert_int_equal(w.code, HF_E_USAGE);
    fixture_free(list[1]);
    list[1] = list[2];
    ((uint8_t *)list[1].ptr)[0] = 0x31; /* the intermediate: named, with its place in the list */
    whole_run(&w, &policy, list, 2, (hf_space){0});
    assert_int_equal(w.code, HF_E_CERT_SYNTAX);
    assert_int_equal(w.depth, 1);
    policy.insecure_any_certificate = true;
    whole_run(&w, &policy, list, 2, (hf_space){0});
    assert_int_equal(w.code, HF_OK);
    ((uint8_t *)list[0].ptr)[0] = 0x31;
    whole_run(&w, &policy, list, 2, (hf_space){0});
    assert_int_equal(w.code, HF_E_CERT_SYNTAX);
    hf_crypto_release(&crypto);
    fixture_free(root);
    fixture_free(list[0]);
    fixture_free(list[2]);
}

static void insecure(void **state)
{
    (void)state;
    whole_expect(HF_OK, 0, CHAIN("leaf-encipher", "other"), ANCHORS(NULL), .insecure = true,
                 .no_clock = true, .name = "wrong");
    whole_expect(HF_E_CERT_WEAK_KEY, 0, CHAIN("leaf-p521"), ROOT, .insecure = true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_order),
        cmocka_unit_test(any_order_of_bad),
        cmocka_unit_test(unknown_ca),
        cmocka_unit_test(anchors_of_one_name),
        cmocka_unit_test(intermediates_as_anchors),
        cmocka_unit_test(cross_signed),
        cmocka_unit_test(loops),
        cmocka_unit_test(leaf_is_anchor),
        cmocka_unit_test(leaf_checks),
        cmocka_unit_test(issuer_checks),
        cmocka_unit_test(name_constraints),
        cmocka_unit_test(unreadable),
        cmocka_unit_test(insecure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
