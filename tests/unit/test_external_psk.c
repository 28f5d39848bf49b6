/* External PSKs without a connection: bounds and weakness, the importer against
 * tests/vectors/external_psk.txt, and a server's search by what stands on the wire.
 */
#include "crypto/crypto.h"
#include "tls/keys/psk.h"
#include "unit/crypto_help.h"
#include "unit/vector_text.h"

#include <handfast/config.h>

static uint8_t counted[300]; /* 0, 1, 2, and so on */

static int prepare(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof counted; i++) {
        counted[i] = (uint8_t)i;
    }
    return 0;
}

static void assert_code(hf_code got, hf_code expected)
{
    assert_string_equal(hf_error_name(got), hf_error_name(expected));
}

static hf_span text(const char *s)
{
    return (hf_span){(const uint8_t *)s, strlen(s)};
}

static hf_psk good(void)
{
    return (hf_psk){.identity = text("device-1"), .key = {counted, 32}};
}

/* ---- bounds (P-80) */

static void check_len(hf_span *field, size_t len, const hf_psk *psk, hf_code expected)
{
    hf_span before = *field;
    *field = (hf_span){counted, len};
    assert_code(hf_psk_check(psk), expected);
    *field = before;
}

static void test_lengths(void **state)
{
    hf_psk psk = good();
    (void)state;
    assert_code(hf_psk_check(&psk), HF_OK);
    check_len(&psk.identity, 0, &psk, HF_E_PSK_FORM);
    check_len(&psk.identity, 1, &psk, HF_OK);
    check_len(&psk.identity, 128, &psk, HF_OK);
    check_len(&psk.identity, HF_PSK_IDENTITY_MAX, &psk, HF_OK);
    check_len(&psk.identity, HF_PSK_IDENTITY_MAX + 1, &psk, HF_E_PSK_FORM);
    check_len(&psk.context, HF_PSK_CONTEXT_MAX, &psk, HF_OK);
    check_len(&psk.context, HF_PSK_CONTEXT_MAX + 1, &psk, HF_E_PSK_FORM);
    check_len(&psk.key, 0, &psk, HF_E_PSK_WEAK);
    check_len(&psk.key, HF_PSK_KEY_MIN - 1, &psk, HF_E_PSK_WEAK);
    check_len(&psk.key, HF_PSK_KEY_MIN, &psk, HF_OK);
    check_len(&psk.key, 64, &psk, HF_OK);
    check_len(&psk.key, HF_PSK_KEY_MAX, &psk, HF_OK);
    check_len(&psk.key, HF_PSK_KEY_MAX + 1, &psk, HF_E_PSK_FORM);
    psk.plain = true;
    assert_code(hf_psk_check(&psk), HF_OK);
    check_len(&psk.context, 1, &psk, HF_E_PSK_FORM);
}

/* P-06, P-07: one version and one hash. */
static void test_version_and_hash(void **state)
{
    static const struct {
        uint16_t version;
        uint8_t hash;
        hf_code expected;
    } CASES[] = {
        {0, 0, HF_OK},
        {HF_TLS13, HF_SHA256, HF_OK},
        {HF_TLS13, HF_SHA384, HF_OK},
        {HF_TLS12, 0, HF_E_PSK_VERSION},
        {0x0301, 0, HF_E_PSK_VERSION},
        {0x0305, 0, HF_E_PSK_VERSION},
        {0, HF_SHA512, HF_E_PSK_FORM},
        {0, HF_SHA1, HF_E_PSK_FORM},
        {0, 77, HF_E_PSK_FORM},
    };
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        hf_psk psk = good();
        psk.version = CASES[i].version;
        psk.hash = CASES[i].hash;
        assert_code(hf_psk_check(&psk), CASES[i].expected);
    }
}

/* Keys of every length with every number of different bytes up to one more than is asked. */
static void test_weak(void **state)
{
    (void)state;
    for (size_t len = HF_PSK_KEY_MIN; len <= HF_PSK_KEY_MAX; len++) {
        for (size_t values = 1; values <= HF_PSK_KEY_VALUES + 1; values++) {
            uint8_t key[HF_PSK_KEY_MAX];
            for (size_t i = 0; i < len; i++) {
                key[i] = (uint8_t)(255 - 31 * (i % values));
            }
            hf_psk psk = good();
            psk.key = (hf_span){key, len};
            assert_code(hf_psk_check(&psk), values < HF_PSK_KEY_VALUES ? HF_E_PSK_WEAK : HF_OK);
        }
    }
}

/* ---- vectors (P-05) */

static void check_section(vectors *v, const char *section, bool plain)
{
    hf_early_secret early;
    uint8_t wire[HF_PSK_WIRE_MAX];
    uint8_t transcript[HF_SECRET_MAX];
    uint8_t binder[HF_HASH_MAX];
    bool long_hash = strstr(section, "sha384") != NULL;
    vectors_section(v, section);
    hf_psk psk = {.identity = vectors_get(v, "identity"),
                  .key = vectors_get(v, "key"),
                  .hash = long_hash ? HF_SHA384 : HF_HASH_NONE,
                  .plain = plain};
    if (vectors_have(v, "context")) {
        psk.context = vectors_get(v, "context");
    }
    assert_code(hf_psk_check(&psk), HF_OK);
    hf_writer w = hf_write_to(wire, sizeof wire);
    hf_psk_identity_write(&w, &psk);
    assert_false(w.bad);
    assert_int_equal(w.len, vectors_get(v, "wire").len);
    assert_vector(v, "wire", wire);
    hf_early_from_external(&psk, &early);
    assert_vector(v, "early", early.bytes);
    for (size_t i = 0; i < sizeof transcript; i++) {
        transcript[i] = (uint8_t)(7 + i);
    }
    hf_psk_binder(hf_psk_hash(&psk), &early, hf_psk_binder_kind(&psk), transcript, binder);
    assert_vector(v, "binder", binder);
}

static void test_vectors(void **state)
{
    static const char *const IMPORTED[] = {
        "imported-sha256", "context-sha256", "smallest-sha256", "largest-sha256",
        "imported-sha384", "context-sha384", "smallest-sha384", "largest-sha384",
    };
    static const char *const PLAIN[] = {"plain-sha256", "plain-largest-sha256", "plain-sha384",
                                        "plain-largest-sha384"};
    vectors v;
    (void)state;
    vectors_open(&v, "external_psk.txt");
    for (size_t i = 0; i < sizeof IMPORTED / sizeof IMPORTED[0]; i++) {
        check_section(&v, IMPORTED[i], false);
    }
    for (size_t i = 0; i < sizeof PLAIN / sizeof PLAIN[0]; i++) {
        check_section(&v, PLAIN[i], true);
    }
    vectors_close(&v);
}

/* ---- ImportedIdentity as a server reads it */

static void test_parse(void **state)
{
    static const uint8_t WIRE[] = {0, 2, 'i', 'd', 0, 1, 'c', 3, 4, 0, 2, 0};
    hf_imported_identity it;
    (void)state;
    for (size_t len = 0; len <= sizeof WIRE; len++) { /* each length but the right one */
        assert_int_equal(hf_imported_identity_parse((hf_span){WIRE, len}, &it), len == 11);
    }
    assert_true(hf_imported_identity_parse((hf_span){WIRE, 11}, &it));
    assert_int_equal(it.external.len, 2);
    assert_memory_equal(it.external.ptr, "id", 2);
    assert_int_equal(it.context.len, 1);
    assert_memory_equal(it.context.ptr, "c", 1);
    assert_int_equal(it.protocol, 0x0304);
    assert_int_equal(it.kdf, 2);
    static const uint8_t NAMELESS[] = {0, 0, 0, 1, 'c', 3, 4, 0, 2}; /* <1..2^16-1> */
    assert_false(hf_imported_identity_parse((hf_span){NAMELESS, sizeof NAMELESS}, &it));
}

/* ---- a server's search */

static const char *found_as(const hf_psk_source *source, const hf_psk *offered)
{
    static char name[64];
    uint8_t wire[HF_PSK_WIRE_MAX];
    hf_psk psk;
    hf_writer w = hf_write_to(wire, sizeof wire);
    hf_psk_identity_write(&w, offered);
    if (!hf_psk_find(source, (hf_span){wire, w.len}, &psk)) {
        return "none";
    }
    (void)snprintf(name, sizeof name, "%.*s%s", (int)psk.identity.len,
                   (const char *)psk.identity.ptr, psk.plain ? " plain" : "");
    return name;
}

static void test_search(void **state)
{
    const hf_psk psks[] = {
        {.identity = text("one"), .key = {counted, 32}},
        {.identity = text("two"), .key = {counted, 48}, .hash = HF_SHA384, .context = text("here")},
        {.identity = text("three"), .key = {counted, 32}, .plain = true},
        {.identity = text("weak"), .key = {counted, 15}},
        {.identity = text("old"), .key = {counted, 32}, .version = HF_TLS12},
    };
    hf_psk_list list = {psks, sizeof psks / sizeof psks[0]};
    const hf_psk_source source = {hf_psk_list_find, &list};
    (void)state;
    hf_psk asked = {.identity = text("one")};
    assert_string_equal(found_as(&source, &asked), "one");
    asked.hash = HF_SHA384; /* another target_kdf */
    assert_string_equal(found_as(&source, &asked), "none");
    asked = (hf_psk){.identity = text("one"), .context = text("here")};
    assert_string_equal(found_as(&source, &asked), "none");
    asked = (hf_psk){.identity = text("one"), .plain = true};
    assert_string_equal(found_as(&source, &asked), "none");
    asked = (hf_psk){.identity = text("on"), .plain = true};
    assert_string_equal(found_as(&source, &asked), "none");
    asked = (hf_psk){.identity = text("two"), .context = text("here"), .hash = HF_SHA384};
    assert_string_equal(found_as(&source, &asked), "two");
    asked.context = text("her");
    assert_string_equal(found_as(&source, &asked), "none");
    asked = (hf_psk){.identity = text("three"), .plain = true};
    assert_string_equal(found_as(&source, &asked), "three plain");
    asked.plain = false;
    assert_string_equal(found_as(&source, &asked), "none");
    asked = (hf_psk){.identity = text("weak")};
    assert_string_equal(found_as(&source, &asked), "none");
    asked = (hf_psk){.identity = text("old")};
    assert_string_equal(found_as(&source, &asked), "none");
    const hf_psk_source nothing = {NULL, NULL};
    asked = (hf_psk){.identity = text("one")};
    assert_string_equal(found_as(&nothing, &asked), "none");
}

/* target_protocol of another version (P-06), and an identity that is too long to be asked about. */
static void test_not_asked(void **state)
{
    static const uint8_t OTHER[] = {0, 3, 'o', 'n', 'e', 0, 0, 3, 3, 0, 1};
    const hf_psk psks[] = {{.identity = text("one"), .key = {counted, 32}},
                           {.identity = {counted, 257}, .key = {counted, 32}, .plain = true}};
    hf_psk_list list = {psks, 2};
    const hf_psk_source source = {hf_psk_list_find, &list};
    hf_psk psk;
    (void)state;
    uint8_t wire[sizeof OTHER];
    memcpy(wire, OTHER, sizeof wire);
    assert_false(hf_psk_find(&source, (hf_span){wire, sizeof wire}, &psk));
    wire[8] = 4;
    assert_true(hf_psk_find(&source, (hf_span){wire, sizeof wire}, &psk));
    assert_false(hf_psk_find(&source, (hf_span){counted, 257}, &psk));
    assert_false(hf_psk_find(&source, (hf_span){NULL, 0}, &psk));
}

/* A plain identity may look like an imported one. */
static void test_lookalike(void **state)
{
    static const uint8_t WIRE[] = {0, 3, 'o', 'n', 'e', 0, 0, 3, 4, 0, 1};
    const hf_psk psks[] = {{.identity = text("one"), .key = {counted, 32}, .plain = true},
                           {.identity = {WIRE, sizeof WIRE}, .key = {counted, 16}, .plain = true}};
    hf_psk_list list = {psks, 2};
    const hf_psk_source source = {hf_psk_list_find, &list};
    hf_psk psk;
    (void)state;
    assert_true(hf_psk_find(&source, (hf_span){WIRE, sizeof WIRE}, &psk));
    assert_int_equal(psk.key.len, 16);
}

/* A source that fills in nothing but the key; and one that answers another question. */
static bool find_key(void *ctx, hf_span identity, hf_psk *psk)
{
    (void)identity;
    psk->key = (hf_span){counted, 32};
    psk->identity = ctx == NULL ? psk->identity : text(ctx);
    return true;
}

static void test_own_source(void **state)
{
    char other[] = "other";
    hf_psk_source source = {find_key, NULL};
    (void)state;
    const hf_psk asked = {.identity = text("anybody")};
    assert_string_equal(found_as(&source, &asked), "anybody");
    source.ctx = other;
    assert_string_equal(found_as(&source, &asked), "none");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lengths),    cmocka_unit_test(test_version_and_hash),
        cmocka_unit_test(test_weak),       cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_parse),      cmocka_unit_test(test_search),
        cmocka_unit_test(test_not_asked),  cmocka_unit_test(test_lookalike),
        cmocka_unit_test(test_own_source),
    };
    return cmocka_run_group_tests(tests, prepare, NULL);
}
