/* The name of the server as it is given, sent (server_name) and refused. */
#include "unit/client_rig.h"

#define HF_SNI 0 /* the extension's number */

static void assert_sni(const char *name, const char *indication, const char *expected)
{
    client c;
    char hex[600] = "";
    client_init(&c);
    c.name = name;
    c.config.server_name_indication = indication;
    c.config.insecure_skip_name_check = name == NULL;
    client_begin(&c);
    if (expected != NULL) {
        size_t len = strlen(expected);
        (void)snprintf(hex, sizeof hex, "%04zx00%04zx", len + 3, len);
        to_hex((const uint8_t *)expected, len, hex + 10, sizeof hex - 10);
    }
    assert_part(&c.hello, HF_SNI, expected == NULL ? NULL : hex);
    client_end(&c);
}

/* P-39: never an address; RFC 6066 3: no trailing dot. */
static void test_server_name(void **state)
{
    char longest[254];
    (void)state;
    for (size_t i = 0; i < sizeof longest - 1; i++) {
        longest[i] = i % 50 == 49 ? '.' : 'a';
    }
    longest[sizeof longest - 1] = 0;
    assert_sni("a.example", NULL, "a.example");
    assert_sni("a.example.", NULL, "a.example");
    assert_sni("localhost", NULL, "localhost");
    assert_sni("xn--bcher-kva.example", NULL, "xn--bcher-kva.example");
    assert_sni(longest, NULL, longest);
    assert_sni("192.0.2.1", NULL, NULL);
    assert_sni("255.255.255.255", NULL, NULL);
    assert_sni("2001:db8::1", NULL, NULL);
    assert_sni("[2001:db8::1]", NULL, NULL);
    assert_sni("[fe80::1%eth0]", NULL, NULL);
    assert_sni("::ffff:192.0.2.1", NULL, NULL);
    assert_sni(NULL, NULL, NULL);
    assert_sni("192.0.2.1", "a.example", "a.example");
    assert_sni("a.example", "b.example.", "b.example");
    assert_sni("a.example", "192.0.2.1", NULL);
    assert_sni(NULL, "b.example", "b.example");
}

static void assert_bad_name(const char *name, const char *indication)
{
    client c;
    client_init(&c);
    c.name = name;
    c.config.server_name_indication = indication;
    assert_int_equal(hf_config_build(&c.config), HF_OK);
    assert_string_equal(hf_error_name(client_start(&c)), "HF_E_NAME_SYNTAX");
    client_drain(&c);
    assert_int_equal(c.wire_len, 0);
    assert_int_equal(hf_tls_error(&c.tls)->stage, HF_STAGE_SETUP);
    assert_int_equal(hf_tls_error(&c.tls)->alert_by, HF_ALERT_NONE);
    client_end(&c);
}

static void test_bad_names(void **state)
{
    char label[66];
    char name[256];
    (void)state;
    memset(label, 'a', sizeof label);
    label[64] = 0;
    for (size_t i = 0; i < sizeof name - 1; i++) {
        name[i] = i % 2 == 1 ? '.' : 'a';
    }
    name[254] = 0; /* 254 letters, the last a dot less: over 253 */
    name[253] = 'b';
    assert_bad_name("", NULL);
    assert_bad_name(".", NULL);
    assert_bad_name("a..example", NULL);
    assert_bad_name(".example", NULL);
    assert_bad_name("a example", NULL);
    assert_bad_name("b\xc3\xbc"
                    "cher.example",
                    NULL);
    assert_bad_name("a.example:8883", NULL);
    assert_bad_name("https://a.example", NULL);
    assert_bad_name("*.example", NULL);
    assert_bad_name("[2001:db8::1", NULL);
    assert_bad_name("2001:db8:::1", NULL);
    assert_bad_name("256.0.0.1", NULL);
    assert_bad_name(label, NULL);
    assert_bad_name(name, NULL);
    assert_bad_name("a.example", "b..example");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_server_name),
        cmocka_unit_test(test_bad_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
