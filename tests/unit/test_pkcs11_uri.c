/* pkcs11: URIs (RFC 7512): what is taken, and every refusal with its reason. */
#include "pkcs11_uri.h"
#include "unit/cmocka_all.h"

#include <stdio.h>
#include <string.h>

static pkcs11_uri uri;
static char why[PKCS11_URI_WHY];

static void refused(const char *text, const char *reason)
{
    assert_false(pkcs11_uri_parse(text, &uri, why));
    if (strstr(why, reason) == NULL) {
        fail_msg("%s: \"%s\" lacks \"%s\"", text, why, reason);
    }
}

static void all_attributes_are_read(void **state)
{
    (void)state;
    assert_true(pkcs11_uri_parse("pkcs11:token=My%20token;manufacturer=M;model=X1;serial=00%31;"
                                 "object=a%3bb;id=%01%00%ff;type=private;slot-id=42"
                                 "?module-path=/usr/lib/m.so&module-name=m&pin-source=file:/p"
                                 "&x-vendor=1",
                                 &uri, why));
    assert_string_equal(uri.token, "My token");
    assert_string_equal(uri.manufacturer, "M");
    assert_string_equal(uri.model, "X1");
    assert_string_equal(uri.serial, "001");
    assert_string_equal(uri.object, "a;b");
    assert_int_equal(uri.id_len, 3);
    assert_memory_equal(uri.id, "\x01\x00\xff", 3);
    assert_string_equal(uri.type, "private");
    assert_string_equal(uri.slot, "42");
    assert_string_equal(uri.module_path, "/usr/lib/m.so");
    assert_string_equal(uri.module_name, "m");
    assert_string_equal(uri.pin_source, "file:/p");
    assert_string_equal(uri.pin_value, "");
}

static void little_is_enough(void **state)
{
    (void)state;
    assert_true(pkcs11_uri_parse("pkcs11:", &uri, why));
    assert_true(pkcs11_uri_parse("PKCS11:token=t", &uri, why));
    assert_true(pkcs11_uri_parse("pkcs11:?pin-value=12%2634", &uri, why));
    assert_string_equal(uri.pin_value, "12&34");
    assert_true(pkcs11_uri_is("pkcs11:x"));
    assert_false(pkcs11_uri_is("pkcs11"));
    assert_false(pkcs11_uri_is("./pkcs11:key.pem"));
}

static void wrong_uris_are_refused(void **state)
{
    (void)state;
    refused("file:/x", "does not begin");
    refused("pkcs11:colour=red", "no such attribute: colour");
    refused("pkcs11:token", "NAME=VALUE");
    refused("pkcs11:=x", "NAME=VALUE");
    refused("pkcs11:;token=x", "NAME=VALUE");
    refused("pkcs11:token=", "empty");
    refused("pkcs11:token=a;token=b", "twice: token");
    refused("pkcs11:token=a%00b", "zero byte");
    refused("pkcs11:id=%", "hex digits");
    refused("pkcs11:id=%1", "hex digits");
    refused("pkcs11:id=%1g", "hex digits");
    refused("pkcs11:slot-id=1x", "not a number");
    refused("pkcs11:slot-id=9999999999999999999", "not a number");
    refused("pkcs11:?pin-value=1&pin-source=f", "exclude");
}

/* An id of one zero byte, given twice, has a first byte of zero: it still counts as given. */
static void an_id_of_zeros_is_given_once(void **state)
{
    (void)state;
    assert_true(pkcs11_uri_parse("pkcs11:id=%00", &uri, why));
    assert_int_equal(uri.id_len, 1);
    refused("pkcs11:id=%00;id=%00", "twice");
}

static void lengths_have_a_bound(void **state)
{
    (void)state;
    char text[3000];
    (void)snprintf(text, sizeof text, "pkcs11:token=%032d", 1);
    assert_true(pkcs11_uri_parse(text, &uri, why));
    (void)snprintf(text, sizeof text, "pkcs11:token=%033d", 1);
    refused(text, "too long");
    (void)snprintf(text, sizeof text, "pkcs11:?module-path=%01023d", 1);
    assert_true(pkcs11_uri_parse(text, &uri, why));
    (void)snprintf(text, sizeof text, "pkcs11:?module-path=%01024d", 1);
    refused(text, "too long");
    (void)snprintf(text, sizeof text, "pkcs11:%02000d=1", 1);
    refused(text, "no such attribute");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_attributes_are_read), cmocka_unit_test(little_is_enough),
        cmocka_unit_test(wrong_uris_are_refused),  cmocka_unit_test(an_id_of_zeros_is_given_once),
        cmocka_unit_test(lengths_have_a_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
