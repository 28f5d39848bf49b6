/* Damaged messages taken apart: every truncation and every change of one byte ends in order, and no
 * field leaves the body (dissect_rig.h checks each).
 */
#include "unit/dissect_rig.h"
#include "unit/dissect_samples.h"

static dissection d;

typedef struct visits {
    size_t messages;
    size_t fields; /* of the whole messages */
} visits;

static void whole(void *ctx, uint8_t type, hf_span body, const hf_dissect_as *as)
{
    visits *v = ctx;
    take_message(&d, type, body, as, true);
    is_whole(&d);
    v->messages++;
    v->fields += d.count;
}

static void test_whole(void **state)
{
    (void)state;
    visits v = {0, 0};
    visit_traced(whole, &v);
    assert_int_equal(v.messages, 40);
    visit_made(whole, &v);
    assert_int_equal(v.messages, 49);
    assert_in_range(v.fields, 700, 5000);
}

static void cut(void *ctx, uint8_t type, hf_span body, const hf_dissect_as *as)
{
    (void)ctx;
    for (size_t len = 0; len < body.len; len++) {
        hf_span part = exact(body.ptr, len);
        take_message(&d, type, part, as, false);
        exact_free(part);
    }
}

static void test_truncations(void **state)
{
    (void)state;
    visit_traced(cut, NULL);
    visit_made(cut, NULL);
}

/* Puts every third value in every byte; of a message with more than *ctx bytes every 37th, others
 * in each byte. */
static void change(void *ctx, uint8_t type, hf_span body, const hf_dissect_as *as)
{
    size_t step = body.len > *(const size_t *)ctx ? 37 : 3;
    hf_span copy = exact(body.ptr, body.len);
    uint8_t *bytes = (uint8_t *)copy.ptr;
    for (size_t at = 0; at < body.len; at++) {
        uint8_t right = bytes[at];
        for (size_t value = at % step; value < 256; value += step) {
            bytes[at] = (uint8_t)value;
            take_message(&d, type, copy, as, false);
        }
        bytes[at] = right;
    }
    exact_free(copy);
}

static void test_changes(void **state)
{
    (void)state;
    size_t all = 100; /* the longer ones of RFC 8448 are much alike */
    visit_traced(change, &all);
    all = 1000; /* two certificates in one message are not more than two in two */
    visit_made(change, &all);
}

/* The same bytes as a message of every type, version and kind of suite. */
static void other(void *ctx, uint8_t type, hf_span body, const hf_dissect_as *as)
{
    static const uint16_t suites[] = {0, 0x1301, 0xc02b, 0x002f, 0x009e, 0xc035, 0x008c, 0xc020};
    static const uint16_t versions[] = {0, HF_TLS12, HF_TLS13};
    (void)ctx;
    (void)type;
    (void)as;
    for (unsigned i = 0; i < 27 * 3 * 8 * 2; i++) {
        hf_dissect_as odd = {
            .version = versions[i % 3], .suite = suites[i / 3 % 8], .raw_keys = i / 24 % 2 != 0};
        take_message(&d, (uint8_t)(i / 48), body, &odd, false);
    }
}

static void test_other_types(void **state)
{
    (void)state;
    visit_traced(other, NULL);
    visit_made(other, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_truncations),
        cmocka_unit_test(test_changes),
        cmocka_unit_test(test_other_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
