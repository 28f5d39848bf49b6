/* Certificates and stapled OCSP responses taken apart, good ones and damaged ones. */
#include "trace/dissect_fields.h"
#include "unit/dissect_rig.h"
#include "unit/dissect_samples.h"

static dissection d;
static message m;

#define ENTRY "certificate_list/certificate/"

static void take_certificates(bool raw_keys)
{
    hf_dissect_as as = {.version = HF_TLS12, .raw_keys = raw_keys};
    take_message(&d, 11, (hf_span){m.at, m.len}, &as, true);
}

static void take_fixture(const char *name)
{
    m.len = 0;
    size_t list = open_vector(&m, 3);
    add_fixture(&m, name);
    close_vector(&m, list, 3);
    take_certificates(false);
    is_whole(&d);
}

static void test_leaf(void **state)
{
    (void)state;
    take_fixture("leaf");
    means(&d, ENTRY "version", "v3");
    means(&d, ENTRY "serialNumber", "70:db:9b:83:44:2a:d2:2c:11:0b:e2:4a:52:f1:4b:98:f4:1f:c9:4d");
    means(&d, ENTRY "signature", "ecdsa-with-SHA256");
    means(&d, ENTRY "issuer", "CN=Intermediate, O=Handfast Test");
    means(&d, ENTRY "notBefore", "2026-01-01T00:00:00Z");
    means(&d, ENTRY "notAfter", "2049-12-31T23:59:59Z");
    means(&d, ENTRY "subjectPublicKeyInfo", "EC, P-256");
    means(&d, ENTRY "keyUsage", "critical: digitalSignature");
    means(&d, ENTRY "subjectKeyIdentifier",
          "75:9d:8c:7d:65:39:d0:4a:6b:93:e8:eb:6e:ba:51:19:cc:05:04:01");
    means(&d, ENTRY "authorityKeyIdentifier",
          "2e:37:7e:8d:3a:e8:7c:c4:59:9d:5a:a9:a5:29:0c:e6:92:1f:09:7c");
    nth_means(&d, ENTRY "subjectAltName/dNSName", 0, "\"device.example.com\"");
    nth_means(&d, ENTRY "subjectAltName/dNSName", 1, "\"*.wild.example.com\"");
    nth_means(&d, ENTRY "subjectAltName/iPAddress", 0, "192.0.2.1");
    nth_means(&d, ENTRY "subjectAltName/iPAddress", 1, "2001:db8:0:0:0:0:0:1");
    means(&d, ENTRY "subjectAltName/rfc822Name", "\"ops@example.com\"");
    means(&d, ENTRY "signatureAlgorithm", "ecdsa-with-SHA256");
    assert_null(find_field(&d, ENTRY "unreadable", 0));
}

static void test_others(void **state)
{
    (void)state;
    take_fixture("int-rsa");
    assert_non_null(strstr(need_field(&d, ENTRY "subjectPublicKeyInfo", 0)->meaning, "RSA, "));
    means(&d, ENTRY "basicConstraints", "critical: a CA");
    means(&d, ENTRY "keyUsage", "critical: keyCertSign, cRLSign");
    take_fixture("int-pl0");
    means(&d, ENTRY "basicConstraints", "critical: a CA, at most 0 CAs below it");
    take_fixture("leaf-both");
    means(&d, ENTRY "extKeyUsage", "critical: serverAuth, clientAuth");
    take_fixture("leaf-never");
    means(&d, ENTRY "notAfter", "never");
    take_fixture("int-sha1");
    means(&d, ENTRY "signatureAlgorithm", "ecdsa-with-SHA1");
    take_fixture("int-pss");
    means(&d, ENTRY "signatureAlgorithm", "RSASSA-PSS");
    take_fixture("leaf-ec384");
    means(&d, ENTRY "subjectPublicKeyInfo", "EC, P-384");
}

static void name_means(const char *name, size_t len, const char *meaning)
{
    hf_dissect_as as = {.version = HF_TLS12};
    m.len = 0;
    add_text(&m, 1, "\x01");
    add_text(&m, 2, "\x04\x03");
    size_t names = open_vector(&m, 2);
    size_t one = open_vector(&m, 2);
    add_bytes(&m, name, len);
    close_vector(&m, one, 2);
    close_vector(&m, names, 2);
    take_message(&d, 13, (hf_span){m.at, m.len}, &as, true);
    is_whole(&d);
    means(&d, "certificate_authorities/distinguished_name", meaning);
}

#define NAME_MEANS(name, meaning) name_means(name, sizeof(name) - 1, meaning)

/* Letters beyond ASCII, escapes for terminals, and what is no name. */
static void test_names(void **state)
{
    (void)state;
    NAME_MEANS("\x30\x0e\x31\x0c\x30\x0a\x06\x03\x55\x04\x0a\x0c\x03\xc3\x9f"
               "e",
               "O=\\c3\\9fe");
    NAME_MEANS("\x30\x0f\x31\x0d\x30\x0b\x06\x03\x55\x04\x0a\x0c\x04\x1b[2J", "O=\\1b[2J");
    NAME_MEANS("\x30\x00", "(empty)");
    NAME_MEANS("\x31\x00", "2 bytes");
}

/* A name of one organization with `len` letters: words up to 1024 bytes, their number above. */
static void long_name(size_t len, const char *meaning)
{
    static const uint8_t frames[] = {0x30, 0x31, 0x30};
    static message name;
    name.len = 0;
    for (size_t i = 0; i < 3; i++) {
        add_number(&name, frames[i], 1);
        add_number(&name, 0x82, 1);
        add_number(&name, len + 9 + 4 * (2 - i), 2);
    }
    add_bytes(&name, "\x06\x03\x55\x04\x0a\x0c\x82", 7);
    add_number(&name, len, 2);
    add_fill(&name, 'n', len);
    name_means((const char *)name.at, name.len, meaning);
}

static void test_long_names(void **state)
{
    (void)state;
    char words[HF_FIELD_TEXT];
    memset(words, 'n', sizeof words);
    memcpy(words, "O=", 2);
    memcpy(words + sizeof words - 4, "...", 4);
    long_name(1003, words);
    long_name(1004, "1025 bytes");
}

static void date_means(int64_t seconds, const char *meaning)
{
    static hf_fields f;
    f = (hf_fields){.level = 0};
    hf_fields_say_date(&f, seconds);
    assert_string_equal(f.text, meaning);
}

/* Leap days, ends of years, and the ends of what has a date. */
static void test_dates(void **state)
{
    (void)state;
    date_means(0, "1970-01-01T00:00:00Z");
    date_means(951782399, "2000-02-28T23:59:59Z");
    date_means(951782400, "2000-02-29T00:00:00Z");
    date_means(951868800, "2000-03-01T00:00:00Z");
    date_means(INT64_C(4107542399), "2100-02-28T23:59:59Z");
    date_means(INT64_C(4107542400), "2100-03-01T00:00:00Z");
    date_means(1798761599, "2026-12-31T23:59:59Z");
    date_means(HF_TIME_NEVER, "9999-12-31T23:59:59Z");
    date_means(HF_TIME_NEVER + 1, "?");
    date_means(INT64_C(-62167219200), "0000-01-01T00:00:00Z");
    date_means(INT64_C(-62167219201), "?");
}

/* What is no certificate is shown as far as it goes, and is no fault of the message. */
static void test_damaged(void **state)
{
    (void)state;
    m.len = 0;
    size_t list = open_vector(&m, 3);
    size_t one = open_vector(&m, 3);
    add_bytes(&m, "nothing", 7);
    close_vector(&m, one, 3);
    close_vector(&m, list, 3);
    take_certificates(false);
    is_whole(&d);
    means(&d, ENTRY "unreadable", "HF_E_CERT_SYNTAX at byte 0 of the certificate");
    take_fixture("leaf");
    const hf_field *key = &need_field(&d, ENTRY "subject", 0)->field;
    m.at[key->offset] = 0x31; /* no SEQUENCE any more */
    take_certificates(false);
    is_whole(&d);
    means(&d, ENTRY "notAfter", "2049-12-31T23:59:59Z");
    assert_null(find_field(&d, ENTRY "subject", 0));
    assert_non_null(find_field(&d, ENTRY "unreadable", 0));
}

static void test_raw_key(void **state)
{
    (void)state;
    take_fixture("leaf");
    hf_span spki = need_field(&d, ENTRY "subjectPublicKeyInfo", 0)->field.bytes;
    static message raw;
    raw.len = 0;
    size_t one = open_vector(&raw, 3);
    add_bytes(&raw, spki.ptr, spki.len);
    close_vector(&raw, one, 3);
    m = raw;
    take_certificates(true);
    is_whole(&d);
    means(&d, "ASN1_subjectPublicKeyInfo/subjectPublicKeyInfo", "EC, P-256");
}

static void add_file(const char *name)
{
    char path[512];
    const char *root = getenv("HF_SOURCE");
    (void)snprintf(path, sizeof path, "%s/tests/fixtures/ocsp/%s", root == NULL ? "." : root, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fail_msg("no fixture %s", path);
    }
    size_t mark = open_vector(&m, 3);
    m.len += fread(m.at + m.len, 1, 8192, file);
    close_vector(&m, mark, 3);
    (void)fclose(file);
}

static void take_status(const char *name)
{
    hf_dissect_as as = {.version = HF_TLS12};
    m.len = 0;
    add_number(&m, 1, 1);
    add_file(name);
    take_message(&d, 22, (hf_span){m.at, m.len}, &as, true);
    is_whole(&d);
}

static void test_status(void **state)
{
    (void)state;
    take_status("direct.der");
    means(&d, "status_type", "ocsp");
    means(&d, "response/responseStatus", "successful");
    means(&d, "response/responseType", "basic OCSP response");
    means(&d, "response/producedAt", "2027-06-15T00:00:00Z");
    means(&d, "response/certStatus", "good");
    means(&d, "response/thisUpdate", "2027-06-15T00:00:00Z");
    means(&d, "response/nextUpdate", "2027-06-22T00:00:00Z");
    make_certificate13(&m);
    hf_dissect_as as = {.version = HF_TLS13};
    take_message(&d, 11, (hf_span){m.at, m.len}, &as, true);
    means(&d,
          "certificate_list/certificate_entry/extensions/status_request/response/responseStatus",
          "unauthorized");
}

/* Every change of a byte of a response. */
static void test_damaged_status(void **state)
{
    (void)state;
    static const hf_dissect_as as = {.version = HF_TLS12};
    take_status("direct.der");
    for (size_t at = 0; at < m.len; at++) {
        uint8_t right = m.at[at];
        for (size_t value = at % 5; value < 256; value += 5) {
            m.at[at] = (uint8_t)value;
            hf_span body = exact(m.at, m.len);
            take_message(&d, 22, body, &as, false);
            exact_free(body);
        }
        m.at[at] = right;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_leaf),           cmocka_unit_test(test_others),
        cmocka_unit_test(test_dates),          cmocka_unit_test(test_names),
        cmocka_unit_test(test_long_names),     cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_raw_key),        cmocka_unit_test(test_status),
        cmocka_unit_test(test_damaged_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
