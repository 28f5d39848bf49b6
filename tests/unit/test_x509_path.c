/* The forward walk: paths, their errors with depth and detail, and what it costs in memory. */
#include "unit/x509_fixtures.h"

#include "x509/der.h"

#define CHAIN(...)   .chain = {__VA_ARGS__}
#define ANCHORS(...) .anchors = {__VA_ARGS__}
#define ROOT         ANCHORS("root")

static void plain_paths(void **state)
{
    (void)state;
    walk w = walk_expect(HF_OK, 0, CHAIN("leaf", "int"), ROOT);
    assert_int_equal(w.leaf_kind, HF_KEY_P256);
    assert_int_equal(w.leaf_len, 65);
    assert_int_equal(w.spare, 4096 - 65);
    assert_int_equal(w.pending, 1);
    walk_expect(HF_OK, 0, CHAIN("leaf-root"), ROOT);
    walk_expect(HF_OK, 0, CHAIN("leaf", "int"), ROOT, .bare_anchors = true);
    walk_expect(HF_OK, 0, CHAIN("leaf", "int"), ROOT, .piece = 1);
    walk_expect(HF_OK, 0, CHAIN("leaf", "int", "root"), ROOT);
    walk_expect(HF_OK, 0, CHAIN("leaf", "int"), ANCHORS("other", "root-rsa", "root"));
    walk_expect(HF_OK, 0, CHAIN("leaf-root-v1"), ANCHORS("root-v1"));
    walk_expect(HF_OK, 0, CHAIN("leaf-root-sha1"), ANCHORS("root-sha1"));
}

static void unknown_ca(void **state)
{
    (void)state;
    walk_expect(HF_E_CERT_UNKNOWN_CA, 1, CHAIN("leaf", "int"), ANCHORS("other"));
    walk_expect(HF_E_CERT_UNKNOWN_CA, 0, CHAIN("leaf"), ROOT); /* intermediate not sent */
    walk_expect(HF_E_CERT_UNKNOWN_CA, 1, CHAIN("leaf", "int"), .anchors = {NULL});
    /* a root that is sent is never trusted (P-94), also an old one */
    walk_expect(HF_E_CERT_UNKNOWN_CA, 2, CHAIN("leaf", "int", "root"), ANCHORS("other"));
    walk_expect(HF_E_CERT_UNKNOWN_CA, 1, CHAIN("leaf-root-sha1", "root-sha1"), ANCHORS("other"));
    walk_expect(HF_E_CERT_UNKNOWN_CA, 1, CHAIN("leaf-root-v1", "root-v1"), ANCHORS("other"));
    /* right name, wrong key: not this one */
    walk w = walk_expect(HF_E_CERT_UNKNOWN_CA, 1, CHAIN("leaf", "int"), ANCHORS("root-twin"));
    assert_int_equal(w.pending, 2);
    walk_expect(HF_E_CERT_UNKNOWN_CA, 0, CHAIN("leaf-root-no-sign"), ANCHORS("root-no-sign"));
}

static void every_anchor_of_the_name(void **state)
{
    (void)state;
    walk w = walk_expect(HF_OK, 0, CHAIN("leaf", "int"), ANCHORS("root-twin", "root"));
    assert_int_equal(w.pending, 2); /* leaf by int; int by the twin; int by root */
    walk_expect(HF_OK, 0, CHAIN("leaf", "int"), ANCHORS("root", "root-twin"));
    /* a key of another kind under the name is not this one either */
    walk_expect(HF_OK, 0, CHAIN("leaf", "int"), ANCHORS("root-twin-rsa", "root"));
    walk_expect(HF_E_CERT_UNKNOWN_CA, 1, CHAIN("leaf", "int"), ANCHORS("root-twin-rsa"));
}

static bool find_everything(void *ctx, hf_span issuer, size_t index, hf_anchor *anchor)
{
    const hf_anchor_list *list = ctx;
    (void)issuer;
    if (index >= list->count) {
        return false;
    }
    *anchor = list->anchors[index];
    return true;
}

/* A source may give anchors of other names; the right key under another name is not the issuer.
 * A key that is no key, under the right name, is passed over. */
static void anchors_of_other_names(void **state)
{
    (void)state;
    hf_span root = fixture("root");
    hf_span other = fixture("other");
    hf_anchor anchors[2];
    assert_int_equal(hf_anchor_from_der(&anchors[0], root, NULL), HF_OK);
    assert_int_equal(hf_anchor_from_der(&anchors[1], other, NULL), HF_OK);
    uint8_t point[65] = {4, 1};
    hf_anchor broken[2] = {anchors[0], anchors[0]};
    broken[0].key.point.ptr = point;
    anchors[0].name = anchors[1].name;
    hf_anchor_list list = {.anchors = anchors, .count = 2};
    hf_crypto crypto;
    assert_int_equal(hf_crypto_init(&crypto, (hf_random_source){0}), HF_OK);
    const hf_path_policy policy = {
        .crypto = &crypto,
        .anchors = {.find = find_everything, .ctx = &list},
        .now = {.seconds = FIXTURES_NOW, .kind = HF_TIME_EXACT},
    };
    uint8_t memory[2048];
    uint8_t names[256];
    walk w = {CHAIN("leaf-root")};
    walk_path(&w, &policy, (hf_space){.ptr = memory, .cap = sizeof memory},
              (hf_space){.ptr = names, .cap = sizeof names});
    assert_int_equal(w.code, HF_E_CERT_UNKNOWN_CA);
    list.anchors = broken;
    walk_path(&w, &policy, (hf_space){.ptr = memory, .cap = sizeof memory},
              (hf_space){.ptr = names, .cap = sizeof names});
    assert_int_equal(w.code, HF_OK);
    hf_crypto_release(&crypto);
    fixture_free(root);
    fixture_free(other);
}

static void anchors_in_the_middle(void **state)
{
    (void)state;
    walk w = walk_expect(HF_OK, 0, CHAIN("leaf", "int"), ANCHORS("int"));
    assert_int_equal(w.pending, 0);
    /* what comes after the anchor is skipped, whatever it is */
    walk_expect(HF_OK, 0, CHAIN("leaf", "int", "other", "leaf-rsa1024"), ANCHORS("int"));
    /* cross-signed pair: either way is found, and so is the key of both as an anchor */
    walk_expect(HF_OK, 0, CHAIN("leaf", "int-cross"), ANCHORS("other"));
    walk_expect(HF_OK, 0, CHAIN("leaf", "int-cross"), ANCHORS("int"));
    walk_expect(HF_OK, 0, CHAIN("leaf", "int"), ANCHORS("int-cross"));
    walk_expect(HF_E_CERT_UNKNOWN_CA, 1, CHAIN("leaf", "int-cross"), ROOT);
}

static void leaf_is_anchor(void **state)
{
    (void)state;
    walk_expect(HF_OK, 0, CHAIN("self"), ANCHORS("self"));
    walk_expect(HF_OK, 0, CHAIN("leaf"), ANCHORS("leaf"));
    walk_expect(HF_OK, 0, CHAIN("leaf-sha1"),
                ANCHORS("leaf-sha1")); /* its signature says nothing */
    walk_expect(HF_E_CERT_PURPOSE, 0, CHAIN("leaf-clientAuth"), ANCHORS("leaf-clientAuth"));
    walk_expect(HF_E_CERT_NAME, 0, CHAIN("self"), ANCHORS("self"), .name = "other.example.com");
    /* the bare key of a certificate that is no CA issues nothing, not even itself */
    walk_expect(HF_E_CERT_UNKNOWN_CA, 0, CHAIN("self"), ANCHORS("self"), .bare_anchors = true);
    walk_expect(HF_E_CERT_UNKNOWN_CA, 0, CHAIN("leaf"), ANCHORS("leaf-root"));
}

static void order(void **state)
{
    (void)state;
    walk_expect(HF_E_CERT_ORDER, 1, CHAIN("leaf4", "int3", "int4", "int2", "int"), ROOT);
    walk_expect(HF_E_CERT_ORDER, 1, CHAIN("leaf", "leaf", "int"), ROOT);
    walk_expect(HF_E_CERT_ORDER, 1, CHAIN("leaf", "other"), ROOT);
    walk_expect(HF_E_CERT_ORDER, 2, CHAIN("leaf", "int", "int"), ANCHORS("other"));
}

static void wrong_signature(void **state)
{
    (void)state;
    walk_expect(HF_E_CERT_SIGNATURE, 0, CHAIN("leaf", "int-twin"), ROOT);
    walk_expect(HF_E_CERT_SIGNATURE, 1, CHAIN("leaf", "int", "root-twin"), ANCHORS("other"));
}

static void names_compare_folded(void **state)
{
    (void)state;
    walk_expect(HF_OK, 0, CHAIN("leaf-spelled", "int-spelled"), ROOT);
    walk_expect(HF_OK, 0, CHAIN("leaf", "int-spelled"), ROOT);
    walk_expect(HF_OK, 0, CHAIN("leaf-spelled"), ANCHORS("int"));
}

static void algorithms(void **state)
{
    (void)state;
    walk_expect(HF_OK, 0, CHAIN("leaf-p384", "int-p384"), ANCHORS("root-p384"));
    walk w = walk_expect(HF_OK, 0, CHAIN("leaf-rsa", "int-rsa"), ANCHORS("root-rsa"));
    assert_int_equal(w.leaf_kind, HF_KEY_RSA);
    assert_int_equal(w.leaf_len, 256 + 3);
    walk_expect(HF_OK, 0, CHAIN("leaf-rsa512", "int-rsa"), ANCHORS("root-rsa"));
    walk_expect(HF_OK, 0, CHAIN("leaf-pss", "int-pss"), ANCHORS("root-rsa"));
    walk_expect(HF_E_CERT_WEAK_SIGNATURE, 0, CHAIN("leaf-pss-salt", "int-pss"),
                ANCHORS("root-rsa"));
    walk_expect(HF_E_CERT_WEAK_SIGNATURE, 0, CHAIN("leaf-sha1", "int"), ROOT);
    walk_expect(HF_E_CERT_WEAK_SIGNATURE, 1, CHAIN("leaf-int-sha1", "int-sha1"), ROOT);
    walk_expect(HF_OK, 0, CHAIN("leaf-int-sha1"), ANCHORS("int-sha1"));
    walk_expect(HF_E_CERT_WEAK_KEY, 0, CHAIN("leaf-rsa1024", "int"), ROOT);
    walk_expect(HF_E_CERT_WEAK_KEY, 0, CHAIN("leaf-p521", "int"), ROOT);
    walk_expect(HF_E_CERT_WEAK_SIGNATURE, 0, CHAIN("leaf-rsa8192"), ROOT);
}

static void dates(void **state)
{
    (void)state;
    const int64_t first = 1798761600; /* 2027-01-01T00:00:00Z */
    const int64_t last = 1830297599;  /* 2027-12-31T23:59:59Z */
#define AT(t)       .now = {.seconds = (t), .kind = HF_TIME_EXACT}
#define AT_LEAST(t) .now = {.seconds = (t), .kind = HF_TIME_AT_LEAST}
    walk_expect(HF_E_CERT_NOT_YET_VALID, 0, CHAIN("leaf-dates", "int"), ROOT, AT(first - 1));
    walk_expect(HF_OK, 0, CHAIN("leaf-dates", "int"), ROOT, AT(first));
    walk_expect(HF_OK, 0, CHAIN("leaf-dates", "int"), ROOT, AT(last));
    walk_expect(HF_E_CERT_EXPIRED, 0, CHAIN("leaf-dates", "int"), ROOT, AT(last + 1));
    walk_expect(HF_OK, 0, CHAIN("leaf-dates", "int"), ROOT, AT_LEAST(first - 1));
    walk_expect(HF_OK, 0, CHAIN("leaf-dates", "int"), ROOT, AT_LEAST(0));
    walk_expect(HF_OK, 0, CHAIN("leaf-dates", "int"), ROOT, AT_LEAST(last));
    walk_expect(HF_E_CERT_EXPIRED, 0, CHAIN("leaf-dates", "int"), ROOT, AT_LEAST(last + 1));
    walk_expect(HF_E_NO_CLOCK, 0, CHAIN("leaf-dates", "int"), ROOT, .no_clock = true);
    /* a clock from before this software existed */
    walk_expect(HF_E_CLOCK_IMPLAUSIBLE, 0, CHAIN("leaf", "int"), ROOT, AT(0));
    walk_expect(HF_E_CLOCK_IMPLAUSIBLE, 0, CHAIN("leaf", "int"), ROOT, AT(1767225599));
    walk_expect(HF_OK, 0, CHAIN("leaf", "int"), ROOT, AT(1767225600));
    walk_expect(HF_E_CLOCK_IMPLAUSIBLE, 0, CHAIN("leaf-dates", "int"), ROOT, AT(1767225599));
    walk_expect(HF_E_CERT_NOT_YET_VALID, 0, CHAIN("leaf-dates", "int"), ROOT, AT(1767225600));
    walk_expect(HF_OK, 0, CHAIN("leaf-never", "int"), ROOT, AT(2524607999));
    /* the intermediate's dates, at its depth; the leaf stays the first to be named */
    walk_expect(HF_E_CERT_EXPIRED, 1, CHAIN("leaf-int-dates", "int-dates"), ROOT);
    walk_expect(HF_OK, 0, CHAIN("leaf-int-dates", "int-dates"), ROOT, AT(1806537600));
    walk_expect(HF_E_CERT_EXPIRED, 1, CHAIN("leaf-int-dates", "int-dates"), ROOT, AT(1806537601));
    walk_expect(HF_E_CERT_NOT_YET_VALID, 1, CHAIN("leaf-int-dates", "int-dates"), ROOT, AT(first));
    walk_expect(HF_E_CERT_EXPIRED, 0, CHAIN("leaf-dates", "int"), ANCHORS("other"), AT(last + 1));
    /* an anchor's own dates are not looked at */
    walk_expect(HF_OK, 0, CHAIN("leaf-int-dates"), ANCHORS("int-dates"), AT(last));
}

static void usages_and_purposes(void **state)
{
    (void)state;
    const hf_role_purpose server = HF_FOR_SERVER_AUTH;
    const hf_role_purpose client = HF_FOR_CLIENT_AUTH;
    const struct {
        const char *leaf;
        hf_code as_server;
        hf_code as_client;
    } matrix[] = {
        {"leaf", HF_OK, HF_OK},
        {"leaf-encipher", HF_E_CERT_KEY_USAGE, HF_E_CERT_KEY_USAGE},
        {"leaf-serverAuth", HF_OK, HF_E_CERT_PURPOSE},
        {"leaf-clientAuth", HF_E_CERT_PURPOSE, HF_OK},
        {"leaf-both", HF_OK, HF_OK},
        {"leaf-codeSigning", HF_E_CERT_PURPOSE, HF_E_CERT_PURPOSE},
        {"leaf-anyExtendedKeyUsage", HF_OK, HF_OK},
        {"leaf-ca", HF_OK, HF_OK},
    };
    for (size_t i = 0; i < sizeof matrix / sizeof matrix[0]; i++) {
        walk_expect(matrix[i].as_server, 0, CHAIN(matrix[i].leaf, "int"), ROOT, .purpose = server);
        walk_expect(matrix[i].as_client, 0, CHAIN(matrix[i].leaf, "int"), ROOT, .purpose = client);
    }
    walk_expect(HF_OK, 0, CHAIN("leaf-int-client", "int-client"), ROOT, .purpose = client);
    walk_expect(HF_E_CERT_PURPOSE, 1, CHAIN("leaf-int-client", "int-client"), ROOT);
}

static void issuers(void **state)
{
    (void)state;
    walk_expect(HF_E_CERT_NOT_CA, 1, CHAIN("leaf-int-not-ca", "int-not-ca"), ROOT);
    walk_expect(HF_E_CERT_NOT_CA, 1, CHAIN("leaf-int-no-sign", "int-no-sign"), ROOT);
    walk_expect(HF_OK, 0, CHAIN("leaf-pl0", "int-pl0"), ROOT);
    walk_expect(HF_E_CERT_PATH_LENGTH, 2, CHAIN("leaf-under-pl0", "int-under-pl0", "int-pl0"),
                ROOT);
    /* self-issued ones do not count (RFC 5280 4.2.1.9) */
    walk_expect(HF_OK, 0, CHAIN("leaf-rollover", "int-rollover", "int-pl0"), ROOT);
    /* an anchor given as a certificate keeps its length; its key alone has none */
    walk_expect(HF_E_CERT_PATH_LENGTH, 2, CHAIN("leaf-root-pl0", "int-root-pl0"),
                ANCHORS("root-pl0"));
    walk_expect(HF_OK, 0, CHAIN("leaf-short"), ANCHORS("root-pl0"));
}

static void depth_limit(void **state)
{
    (void)state;
    walk_expect(HF_OK, 0, CHAIN("leaf4", "int4", "int3", "int2", "int"), ROOT);
    walk w = walk_expect(HF_E_CERT_TOO_DEEP, 5,
                         CHAIN("leaf5", "int5", "int4", "int3", "int2", "int"), ROOT);
    assert_int_equal(w.detail, 4);
    walk_expect(HF_OK, 0, CHAIN("leaf5", "int5", "int4", "int3", "int2", "int"), ROOT,
                .max_depth = 5);
    w = walk_expect(HF_E_CERT_TOO_DEEP, 2, CHAIN("leaf4", "int4", "int3"), ROOT, .max_depth = 1);
    assert_int_equal(w.detail, 1);
    walk_expect(HF_OK, 0, CHAIN("leaf", "int", "root", "root", "root"), ROOT, .max_depth = 1);
}

static void critical_extensions(void **state)
{
    (void)state;
    walk_expect(HF_E_CERT_CRITICAL, 0, CHAIN("leaf-critical", "int"), ROOT);
    walk_expect(HF_OK, 0, CHAIN("leaf-noncritical", "int"), ROOT);
    walk_expect(HF_OK, 0, CHAIN("leaf-policies", "int"), ROOT);
    walk_expect(HF_E_CERT_CRITICAL, 1, CHAIN("leaf-int-policy", "int-policy"), ROOT);
    walk_expect(HF_E_CERT_CRITICAL, 1, CHAIN("leaf-int-inhibit", "int-inhibit"), ROOT);
}

static void reference_names(void **state)
{
    (void)state;
    walk_expect(HF_E_CERT_NAME, 0, CHAIN("leaf", "int"), ROOT, .name = "wrong.example.com");
    walk_expect(HF_E_CERT_NO_NAME, 0, CHAIN("leaf-no-san", "int"), ROOT);
    walk_expect(HF_OK, 0, CHAIN("leaf-no-san", "int"), ROOT, .no_name = true);
    walk_expect(HF_E_NAME_SYNTAX, 0, CHAIN("leaf", "int"), ROOT, .name = "no good");
    walk_expect(HF_OK, 0, CHAIN("leaf", "int"), ROOT, .name = "2001:db8::1");
}

static void pins(void **state)
{
    (void)state;
    hf_span der = fixture("leaf");
    hf_certificate leaf;
    assert_int_equal(hf_x509_parse(&leaf, der, NULL), HF_OK);
    hf_hash hash;
    uint8_t value[HF_HASH_MAX];
    hf_hash_start(&hash, HF_SHA256);
    hf_hash_add(&hash, leaf.spki.ptr, leaf.spki.len);
    hf_hash_final(&hash, value);
    fixture_free(der);
    hf_pin pin[2] = {0};
    memcpy(pin[1].sha256, value, 32);
    walk_expect(HF_OK, 0, CHAIN("leaf", "int"), ROOT, .pins = pin, .pins_count = 2);
    walk_expect(HF_E_CERT_PIN, 0, CHAIN("leaf", "int"), ROOT, .pins = pin, .pins_count = 1);
    /* in addition to the path, not instead of it */
    walk_expect(HF_E_CERT_UNKNOWN_CA, 1, CHAIN("leaf", "int"), ANCHORS("other"), .pins = pin,
                .pins_count = 2);
}

static void slot_sizes(void **state)
{
    (void)state;
    hf_span leaf = fixture("leaf");
    hf_span issuer = fixture("int");
    walk w = walk_expect(HF_E_CERT_TOO_LARGE, 0, CHAIN("leaf", "int"), ROOT, .slot = 100);
    assert_int_equal(w.detail, leaf.len);
    walk_expect(HF_E_CERT_TOO_LARGE, 0, CHAIN("leaf", "int"), ROOT, .slot = leaf.len - 1);
    w = walk_expect(HF_E_CERT_TOO_LARGE, 1, CHAIN("leaf", "int"), ROOT, .slot = leaf.len);
    assert_in_range(w.detail, issuer.len + 65 + 68, issuer.len + 65 + 72);
    walk_expect(HF_E_CERT_TOO_LARGE, 1, CHAIN("leaf", "int"), ROOT, .slot = w.detail - 1);
    walk_expect(HF_OK, 0, CHAIN("leaf", "int"), ROOT, .slot = w.detail);
    /* skipped certificates need no room */
    walk_expect(HF_OK, 0, CHAIN("leaf-root", "root-rsa"), ROOT, .slot = leaf.len);
    fixture_free(leaf);
    fixture_free(issuer);
    w = walk_expect(HF_E_CERT_TOO_LARGE, 1, CHAIN("leaf-rsa", "int-rsa"), ANCHORS("root-rsa"),
                    .slot = 900);
    walk_expect(HF_OK, 0, CHAIN("leaf-rsa", "int-rsa"), ANCHORS("root-rsa"), .slot = w.detail);
}

static void insecure(void **state)
{
    (void)state;
    walk_expect(HF_OK, 0, CHAIN("leaf-encipher", "other"), ANCHORS(NULL), .insecure = true,
                .no_clock = true, .name = "wrong");
    walk_expect(HF_E_CERT_WEAK_KEY, 0, CHAIN("leaf-p521"), ROOT, .insecure = true);
}

static void misuse(void **state)
{
    (void)state;
    uint8_t memory[1024];
    const hf_path_policy policy = {.insecure_any_certificate = true};
    hf_path path;
    hf_public_key key;
    hf_path_start(&path, &policy, (hf_space){.ptr = memory, .cap = sizeof memory}, (hf_space){0});
    assert_int_equal(hf_path_run(&path), HF_E_USAGE);
    assert_int_equal(hf_path_end(&path, &key), HF_E_USAGE);
    assert_int_equal(hf_path_certificate(&path, 10), HF_OK);
    assert_int_equal(hf_path_certificate(&path, 10), HF_E_USAGE);
    hf_path_bytes(&path, (const uint8_t *)"123", 3);
    assert_int_equal(hf_path_run(&path), HF_E_USAGE);
    assert_int_equal(hf_path_spare(&path).cap, sizeof memory - 10);
    hf_path_bytes(&path, (const uint8_t *)"45678901234567890", 17); /* more than announced */
    assert_int_equal(path.collected, 10);
    assert_int_equal(hf_path_run(&path), HF_E_CERT_SYNTAX);
    assert_int_equal(hf_path_run(&path), HF_E_USAGE);
    assert_int_equal(hf_path_certificate(&path, 10), HF_E_USAGE);
}

static void size_of_path(void **state)
{
    (void)state;
    assert_true(sizeof(hf_path) <= 256);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_paths),
        cmocka_unit_test(unknown_ca),
        cmocka_unit_test(every_anchor_of_the_name),
        cmocka_unit_test(anchors_of_other_names),
        cmocka_unit_test(anchors_in_the_middle),
        cmocka_unit_test(leaf_is_anchor),
        cmocka_unit_test(order),
        cmocka_unit_test(wrong_signature),
        cmocka_unit_test(names_compare_folded),
        cmocka_unit_test(algorithms),
        cmocka_unit_test(dates),
        cmocka_unit_test(usages_and_purposes),
        cmocka_unit_test(issuers),
        cmocka_unit_test(depth_limit),
        cmocka_unit_test(critical_extensions),
        cmocka_unit_test(reference_names),
        cmocka_unit_test(pins),
        cmocka_unit_test(slot_sizes),
        cmocka_unit_test(insecure),
        cmocka_unit_test(misuse),
        cmocka_unit_test(size_of_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
