/* Name constraints: what lies within a subtree, along a path, and the memory they need. */
#include "unit/x509_fixtures.h"

#include "x509/constraints.h"
#include "x509/der.h"

#define CHAIN(...)   .chain = {__VA_ARGS__}
#define ANCHORS(...) .anchors = {__VA_ARGS__}

/* One constraint on one name, both of a kind, by hand. */
static hf_code check(bool permitted, hf_general_kind kind, hf_span base, hf_span name)
{
    uint8_t constraints[128] = {permitted ? HF_DER_EXPLICIT(0) : HF_DER_EXPLICIT(1),
                                (uint8_t)(base.len + 4),
                                HF_DER_SEQUENCE,
                                (uint8_t)(base.len + 2),
                                (uint8_t)((kind == HF_NAME_DIRECTORY ? 0xa0 : 0x80) | kind),
                                (uint8_t)base.len};
    memcpy(constraints + 6, base.ptr, base.len);
    uint8_t record[128] = {(uint8_t)kind, 3, 0, 0, (uint8_t)name.len};
    memcpy(record + 5, name.ptr, name.len);
    uint8_t depth = 0;
    hf_code code = hf_constraints_check((hf_span){.ptr = constraints, .len = base.len + 6},
                                        (hf_span){.ptr = record, .len = name.len + 5}, &depth);
    assert_int_equal(depth, code == HF_OK ? 0 : 3);
    return code;
}

static hf_span text(const char *t)
{
    return (hf_span){.ptr = (const uint8_t *)t, .len = strlen(t)};
}

static void subtrees_of_text(void **state)
{
    (void)state;
    const struct {
        hf_general_kind kind;
        const char *base;
        const char *name;
        bool permitted; /* passes when the base is permitted */
        bool excluded;  /* passes when the base is excluded */
    } cases[] = {
        {HF_NAME_DNS, "example.com", "example.com", true, false},
        {HF_NAME_DNS, "example.com", "a.b.EXAMPLE.com", true, false},
        {HF_NAME_DNS, "example.com", "anexample.com", false, true},
        {HF_NAME_DNS, "example.com", "example.com.org", false, true},
        {HF_NAME_DNS, "example.com", "com", false, true},
        {HF_NAME_DNS, ".example.com", "a.example.com", true, false},
        {HF_NAME_DNS, ".example.com", "example.com", false, true},
        {HF_NAME_DNS, "", "anything.test", true, false},
        {HF_NAME_DNS, "example.com", "*.example.com", true, false},
        {HF_NAME_DNS, "a.example.com", "*.example.com", false, false},
        {HF_NAME_DNS, "b.a.example.com", "*.example.com", false, true},
        {HF_NAME_DNS, "example.com", "example.com.", false, false}, /* no valid form */
        {HF_NAME_DNS, "example.com", "a..example.com", false, false},
        {HF_NAME_EMAIL, "example.com", "a@example.com", true, false},
        {HF_NAME_EMAIL, "example.com", "a@b.example.com", false, true},
        {HF_NAME_EMAIL, ".example.com", "a@b.example.com", true, false},
        {HF_NAME_EMAIL, ".example.com", "a@example.com", false, true},
        {HF_NAME_EMAIL, "a@example.com", "a@EXAMPLE.com", true, false},
        {HF_NAME_EMAIL, "a@example.com", "A@example.com", false, true},
        {HF_NAME_EMAIL, "a@example.com", "b@example.com", false, true},
        {HF_NAME_EMAIL, "example.com", "example.com", false, false}, /* no mailbox */
        {HF_NAME_EMAIL, "example.com", "@example.com", false, false},
        {HF_NAME_URI, "example.com", "", false, false}, /* not understood */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        hf_code in = check(true, cases[i].kind, text(cases[i].base), text(cases[i].name));
        hf_code out = check(false, cases[i].kind, text(cases[i].base), text(cases[i].name));
        if ((in == HF_OK) != cases[i].permitted || (out == HF_OK) != cases[i].excluded) {
            fail_msg("%s in %s: %d %d", cases[i].name, cases[i].base, in, out);
        }
    }
}

static void subtrees_of_addresses(void **state)
{
    (void)state;
    static const uint8_t net[] = {192, 0, 2, 128, 255, 255, 255, 128};
    static const uint8_t all[] = {0, 0, 0, 0, 0, 0, 0, 0};
    static const uint8_t inside[] = {192, 0, 2, 129};
    static const uint8_t outside[] = {192, 0, 2, 127};
    static const uint8_t other[16] = {192, 0, 2, 129};
#define SPAN(a) ((hf_span){.ptr = (a), .len = sizeof(a)})
    const hf_general_kind ip = HF_NAME_ADDRESS;
    assert_int_equal(check(true, ip, SPAN(net), SPAN(inside)), HF_OK);
    assert_int_equal(check(false, ip, SPAN(net), SPAN(inside)), HF_E_CERT_NAME_CONSTRAINTS);
    assert_int_equal(check(true, ip, SPAN(net), SPAN(outside)), HF_E_CERT_NAME_CONSTRAINTS);
    assert_int_equal(check(false, ip, SPAN(net), SPAN(outside)), HF_OK);
    assert_int_equal(check(true, ip, SPAN(all), SPAN(outside)), HF_OK);
    assert_int_equal(check(true, ip, SPAN(all), SPAN(other)), HF_E_CERT_NAME_CONSTRAINTS);
    assert_int_equal(check(false, ip, SPAN(all), SPAN(other)), HF_OK);
}

/* A stranger's certificate may not buy any amount of comparisons. */
static void work_is_bounded(void **state)
{
    (void)state;
    enum { COUNT = 600 };
    static uint8_t constraints[4 + COUNT * 5];
    static uint8_t records[COUNT * 6];
    for (size_t i = 0; i < COUNT; i++) {
        const uint8_t subtree[] = {HF_DER_SEQUENCE, 3, 0x82, 1, 'b'};
        const uint8_t record[] = {HF_NAME_DNS, 7, 0, 0, 1, 'a'};
        memcpy(constraints + 4 + 5 * i, subtree, 5);
        memcpy(records + 6 * i, record, 6);
    }
    const size_t len = COUNT * 5;
    const uint8_t head[] = {HF_DER_EXPLICIT(1), 0x82, (uint8_t)(len >> 8), (uint8_t)len};
    memcpy(constraints, head, 4);
    uint8_t depth = 0;
    const hf_span all = {.ptr = constraints, .len = sizeof constraints};
    assert_int_equal(hf_constraints_check(all, (hf_span){.ptr = records, .len = 300 * 6}, &depth),
                     HF_OK);
    assert_int_equal(hf_constraints_check(all, SPAN(records), &depth), HF_E_CERT_NAME_CONSTRAINTS);
}

static void constraints_of_an_intermediate(void **state)
{
    (void)state;
    const struct {
        const char *leaf;
        hf_code code;
    } cases[] = {
        {"leaf-nc-good", HF_OK},
        {"leaf-nc-dns", HF_E_CERT_NAME_CONSTRAINTS},
        {"leaf-nc-dns-suffix", HF_E_CERT_NAME_CONSTRAINTS},
        {"leaf-nc-dns-excluded", HF_E_CERT_NAME_CONSTRAINTS},
        {"leaf-nc-dns-wildcard", HF_E_CERT_NAME_CONSTRAINTS}, /* could stand for bad.example.com */
        {"leaf-nc-ip", HF_E_CERT_NAME_CONSTRAINTS},
        {"leaf-nc-ip6", HF_E_CERT_NAME_CONSTRAINTS},
        {"leaf-nc-email", HF_E_CERT_NAME_CONSTRAINTS},
        {"leaf-nc-email-excluded", HF_E_CERT_NAME_CONSTRAINTS},
        {"leaf-nc-dir", HF_E_CERT_NAME_CONSTRAINTS},
        {"leaf-nc-dir-san", HF_E_CERT_NAME_CONSTRAINTS},
        {"leaf-nc-subject-email", HF_E_CERT_NAME_CONSTRAINTS},
        {"leaf-nc-uri", HF_OK}, /* not constrained there */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        walk_expect(cases[i].code, 0, CHAIN(cases[i].leaf, "int-nc"), ANCHORS("root"),
                    .no_name = true);
        /* and the same CA as an anchor keeps its constraints, given as a certificate */
        walk_expect(cases[i].code, 0, CHAIN(cases[i].leaf), ANCHORS("int-nc"), .no_name = true);
    }
    /* a self-issued leaf is bound all the same (RFC 5280 6.1.3 b) */
    walk_expect(HF_E_CERT_NAME_CONSTRAINTS, 0, CHAIN("leaf-nc-self-issued", "int-nc"),
                ANCHORS("root"), .no_name = true);
    /* kinds that are not understood: refused only when both stand */
    walk_expect(HF_E_CERT_NAME_CONSTRAINTS, 0, CHAIN("leaf-nc-uri-present", "int-nc-uri"),
                ANCHORS("root"));
    walk_expect(HF_OK, 0, CHAIN("leaf-nc-uri-absent", "int-nc-uri"), ANCHORS("root"));
    walk_expect(HF_E_CERT_SYNTAX, 0, CHAIN("leaf-nc-in-leaf", "int"), ANCHORS("root"));
}

static void constraints_at_the_top(void **state)
{
    (void)state;
    walk_expect(HF_OK, 0, CHAIN("leaf-root-nc"), ANCHORS("root-nc"));
    walk_expect(HF_E_CERT_NAME_CONSTRAINTS, 0, CHAIN("leaf-root-nc-out"), ANCHORS("root-nc"));
    walk_expect(HF_OK, 0, CHAIN("leaf-int-root-nc", "int-root-nc"), ANCHORS("root-nc"));
    walk_expect(HF_E_CERT_NAME_CONSTRAINTS, 0, CHAIN("leaf-int-root-nc-out", "int-root-nc"),
                ANCHORS("root-nc"));
    /* violation in the middle, found from above */
    walk_expect(HF_E_CERT_NAME_CONSTRAINTS, 1, CHAIN("leaf-middle", "int-root-nc-out"),
                ANCHORS("root-nc"));
    /* the intermediate itself as the anchor is not bound by what stands above it */
    walk_expect(HF_OK, 0, CHAIN("leaf-middle"), ANCHORS("int-root-nc-out"));
    /* name and key alone carry no constraints */
    walk_expect(HF_OK, 0, CHAIN("leaf-root-nc-out"), ANCHORS("root-nc"), .bare_anchors = true);
    /* another anchor of the name without constraints will do */
    walk_expect(HF_OK, 0, CHAIN("leaf-root-nc-out"), ANCHORS("root-nc", "root-nc-wide"));
    walk_expect(HF_E_CERT_NAME_CONSTRAINTS, 0, CHAIN("leaf-root-nc-out", "other"),
                ANCHORS("root-nc"));
}

static void names_area_sizes(void **state)
{
    (void)state;
    walk w = walk_expect(HF_E_CERT_NAMES_AREA, 1, CHAIN("leaf-nc-good", "int-nc"), ANCHORS("root"),
                         .no_names = true);
    assert_in_range(w.detail, 60, 200);
    walk_expect(HF_OK, 0, CHAIN("leaf-nc-good", "int-nc"), ANCHORS("root"), .names = w.detail);
    walk_expect(HF_E_CERT_NAMES_AREA, 1, CHAIN("leaf-nc-good", "int-nc"), ANCHORS("root"),
                .names = w.detail - 1);
    /* an anchor that constrains: depth is the anchor's */
    w = walk_expect(HF_E_CERT_NAMES_AREA, 2, CHAIN("leaf-int-root-nc", "int-root-nc"),
                    ANCHORS("root-nc"), .names = 10);
    walk_expect(HF_OK, 0, CHAIN("leaf-int-root-nc", "int-root-nc"), ANCHORS("root-nc"),
                .names = w.detail);
    walk_expect(HF_E_CERT_NAMES_AREA, 2, CHAIN("leaf-int-root-nc", "int-root-nc"),
                ANCHORS("root-nc"), .names = w.detail - 1);
    /* what an anchor lacked stays the reason when the way ends elsewhere */
    walk again =
        walk_expect(HF_E_CERT_NAMES_AREA, 2, CHAIN("leaf-int-root-nc", "int-root-nc", "root-nc"),
                    ANCHORS("root-nc"), .names = 10, .max_depth = 1);
    assert_int_equal(again.detail, w.detail);
    /* without constraints nobody needs the area */
    walk_expect(HF_OK, 0, CHAIN("leaf", "int"), ANCHORS("root"), .no_names = true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(subtrees_of_text),       cmocka_unit_test(subtrees_of_addresses),
        cmocka_unit_test(work_is_bounded),        cmocka_unit_test(constraints_of_an_intermediate),
        cmocka_unit_test(constraints_at_the_top), cmocka_unit_test(names_area_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
