/* Small parts of the tool: exit codes by kind of error, RFC 3339 times. */
#include "unit/cmocka_all.h"

#include "report.h"
#include "when.h"

static void exit_codes_tell_kinds_apart(void **state)
{
    (void)state;
    assert_int_equal(cli_exit_of(HF_OK), CLI_OK);
    assert_int_equal(cli_exit_of(HF_E_INTERNAL), CLI_INTERNAL);
    assert_int_equal(cli_exit_of(HF_E_NO_ANCHORS), CLI_USAGE);
    assert_int_equal(cli_exit_of(HF_E_FILE), CLI_LOCAL);
    assert_int_equal(cli_exit_of(HF_E_PEM_EMPTY), CLI_LOCAL);
    assert_int_equal(cli_exit_of(HF_E_KEY_MISMATCH), CLI_LOCAL);
    assert_int_equal(cli_exit_of(HF_E_CLOCK_IMPLAUSIBLE), CLI_LOCAL);
    assert_int_equal(cli_exit_of(HF_E_RESOLVE_NOT_FOUND), CLI_NETWORK);
    assert_int_equal(cli_exit_of(HF_E_TRUNCATED), CLI_NETWORK);
    assert_int_equal(cli_exit_of(HF_E_HTTP), CLI_TLS);
    assert_int_equal(cli_exit_of(HF_E_FINISHED), CLI_TLS);
    assert_int_equal(cli_exit_of(HF_E_RECORD_TOO_LARGE), CLI_TLS);
    assert_int_equal(cli_exit_of(HF_E_CERT_UNKNOWN_CA), CLI_CERTIFICATE);
    assert_int_equal(cli_exit_of(HF_E_CERT_NAME), CLI_CERTIFICATE);
    assert_int_equal(cli_exit_of(HF_E_ALERT), CLI_REFUSED);
    assert_int_equal(cli_exit_of(HF_E_MQTT_REFUSED_AUTHORITY), CLI_REFUSED);
    assert_int_equal(cli_exit_of(HF_E_TLS_TIMEOUT), CLI_TIMEOUT);
    assert_int_equal(cli_exit_of(HF_E_MQTT_TIMEOUT), CLI_TIMEOUT);
}

static void every_error_has_an_exit_code(void **state)
{
    (void)state;
#define HF_ERROR(name, number, class_, alert, what, todo)                                          \
    assert_in_range(cli_exit_of(HF_E_##name), CLI_INTERNAL, CLI_TIMEOUT);
#include <handfast/errors.def>
#undef HF_ERROR
}

static void times_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t seconds;
    } CASES[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1969-12-31T23:59:59Z", -1},
        {"2000-02-29T12:00:00Z", INT64_C(951825600)},
        {"2000-02-29t12:00:00z", INT64_C(951825600)},
        {"2000-02-29T14:30:00+02:30", INT64_C(951825600)},
        {"2000-02-29T00:00:00-12:00", INT64_C(951825600)},
        {"9999-12-31T23:59:59Z", INT64_C(253402300799)},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        int64_t seconds = 7;
        assert_true(cli_when_parse(CASES[i].text, &seconds));
        assert_true(seconds == CASES[i].seconds);
    }
}

static void what_is_no_time_is_refused(void **state)
{
    (void)state;
    static const char *const CASES[] = {
        "",
        "2000-02-29",
        "2000-02-29T12:00:00",
        "2000-02-29 12:00:00Z",
        "2000-02-29T12:00:00ZZ",
        "2000-02-29T12:00:00.5Z",
        "2000-02-29T12:00:00+0230",
        "2000-02-29T12:00:00+24:00",
        "2000-02-29T12:00:00+02:60",
        "2000-02-29T12:00:00+02:30 ",
        "2001-02-29T12:00:00Z",
        "2000-13-01T12:00:00Z",
        "2000-00-01T12:00:00Z",
        "2000-01-00T12:00:00Z",
        "2000-01-01T24:00:00Z",
        "2000-01-01T12:60:00Z",
        "2000-01-01T12:00:60Z",
        "200-01-01T12:00:00Z",
        "+200-01-01T12:00:00Z",
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        int64_t seconds = 0;
        assert_false(cli_when_parse(CASES[i], &seconds));
    }
}

static void times_are_written(void **state)
{
    (void)state;
    char text[CLI_WHEN_SIZE];
    cli_when_text(0, text);
    assert_string_equal(text, "1970-01-01T00:00:00Z");
    cli_when_text(INT64_C(253402300799), text);
    assert_string_equal(text, "9999-12-31T23:59:59Z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exit_codes_tell_kinds_apart),
        cmocka_unit_test(every_error_has_an_exit_code),
        cmocka_unit_test(times_are_read),
        cmocka_unit_test(what_is_no_time_is_refused),
        cmocka_unit_test(times_are_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
