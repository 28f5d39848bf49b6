/* MQTT strings: UTF-8, topic names and filters, matching. */
#include "mqtt/packet.h"
#include "unit/cmocka_all.h"

#include <string.h>

#define T       hf_mqtt_text
#define P(text) text, sizeof(text) - 1

static void utf8_follows_rfc_3629(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        bool good;
    } cases[] = {
        {P(""), true},
        {P("\x01\x7f"), true},
        {P("\x00"), false},
        {P("\xc2\x80\xdf\xbf"), true},
        {P("\xc1\xbf"), false},
        {P("\x80"), false},
        {P("\xe0\xa0\x80\xef\xbf\xbf"), true},
        {P("\xe0\x9f\xbf"), false},
        {P("\xed\x9f\xbf"), true},
        {P("\xed\xa0\x80"), false},
        {P("\xed\xbf\xbf"), false},
        {P("\xee\x80\x80"), true},
        {P("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"), true},
        {P("\xf0\x8f\xbf\xbf"), false},
        {P("\xf4\x90\x80\x80"), false},
        {P("\xf5\x80\x80\x80"), false},
        {P("\xe2\x82"), false},
        {P("\xe2\x28\xa1"), false},
        {P("\xef\xbb\xbfx"), true}, /* U+FEFF is a character like others (1.5.3-3) */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        hf_span text = {.ptr = (const uint8_t *)cases[i].bytes, .len = cases[i].len};
        assert_int_equal(hf_mqtt_utf8_valid(text), cases[i].good);
    }
}

static void topics_have_their_wildcards_in_place(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool name, filter;
    } cases[] = {
        {"", false, false},       {"/", true, true},          {"a b", true, true},
        {"a//b", true, true},     {"#", false, true},         {"a/#", false, true},
        {"a#", false, false},     {"a/#/b", false, false},    {"##", false, false},
        {"+", false, true},       {"+/a/+", false, true},     {"a+", false, false},
        {"+a", false, false},     {"/+", false, true},        {"+/#", false, true},
        {"$SYS/x", true, true},   {"$share/g/x", true, true}, {"#/", false, false},
        {"a/b+/c", false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(hf_mqtt_topic_name_valid(T(cases[i].text)), cases[i].name);
        assert_int_equal(hf_mqtt_topic_filter_valid(T(cases[i].text)), cases[i].filter);
    }
    static uint8_t big[65536];
    memset(big, 'x', sizeof big);
    assert_true(hf_mqtt_topic_name_valid((hf_span){.ptr = big, .len = 65535}));
    assert_false(hf_mqtt_topic_name_valid((hf_span){.ptr = big, .len = 65536}));
    assert_false(hf_mqtt_topic_filter_valid((hf_span){.ptr = big, .len = 65536}));
}

static void filters_match_as_the_standard_says(void **state)
{
    (void)state;
    static const struct {
        const char *filter, *name;
        bool matches;
    } cases[] = {
        {"a/b", "a/b", true},       {"a/b", "a/B", false},    {"a/b", "a/b/c", false},
        {"a/b", "a", false},        {"a/b/#", "a/b", true},   {"a/b/#", "a/b/", true},
        {"a/b/#", "a/b/c/d", true}, {"a/b/#", "a/bc", false}, {"a/b/#", "a", false},
        {"#", "a/b", true},         {"#", "/", true},         {"+", "a", true},
        {"+", "a/b", false},        {"+", "/a", false},       {"+/+", "/a", true},
        {"/+", "/a", true},         {"+/b", "a/b", true},     {"a/+", "a", false},
        {"a/+", "a/", true},        {"a/+/c", "a/b/c", true}, {"a/+/c", "a//c", true},
        {"a/+/c", "a/b/d", false},  {"a/+/#", "a/b", true},   {"a/+/#", "a", false},
        {"+/#", "a", true},         {"#", "$SYS/x", false},   {"+/x", "$SYS/x", false},
        {"$SYS/#", "$SYS/x", true}, {"$SYS/#", "$SYS", true}, {"$SYS/+", "$SYS/x", true},
        {"a/#", "a/$x", true},      {"a", "a/", false},       {"a/", "a", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool got = hf_mqtt_topic_matches(T(cases[i].filter), T(cases[i].name));
        if (got != cases[i].matches) {
            print_error("%s %s\n", cases[i].filter, cases[i].name);
        }
        assert_int_equal(got, cases[i].matches);
    }
    assert_false(hf_mqtt_topic_matches(T(""), T("a")));
    assert_false(hf_mqtt_topic_matches(T("#"), T("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_follows_rfc_3629),
        cmocka_unit_test(topics_have_their_wildcards_in_place),
        cmocka_unit_test(filters_match_as_the_standard_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
