/* The list of errors: complete, unambiguous, and with the alerts of RFC 8446 6; the record in
 * words.
 *
 * The table of alerts here is written from the RFCs, apart from errors.def, for every error that
 * can end a TLS connection. Longer than usual: two tables of everything there is.
 */
#include "unit/cmocka_all.h"

#include <handfast/error.h>

#include <stdio.h>
#include <string.h>

typedef struct entry {
    hf_code code;
    const char *name;
    unsigned number;
} entry;

static const entry ALL[] = {
#define HF_ERROR(name, number, class_, alert, what, todo) {HF_E_##name, "HF_E_" #name, number},
#include <handfast/errors.def>
#undef HF_ERROR
};
#define ALL_COUNT (sizeof ALL / sizeof ALL[0])

static bool ends_sentence(const char *text)
{
    size_t len = strlen(text);
    return len > 10 && text[len - 1] == '.' && text[0] >= 'A' && text[0] <= 'Z';
}

/* P-58: each error has a class and advice. */
static void test_complete(void **state)
{
    (void)state;
    assert_true(ALL_COUNT > 100);
    for (size_t i = 0; i < ALL_COUNT; i++) {
        hf_code code = ALL[i].code;
        assert_int_equal(code, ALL[i].number);
        assert_in_range(code, 16, 0xffff); /* hf_error.code has 16 bits */
        assert_string_equal(hf_error_name(code), ALL[i].name);
        if (!ends_sentence(hf_error_what(code)) || !ends_sentence(hf_error_todo(code))) {
            fail_msg("%s lacks a sentence", ALL[i].name);
        }
        assert_in_range(hf_error_class_of(code), HF_CLASS_USAGE, HF_CLASS_REFUSED);
    }
}

static void test_unique(void **state)
{
    (void)state;
    for (size_t i = 0; i < ALL_COUNT; i++) {
        for (size_t k = 0; k < i; k++) {
            if (ALL[i].number == ALL[k].number || strcmp(ALL[i].name, ALL[k].name) == 0 ||
                strcmp(hf_error_what(ALL[i].code), hf_error_what(ALL[k].code)) == 0) {
                fail_msg("%s and %s", ALL[i].name, ALL[k].name);
            }
        }
    }
}

static void test_unknown(void **state)
{
    static const unsigned NUMBERS[] = {3, 15, 63, 255, 1000, 0xffff};
    (void)state;
    for (size_t i = 0; i < sizeof NUMBERS / sizeof NUMBERS[0]; i++) {
        hf_code code = (hf_code)NUMBERS[i];
        assert_string_equal(hf_error_name(code), "unknown");
        assert_string_equal(hf_error_what(code), "");
        assert_string_equal(hf_error_todo(code), "");
        assert_int_equal(hf_error_class_of(code), HF_CLASS_NONE);
        assert_int_equal(hf_error_alert_of(code), HF_NO_ALERT);
        assert_false(hf_error_may_retry(code));
    }
    assert_string_equal(hf_error_name(HF_OK), "HF_OK");
    assert_string_equal(hf_error_name(HF_PENDING), "HF_PENDING");
    assert_int_equal(hf_error_alert_of(HF_OK), HF_NO_ALERT);
    assert_string_equal(hf_stage_name((hf_stage)99), "unknown");
    assert_string_equal(hf_alert_name(200), "unknown");
}

/* ---- alerts: P-56 */

enum {
    UNEXPECTED_MESSAGE = 10,
    BAD_RECORD_MAC = 20,
    RECORD_OVERFLOW = 22,
    HANDSHAKE_FAILURE = 40,
    BAD_CERTIFICATE = 42,
    UNSUPPORTED_CERTIFICATE = 43,
    CERTIFICATE_REVOKED = 44,
    CERTIFICATE_EXPIRED = 45,
    CERTIFICATE_UNKNOWN = 46,
    ILLEGAL_PARAMETER = 47,
    UNKNOWN_CA = 48,
    ACCESS_DENIED = 49,
    DECODE_ERROR = 50,
    DECRYPT_ERROR = 51,
    PROTOCOL_VERSION = 70,
    INTERNAL_ERROR = 80,
    INAPPROPRIATE_FALLBACK = 86,
    MISSING_EXTENSION = 109,
    UNSUPPORTED_EXTENSION = 110,
    UNRECOGNIZED_NAME = 112,
    BAD_CERTIFICATE_STATUS_RESPONSE = 113,
    CERTIFICATE_REQUIRED = 116,
    NO_APPLICATION_PROTOCOL = 120,
};

static const struct mapping {
    hf_code code;
    uint8_t alert;
    const char *why;
} ALERTS[] = {
    {HF_E_NOT_TLS, UNEXPECTED_MESSAGE, "RFC 8446 5"},
    {HF_E_HTTP, UNEXPECTED_MESSAGE, "RFC 8446 5"},
    {HF_E_RECORD_OVERFLOW, RECORD_OVERFLOW, "RFC 8446 5.1, 5.2; RFC 8449 4"},
    {HF_E_RECORD_TOO_LARGE, INTERNAL_ERROR, "our memory, no fault of the peer's"},
    {HF_E_BAD_RECORD_MAC, BAD_RECORD_MAC, "RFC 8446 5.2"},
    {HF_E_RECORD_TYPE, UNEXPECTED_MESSAGE, "RFC 8446 5, 5.4"},
    {HF_E_RECORD_VERSION, PROTOCOL_VERSION, "RFC 8446 E.5"},
    {HF_E_EMPTY_RECORD, UNEXPECTED_MESSAGE, "RFC 8446 5.1, 5.4"},
    {HF_E_CHANGE_CIPHER_SPEC, UNEXPECTED_MESSAGE, "RFC 8446 5"},
    {HF_E_INTERLEAVED, UNEXPECTED_MESSAGE, "RFC 8446 5.1"},
    {HF_E_TOO_MANY_RECORDS, UNEXPECTED_MESSAGE, "RFC 8446 6"},
    {HF_E_ALERT_SYNTAX, DECODE_ERROR, "RFC 8446 6"},
    {HF_E_DECODE, DECODE_ERROR, "RFC 8446 6.2"},
    {HF_E_UNEXPECTED_MESSAGE, UNEXPECTED_MESSAGE, "RFC 8446 4"},
    {HF_E_MESSAGE_TOO_LARGE, INTERNAL_ERROR, "our memory"},
    {HF_E_VERSION, PROTOCOL_VERSION, "RFC 8446 4.2.1"},
    {HF_E_DOWNGRADE, ILLEGAL_PARAMETER, "RFC 8446 4.1.3"},
    {HF_E_SUITE, ILLEGAL_PARAMETER, "RFC 8446 4.1.3, 4.1.4"},
    {HF_E_SESSION_ID, ILLEGAL_PARAMETER, "RFC 8446 4.1.3"},
    {HF_E_COMPRESSION, ILLEGAL_PARAMETER, "RFC 8446 4.1.3"},
    {HF_E_GROUP, ILLEGAL_PARAMETER, "RFC 8446 4.1.4, 4.2.8"},
    {HF_E_KEY_SHARE, ILLEGAL_PARAMETER, "RFC 8446 4.2.8.2; RFC 8422 5.11"},
    {HF_E_RETRY_TWICE, UNEXPECTED_MESSAGE, "RFC 8446 4.1.4"},
    {HF_E_RETRY_UNCHANGED, ILLEGAL_PARAMETER, "RFC 8446 4.1.4"},
    {HF_E_EXTENSION_NOT_ALLOWED, ILLEGAL_PARAMETER, "RFC 8446 4.2"},
    {HF_E_EXTENSION_UNASKED, UNSUPPORTED_EXTENSION, "RFC 8446 4.2"},
    {HF_E_EXTENSION_TWICE, ILLEGAL_PARAMETER, "RFC 8446 4.2"},
    {HF_E_EXTENSION_MISSING, MISSING_EXTENSION, "RFC 8446 6.2, 9.2"},
    {HF_E_ALPN_CHOICE, ILLEGAL_PARAMETER, "RFC 7301 3.1"},
    {HF_E_FRAGMENT_LENGTH, ILLEGAL_PARAMETER, "RFC 6066 4"},
    {HF_E_RECORD_SIZE_LIMIT, ILLEGAL_PARAMETER, "RFC 8449 4, 5"},
    {HF_E_NO_EXTENDED_MASTER_SECRET, HANDSHAKE_FAILURE, "RFC 7627 5.2"},
    {HF_E_NO_SAFE_RENEGOTIATION, HANDSHAKE_FAILURE, "RFC 5746 3.4"},
    {HF_E_RENEGOTIATION_INFO, HANDSHAKE_FAILURE, "RFC 5746 3.4"},
    {HF_E_SCHEME, ILLEGAL_PARAMETER, "RFC 8446 4.4.3"},
    {HF_E_HANDSHAKE_SIGNATURE, DECRYPT_ERROR, "RFC 8446 4.4.3"},
    {HF_E_FINISHED, DECRYPT_ERROR, "RFC 8446 4.4.4"},
    {HF_E_NO_SERVER_CERTIFICATE, DECODE_ERROR, "RFC 8446 4.4.2.4"},
    {HF_E_NO_COMMON_SCHEME, HANDSHAKE_FAILURE, "RFC 8446 4.4.2.2"},
    {HF_E_KEY_UPDATE, ILLEGAL_PARAMETER, "RFC 8446 4.6.3"},
    {HF_E_TOO_MANY_MESSAGES, UNEXPECTED_MESSAGE, "our limit"},
    {HF_E_EXPLICIT_CURVE, ILLEGAL_PARAMETER, "RFC 8422 5.4"},
    {HF_E_CERTIFICATE_CONTEXT, ILLEGAL_PARAMETER, "RFC 8446 4.3.2, 4.4.2"},
    {HF_E_SELECTED_VERSION, ILLEGAL_PARAMETER, "RFC 8446 4.2.1"},
    {HF_E_POINT_FORMAT, ILLEGAL_PARAMETER, "RFC 8422 5.1.2"},
    {HF_E_CERT_SYNTAX, BAD_CERTIFICATE, "RFC 8446 6.2"},
    {HF_E_CERT_TOO_LARGE, INTERNAL_ERROR, "our memory"},
    {HF_E_CERT_UNKNOWN_CA, UNKNOWN_CA, "RFC 8446 6.2"},
    {HF_E_CERT_EXPIRED, CERTIFICATE_EXPIRED, "RFC 8446 6.2"},
    {HF_E_CERT_NOT_YET_VALID, CERTIFICATE_EXPIRED, "RFC 8446 6.2: not currently valid"},
    {HF_E_CLOCK_IMPLAUSIBLE, CERTIFICATE_EXPIRED, "RFC 8446 6.2"},
    {HF_E_CERT_NAME, BAD_CERTIFICATE, "RFC 8446 6.2"},
    {HF_E_CERT_SIGNATURE, BAD_CERTIFICATE, "RFC 8446 6.2: signatures that did not verify"},
    {HF_E_CERT_KEY_USAGE, UNSUPPORTED_CERTIFICATE, "RFC 8446 6.2"},
    {HF_E_CERT_PURPOSE, UNSUPPORTED_CERTIFICATE, "RFC 8446 6.2"},
    {HF_E_CERT_CRITICAL, UNSUPPORTED_CERTIFICATE, "RFC 8446 6.2"},
    {HF_E_CONSTRAINTS_LEFT_OUT, UNSUPPORTED_CERTIFICATE, "RFC 8446 6.2"},
    {HF_E_CERT_WEAK_KEY, BAD_CERTIFICATE, "RFC 8446 4.4.2.4"},
    {HF_E_CERT_WEAK_SIGNATURE, BAD_CERTIFICATE, "RFC 8446 4.4.2.4"},
    {HF_E_CERT_EXTENSION_TWICE, BAD_CERTIFICATE, "RFC 8446 6.2"},
    {HF_E_CERT_TOO_COSTLY, BAD_CERTIFICATE, "RFC 8446 6.2"},
    {HF_E_CERT_REVOKED, CERTIFICATE_REVOKED, "RFC 8446 6.2"},
    {HF_E_OCSP_MISSING, BAD_CERTIFICATE_STATUS_RESPONSE, "RFC 8446 6.2, RFC 6066 8"},
    {HF_E_OCSP_UNREADABLE, BAD_CERTIFICATE_STATUS_RESPONSE, "RFC 8446 6.2, RFC 6066 8"},
    {HF_E_OCSP_CRITICAL, BAD_CERTIFICATE_STATUS_RESPONSE, "RFC 8446 6.2, RFC 6066 8"},
    {HF_E_OCSP_STATUS, BAD_CERTIFICATE_STATUS_RESPONSE, "RFC 8446 6.2, RFC 6066 8"},
    {HF_E_OCSP_OTHER, BAD_CERTIFICATE_STATUS_RESPONSE, "RFC 8446 6.2, RFC 6066 8"},
    {HF_E_OCSP_STALE, BAD_CERTIFICATE_STATUS_RESPONSE, "RFC 8446 6.2, RFC 6066 8"},
    {HF_E_OCSP_RESPONDER, BAD_CERTIFICATE_STATUS_RESPONSE, "RFC 8446 6.2, RFC 6066 8"},
    {HF_E_OCSP_SIGNATURE, BAD_CERTIFICATE_STATUS_RESPONSE, "RFC 8446 6.2, RFC 6066 8"},
    {HF_E_CERT_NO_NAME, BAD_CERTIFICATE, "RFC 9525"},
    {HF_E_CERT_ORDER, BAD_CERTIFICATE, "RFC 8446 6.2"},
    {HF_E_CERT_NOT_CA, BAD_CERTIFICATE, "RFC 8446 6.2"},
    {HF_E_CERT_PATH_LENGTH, BAD_CERTIFICATE, "RFC 8446 6.2"},
    {HF_E_CERT_NAME_CONSTRAINTS, BAD_CERTIFICATE, "RFC 8446 6.2"},
    {HF_E_CERT_NAMES_AREA, INTERNAL_ERROR, "our memory"},
    {HF_E_CERT_TOO_DEEP, BAD_CERTIFICATE, "our limit"},
    {HF_E_CERT_PIN, BAD_CERTIFICATE, "RFC 8446 6.2"},
    {HF_E_INTERNAL, INTERNAL_ERROR, "RFC 8446 6.2"},
    {HF_E_NO_RANDOM, INTERNAL_ERROR, "RFC 8446 6.2"},
    {HF_E_NO_CLOCK, INTERNAL_ERROR, "our clock, no fault of the peer's"},
    {HF_E_SIGNER, INTERNAL_ERROR, "RFC 8446 6.2"},
    {HF_E_SIGNER_TIMEOUT, INTERNAL_ERROR, "RFC 8446 6.2"},
    {HF_E_SIGNER_GONE, INTERNAL_ERROR, "RFC 8446 6.2"},
    {HF_E_SIGNER_KEY, INTERNAL_ERROR, "RFC 8446 6.2"},
    {HF_E_KEY_NOT_FOUND, INTERNAL_ERROR, "RFC 8446 6.2"},
    {HF_E_KEY_NOT_PERMITTED, INTERNAL_ERROR, "RFC 8446 6.2"},
    {HF_E_BACKEND, INTERNAL_ERROR, "RFC 8446 6.2"},
    {HF_E_USAGE, INTERNAL_ERROR, "RFC 8446 6.2"},
    {HF_E_UNSUPPORTED, INTERNAL_ERROR, "RFC 8446 6.2"},
    {HF_E_MEMORY_TOO_SMALL, INTERNAL_ERROR, "our memory"},
    {HF_E_NO_COMMON_SUITE, HANDSHAKE_FAILURE, "RFC 8446 4.1.1"},
    {HF_E_NO_COMMON_GROUP, HANDSHAKE_FAILURE, "RFC 8446 4.1.1"},
    {HF_E_NO_COMMON_PROTOCOL, NO_APPLICATION_PROTOCOL, "RFC 7301 3.2"},
    {HF_E_UNKNOWN_NAME, UNRECOGNIZED_NAME, "RFC 6066 3"},
    {HF_E_FALLBACK, INAPPROPRIATE_FALLBACK, "RFC 7507 3"},
    {HF_E_HELLO_CHANGED, ILLEGAL_PARAMETER, "RFC 8446 4.1.2"},
    {HF_E_COOKIE, ILLEGAL_PARAMETER, "RFC 8446 4.2.2"},
    {HF_E_CERTIFICATE_TYPE, UNSUPPORTED_CERTIFICATE, "RFC 7250 4.2"},
    {HF_E_NO_CLIENT_CERTIFICATE, CERTIFICATE_REQUIRED, "RFC 8446 4.4.2.4"},
    {HF_E_HANDSHAKE_LIMIT, UNEXPECTED_MESSAGE, "our limit"},
    {HF_E_MESSAGE_OVER_LIMIT, ILLEGAL_PARAMETER, "our limit"},
    {HF_E_EARLY_DATA, UNEXPECTED_MESSAGE, "RFC 8446 4.2.10"},
    {HF_E_EXTENSION_ORDER, ILLEGAL_PARAMETER, "RFC 8446 4.2.11"},
    {HF_E_TOO_MANY_EXTENSIONS, ILLEGAL_PARAMETER, "our limit"},
    {HF_E_KEY_SHARES, ILLEGAL_PARAMETER, "RFC 8446 4.2.8"},
    {HF_E_PSK_OFFER, ILLEGAL_PARAMETER, "RFC 8446 4.2.11"},
    {HF_E_PSK_CHOICE, ILLEGAL_PARAMETER, "RFC 8446 4.2.11"},
    {HF_E_PSK_NOT_TAKEN, HANDSHAKE_FAILURE, "no acceptable set of parameters"},
    {HF_E_PSK_REFUSED, DECRYPT_ERROR, "RFC 8446 4.2.11, 6.2"},
    {HF_E_RAW_KEY_LIST, ILLEGAL_PARAMETER, "RFC 8446 4.4.2"},
    {HF_E_PEER_UNKNOWN, CERTIFICATE_UNKNOWN, "RFC 8446 6.2"},
    {HF_E_PEER_INACTIVE, ACCESS_DENIED, "RFC 8446 6.2"},
    {HF_E_PEER_REVOKED, CERTIFICATE_REVOKED, "RFC 8446 6.2"},
    {HF_E_PEER_DENIED, ACCESS_DENIED, "RFC 8446 6.2"},
};
#define ALERTS_COUNT (sizeof ALERTS / sizeof ALERTS[0])

static bool is_mapped(hf_code code)
{
    for (size_t i = 0; i < ALERTS_COUNT; i++) {
        if (ALERTS[i].code == code) {
            return true;
        }
    }
    return false;
}

static void test_alerts(void **state)
{
    (void)state;
    for (size_t i = 0; i < ALERTS_COUNT; i++) {
        uint8_t alert = hf_error_alert_of(ALERTS[i].code);
        if (alert != ALERTS[i].alert) {
            fail_msg("%s sends %u, not %u (%s)", hf_error_name(ALERTS[i].code), alert,
                     ALERTS[i].alert, ALERTS[i].why);
        }
    }
    for (size_t i = 0; i < ALL_COUNT; i++) { /* all others send none */
        uint8_t alert = hf_error_alert_of(ALL[i].code);
        if (alert != HF_NO_ALERT && !is_mapped(ALL[i].code)) {
            fail_msg("%s sends %u", ALL[i].name, alert);
        }
        if (alert != HF_NO_ALERT) { /* and one that the tables explain; none of before 1.2 */
            assert_string_not_equal(hf_alert_name(alert), "unknown");
            assert_true(alert != 21 && alert != 30 && alert != 41 && alert != 60 && alert != 100);
        }
    }
}

/* RFC 8446 6 and RFC 9846 6, with those that old peers still send. */
static void test_alert_names(void **state)
{
    static const struct {
        uint8_t number;
        const char *name;
    } NAMES[] = {
        {0, "close_notify"},
        {10, "unexpected_message"},
        {20, "bad_record_mac"},
        {22, "record_overflow"},
        {40, "handshake_failure"},
        {42, "bad_certificate"},
        {43, "unsupported_certificate"},
        {44, "certificate_revoked"},
        {45, "certificate_expired"},
        {46, "certificate_unknown"},
        {47, "illegal_parameter"},
        {48, "unknown_ca"},
        {49, "access_denied"},
        {50, "decode_error"},
        {51, "decrypt_error"},
        {70, "protocol_version"},
        {71, "insufficient_security"},
        {80, "internal_error"},
        {86, "inappropriate_fallback"},
        {90, "user_canceled"},
        {100, "no_renegotiation"},
        {109, "missing_extension"},
        {110, "unsupported_extension"},
        {112, "unrecognized_name"},
        {113, "bad_certificate_status_response"},
        {115, "unknown_psk_identity"},
        {116, "certificate_required"},
        {117, "general_error"},
        {120, "no_application_protocol"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        assert_string_equal(hf_alert_name(NAMES[i].number), NAMES[i].name);
        assert_true(ends_sentence(hf_alert_what(NAMES[i].number)));
        assert_true(strlen(hf_alert_todo(NAMES[i].number)) > 8);
    }
}

/* ---- the record */

static void test_first_sticks(void **state)
{
    hf_error error;
    (void)state;
    hf_error_clear(&error);
    assert_int_equal(error.code, HF_OK);
    assert_int_equal(error.step, HF_STEP_NONE);
    assert_int_equal(error.depth, HF_DEPTH_NONE);
    assert_int_equal(error.alert_by, HF_ALERT_NONE);
    assert_int_equal(hf_fail(&error, HF_E_DECODE), HF_E_DECODE);
    assert_int_equal(hf_fail(&error, HF_E_FINISHED), HF_E_DECODE);
    assert_int_equal(error.code, HF_E_DECODE);
    hf_error_clear(&error);
    assert_int_equal(hf_fail(&error, HF_E_FINISHED), HF_E_FINISHED);
}

static void expect_text(const hf_error *error, const char *expected)
{
    char text[1024];
    size_t len = hf_error_describe(error, text, sizeof text);
    assert_string_equal(text, expected);
    assert_int_equal(len, strlen(expected));
    for (size_t cap = 0; cap <= len + 1; cap++) { /* cut, ended by a zero, nothing behind it */
        char part[1024];
        memset(part, 'x', sizeof part);
        assert_int_equal(hf_error_describe(error, part, cap), len);
        if (cap > 0) {
            assert_int_equal(strlen(part), cap - 1);
            assert_memory_equal(part, expected, cap - 1);
        }
        assert_int_equal(part[cap], 'x');
    }
}

static void test_describe(void **state)
{
    hf_error error;
    (void)state;
    hf_error_clear(&error);
    error.stage = HF_STAGE_TLS;
    error.step = 11;
    error.depth = 1;
    error.offset = 35;
    error.detail = 7;
    error.system = -3;
    error.alert = 42;
    error.alert_by = HF_ALERT_SENT;
    (void)hf_fail(&error, HF_E_CERT_SYNTAX);
    expect_text(
        &error,
        "what: A certificate is not valid DER or not X.509 v3; offset is where.\n"
        "   in: HF_E_CERT_SYNTAX (TLS, handshake message 11 certificate, certificate 1, offset 35, "
        "detail 7, system -3)\n"
        "alert: bad_certificate (42) sent to the peer\n"
        "   do: The certificate was made wrongly; look at it with openssl x509 -text and "
        "issue it again.\n");
    hf_error_clear(&error);
    error.stage = HF_STAGE_RESOLVE;
    (void)hf_fail(&error, HF_E_RESOLVE_NOT_FOUND);
    expect_text(&error,
                "what: The host name does not exist.\n"
                "   in: HF_E_RESOLVE_NOT_FOUND (resolve)\n"
                "   do: Check the spelling of the name and the DNS server of this machine.\n");
}

/* An alert received is explained by the alert, not by our own code. */
static void test_describe_alert(void **state)
{
    hf_error error;
    char text[1024];
    (void)state;
    for (unsigned alert = 1; alert < 256; alert++) {
        char expected[64];
        hf_error_clear(&error);
        error.stage = HF_STAGE_TLS;
        error.alert = (uint8_t)alert;
        error.alert_by = HF_ALERT_RECEIVED;
        (void)hf_fail(&error, HF_E_ALERT);
        (void)hf_error_describe(&error, text, sizeof text);
        (void)snprintf(expected, sizeof expected, "what: The peer refused with the alert %s (%u).",
                       hf_alert_name((uint8_t)alert), alert);
        assert_int_equal(strncmp(text, expected, strlen(expected)), 0);
        assert_non_null(strstr(text, "\n   do: "));
        assert_int_equal(text[strlen(text) - 1], '\n');
    }
}

/* Trying again without a change helps against the network, and little else. */
static void test_may_retry(void **state)
{
    (void)state;
    assert_true(hf_error_may_retry(HF_E_CONNECT_REFUSED));
    assert_true(hf_error_may_retry(HF_E_TRUNCATED));
    assert_true(hf_error_may_retry(HF_E_BAD_RECORD_MAC));
    assert_true(hf_error_may_retry(HF_E_KEY_LIMIT));
    assert_true(hf_error_may_retry(HF_E_MQTT_REFUSED_UNAVAILABLE));
    for (size_t i = 0; i < ALL_COUNT; i++) {
        hf_error_class class = hf_error_class_of(ALL[i].code);
        if (class == HF_CLASS_USAGE || class == HF_CLASS_CERTIFICATE || class == HF_CLASS_INVALID ||
            class == HF_CLASS_INCOMPATIBLE) {
            assert_false(hf_error_may_retry(ALL[i].code));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_complete),    cmocka_unit_test(test_unique),
        cmocka_unit_test(test_unknown),     cmocka_unit_test(test_alerts),
        cmocka_unit_test(test_alert_names), cmocka_unit_test(test_first_sticks),
        cmocka_unit_test(test_describe),    cmocka_unit_test(test_describe_alert),
        cmocka_unit_test(test_may_retry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
