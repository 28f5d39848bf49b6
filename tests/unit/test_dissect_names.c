/* Names of numbers: tables in order and without doubles, every name of the library is there, and
 * suites have their parts.
 */
#include "tls/keys/suite.h"
#include "trace/dissect_names.h"
#include "unit/cmocka_all.h"

#include <handfast/config.h>
#include <handfast/tls.h>

#include <string.h>

static void in_order(const hf_names *names, size_t least)
{
    assert_in_range(names->count, least, 1000);
    for (size_t i = 0; i < names->count; i++) {
        assert_true(i == 0 || names->list[i - 1].number < names->list[i].number);
        assert_string_equal(hf_names_find(names, names->list[i].number), names->list[i].name);
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(names->list[i].name, names->list[j].name);
        }
    }
}

static void test_tables(void **state)
{
    (void)state;
    in_order(&HF_MESSAGE_NAMES, 20);
    in_order(&HF_CONTENT_NAMES, 5);
    in_order(&HF_EXTENSION_NAMES, 50);
    in_order(&HF_GROUP_NAMES, 40);
    in_order(&HF_SCHEME_NAMES, 30);
    in_order(&HF_SUITE_NAMES, 300);
    in_order(&HF_PACKET_NAMES, 15);
    in_order(&HF_REASON_CODE_NAMES, 43);
    in_order(&HF_PROPERTY_NAMES, 27);
}

/* How many numbers have a name; none that the library has stands in a table as well. */
static size_t count_names(const char *(*name)(uint16_t), const char *(*ours)(uint16_t),
                          const hf_names *table)
{
    size_t count = 0;
    for (uint32_t number = 0; number <= 0xffff; number++) {
        const char *any = name((uint16_t)number);
        const char *own = ours((uint16_t)number);
        bool listed = strcmp(hf_names_find(table, (uint16_t)number), "unknown") != 0;
        if (strcmp(own, "unknown") != 0) {
            assert_string_equal(any, own);
            assert_false(listed);
        }
        count += strcmp(any, "unknown") != 0 && strcmp(any, "GREASE") != 0;
    }
    return count;
}

static void test_with_the_library(void **state)
{
    (void)state;
    assert_int_equal(count_names(hf_any_suite_name, hf_tls_suite_name, &HF_SUITE_NAMES),
                     HF_SUITE_NAMES.count + 11);
    assert_int_equal(count_names(hf_any_group_name, hf_tls_group_name, &HF_GROUP_NAMES),
                     HF_GROUP_NAMES.count + 3);
    assert_int_equal(count_names(hf_any_scheme_name, hf_tls_scheme_name, &HF_SCHEME_NAMES),
                     HF_SCHEME_NAMES.count + 6);
    for (size_t i = 0; hf_suite_at(i) != NULL; i++) {
        assert_string_not_equal(hf_tls_suite_name(hf_suite_at(i)->id), "unknown");
    }
    for (size_t i = 0; hf_scheme_at(i) != NULL; i++) {
        assert_string_not_equal(hf_tls_scheme_name(hf_scheme_at(i)->id), "unknown");
    }
}

static void test_some(void **state)
{
    (void)state;
    assert_string_equal(hf_message_name(1), "client_hello");
    assert_string_equal(hf_message_name(24), "key_update");
    assert_string_equal(hf_message_name(99), "unknown");
    assert_string_equal(hf_content_name(22), "handshake");
    assert_string_equal(hf_extension_name(43), "supported_versions");
    assert_string_equal(hf_extension_name(0xff01), "renegotiation_info");
    assert_string_equal(hf_extension_name(0xfafa), "GREASE");
    assert_string_equal(hf_any_suite_name(0x1305), "TLS_AES_128_CCM_8_SHA256");
    assert_string_equal(hf_any_suite_name(0xcca8), "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");
    assert_string_equal(hf_any_suite_name(0xc014), "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA");
    assert_string_equal(hf_any_suite_name(0x5600), "TLS_FALLBACK_SCSV");
    assert_string_equal(hf_any_group_name(0x11ec), "X25519MLKEM768");
    assert_string_equal(hf_any_group_name(0x001e), "x448");
    assert_string_equal(hf_any_scheme_name(0x0807), "ed25519");
    assert_string_equal(hf_packet_name(0x3d), "PUBLISH");
    assert_string_equal(hf_packet_name(0x00), "unknown");
}

/* RFC 8701 2 */
static void test_grease(void **state)
{
    (void)state;
    size_t count = 0;
    for (uint32_t number = 0; number <= 0xffff; number++) {
        count += hf_is_grease((uint16_t)number);
    }
    assert_int_equal(count, 16);
    assert_true(hf_is_grease(0x0a0a) && hf_is_grease(0xfafa));
    assert_false(hf_is_grease(0x0a1a));
    assert_string_equal(hf_psk_mode_name(0x0b), "GREASE");
    assert_string_equal(hf_psk_mode_name(0xe4), "GREASE");
    assert_string_equal(hf_psk_mode_name(0xe5), "unknown");
}

static void parts_are(uint16_t suite, const char *exchange, const char *authentication,
                      const char *encryption, const char *hash)
{
    hf_suite_parts parts;
    assert_true(hf_suite_by_parts(suite, &parts));
    assert_string_equal(parts.exchange, exchange);
    assert_string_equal(parts.authentication, authentication);
    assert_string_equal(parts.encryption, encryption);
    assert_string_equal(parts.hash, hash);
}

static void test_parts(void **state)
{
    (void)state;
    parts_are(0x1301, "by extension: (EC)DHE (ephemeral), PSK or both",
              "by extension: certificate or PSK", "AES-128-GCM", "SHA-256");
    parts_are(0xc02c, "ECDHE (ephemeral)", "ECDSA", "AES-256-GCM", "SHA-384");
    parts_are(0xc0ac, "ECDHE (ephemeral)", "ECDSA", "AES-128-CCM", "SHA-256");
    parts_are(0xcca8, "ECDHE (ephemeral)", "RSA", "ChaCha20-Poly1305", "SHA-256");
    parts_are(0x002f, "RSA (the server's key, no forward secrecy)", "RSA", "AES-128-CBC", "SHA-1");
    parts_are(0xc0a8, "PSK (no forward secrecy)", "PSK", "AES-128-CCM with a short tag (8 bytes)",
              "SHA-256");
    parts_are(0x0000, "none", "none", "none", "none");
}

/* Every suite that has a name and is one has parts. */
static void test_all_parts(void **state)
{
    (void)state;
    size_t without = 0;
    for (uint32_t number = 0; number <= 0xffff; number++) {
        hf_suite_parts parts;
        const char *name = hf_any_suite_name((uint16_t)number);
        bool found = hf_suite_by_parts((uint16_t)number, &parts);
        bool known = strncmp(name, "TLS_", 4) == 0;
        assert_true(known || !found);
        without += known && !found;
        if (found) {
            assert_string_not_equal(parts.exchange, "unknown");
            assert_string_not_equal(parts.hash, "unknown");
        }
    }
    assert_int_equal(without, 2); /* the signals: renegotiation and fallback */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables), cmocka_unit_test(test_with_the_library),
        cmocka_unit_test(test_some),   cmocka_unit_test(test_grease),
        cmocka_unit_test(test_parts),  cmocka_unit_test(test_all_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
