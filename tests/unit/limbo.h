/* Cases of C2SP/x509-limbo as certificates and policies, and the run over all of them. A case
 * agrees when the walk accepts it exactly when the suite expects success. Cases that do not agree
 * stand in a list with a reason, the same for both walks, and it is exact: one that starts to agree
 * must leave it.
 */
#ifndef HF_TESTS_LIMBO_H
#define HF_TESTS_LIMBO_H

#include "unit/x509_fixtures.h"

#include <cjson/cJSON.h>

#include <time.h>

#define CERTIFICATES_MAX 110
#define NAMES            (1 << 20)
#define TODAY            INT64_C(1780272000) /* 2026-06-01: for cases that take the present */

#define CRL    "no CRLs: the operator revokes (draft-ietf-uta-tls13-iot-profile 16.1.7)"
#define KEYIDS "key identifiers help to find an issuer; they prove nothing and need not stand"
#define ANCHOR "an anchor is its name, key, constraints and path length, nothing else"
#define CN     "the common name is never looked at (RFC 9525 2), so it cannot contradict"
#define WEBPKI "a rule of the CA/Browser Forum for public CAs, not of RFC 5280"

static const struct disagreement {
    const char *id;
    const char *reason;
} DISAGREEMENTS[] = {
    {"crl::revoked-certificate-with-crl", CRL},
    {"crl::crlnumber-missing", CRL},
    {"crl::crlnumber-critical", CRL},
    {"crl::issuer-missing-crlsign", CRL},
    {"pathlen::max-chain-depth-0-exhausted",
     "a limit of 0 means the default here; anchors alone are a list without intermediates"},
    {"pathlen::max-chain-depth-1-self-issued",
     "the limit bounds work, so self-issued certificates count"},
    {"rfc5280::aki::leaf-missing-aki", KEYIDS},
    {"rfc5280::aki::intermediate-missing-aki", KEYIDS},
    {"rfc5280::aki::cross-signed-root-missing-aki", KEYIDS},
    {"rfc5280::nc::permitted-dns-match-noncritical",
     "constraints are applied whether critical or not"},
    {"rfc5280::serial::zero", "RFC 5280 4.1.2.2: users should handle zero and negative serials"},
    {"rfc5280::ski::root-missing-ski", KEYIDS},
    {"rfc5280::ski::intermediate-missing-ski", KEYIDS},
    {"rfc5280::validity::expired-root", ANCHOR},
    {"rfc5280::root-non-critical-basic-constraints",
     "a rule for CAs; the extension is applied whether critical or not"},
    {"rfc5280::leaf-ku-keycertsign",
     "a rule for CAs; a leaf that is no CA issues nothing whatever its key usage says"},
    {"rfc5280::ca-as-leaf",
     "RFC 8446 4.4.2.2: key usage without digitalSignature cannot sign a handshake"},
    {"webpki::aki::root-with-aki-missing-keyidentifier", KEYIDS},
    {"webpki::aki::root-with-aki-authoritycertissuer", KEYIDS},
    {"webpki::aki::root-with-aki-all-fields", KEYIDS},
    {"webpki::aki::root-with-aki-ski-mismatch", KEYIDS},
    {"webpki::cn::ipv4-leading-zeros-mismatch", CN},
    {"webpki::cn::ipv6-uncompressed-mismatch", CN},
    {"webpki::cn::ipv6-non-rfc5952-mismatch", CN},
    {"webpki::cn::punycode-not-in-san", CN},
    {"webpki::eku::ee-anyeku", WEBPKI},
    {"webpki::eku::ee-critical-eku", WEBPKI},
    {"webpki::eku::root-has-eku", ANCHOR},
    {"webpki::san::public-suffix-private-namespace-wildcard-san",
     "needs the list of public suffixes, which devices do not carry"},
    {"webpki::san::san-critical-with-nonempty-subject", WEBPKI},
    {"webpki::malformed-aia", "extensions that are neither known nor critical are not read"},
#if !defined(HF_BACKEND_PSA) /* Mbed TLS has no such keys */
    {"webpki::forbidden-rsa-not-divisible-by-8-in-root", WEBPKI},
#endif
    {"webpki::ee-basicconstraints-ca", WEBPKI},
};

typedef struct limbo_case {
    hf_span peer;
    hf_span others[CERTIFICATES_MAX];
    hf_certificate parsed[CERTIFICATES_MAX]; /* of others; version 0: does not parse */
    size_t others_count;
    hf_anchor anchors[CERTIFICATES_MAX];
    hf_span anchor_ders[CERTIFICATES_MAX];
    hf_anchor_list list;
    size_t anchor_ders_count;
    hf_path_policy policy;
    unsigned attempts;
    hf_code first_error; /* of the last way tried, for messages */
} limbo_case;

static hf_crypto crypto;
static uint8_t names[NAMES];

static hf_span decode(const cJSON *pem)
{
    const hf_span text = {.ptr = (const uint8_t *)pem->valuestring,
                          .len = strlen(pem->valuestring)};
    hf_span label;
    hf_span der;
    size_t at = 0;
    uint8_t *bytes = malloc(text.len);
    assert_non_null(bytes);
    assert_int_equal(
        hf_pem_next(text, &at, &label, (hf_space){.ptr = bytes, .cap = text.len}, &der), HF_OK);
    return der;
}

static int64_t parse_time(const cJSON *value)
{
    if (!cJSON_IsString(value)) {
        return TODAY;
    }
    struct tm tm = {0};
    assert_int_equal(sscanf(value->valuestring, "%d-%d-%dT%d:%d:%d", &tm.tm_year, &tm.tm_mon,
                            &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec),
                     6);
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    return (int64_t)timegm(&tm);
}

static const cJSON *field(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

static void load(limbo_case *c, const cJSON *json)
{
    const cJSON *item;
    memset(c, 0, sizeof *c);
    c->peer = decode(field(json, "peer_certificate"));
    cJSON_ArrayForEach(item, field(json, "untrusted_intermediates"))
    {
        assert_in_range(c->others_count, 0, CERTIFICATES_MAX - 1);
        c->others[c->others_count] = decode(item);
        if (hf_x509_parse(&c->parsed[c->others_count], c->others[c->others_count], NULL) != HF_OK) {
            c->parsed[c->others_count].version = 0;
        }
        c->others_count++;
    }
    cJSON_ArrayForEach(item, field(json, "trusted_certs"))
    {
        hf_span der = c->anchor_ders[c->anchor_ders_count++] = decode(item);
        if (hf_anchor_from_der(&c->anchors[c->list.count], der, NULL) == HF_OK) {
            c->list.count++; /* one that cannot be loaded is not trusted */
        }
    }
    c->list.anchors = c->anchors;
    const cJSON *name = field(field(json, "expected_peer_name"), "value");
    const cJSON *depth = field(json, "max_chain_depth");
    bool server = strcmp(field(json, "validation_kind")->valuestring, "SERVER") == 0;
    c->policy = (hf_path_policy){
        .crypto = &crypto,
        .anchors = {.find = hf_anchor_list_find, .ctx = &c->list},
        .now = {.seconds = parse_time(field(json, "validation_time")), .kind = HF_TIME_EXACT},
        .purpose = server ? HF_FOR_SERVER_AUTH : HF_FOR_CLIENT_AUTH,
        .name = server && cJSON_IsString(name) ? name->valuestring : NULL,
        .max_depth = cJSON_IsNumber(depth) ? (uint8_t)depth->valueint : 8,
    };
}

static void unload(limbo_case *c)
{
    free((void *)c->peer.ptr);
    for (size_t i = 0; i < c->others_count; i++) {
        free((void *)c->others[i].ptr);
    }
    for (size_t i = 0; i < c->anchor_ders_count; i++) {
        free((void *)c->anchor_ders[i].ptr);
    }
}

static cJSON *read_suite(const char *vectors)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/limbo/limbo.json", vectors);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return NULL;
    }
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    size_t len = (size_t)ftell(file);
    rewind(file);
    char *text = malloc(len);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, len, file), len);
    (void)fclose(file);
    cJSON *suite = cJSON_ParseWithLength(text, len);
    free(text);
    return suite;
}

static const char *reason_of(const char *id)
{
    for (size_t i = 0; i < sizeof DISAGREEMENTS / sizeof DISAGREEMENTS[0]; i++) {
        if (strcmp(DISAGREEMENTS[i].id, id) == 0) {
            return DISAGREEMENTS[i].reason;
        }
    }
    return NULL;
}

static void limbo_run(const cJSON *suite, bool (*accepted)(limbo_case *c))
{
    static limbo_case c;
    const cJSON *json;
    unsigned wrong = 0;
    unsigned listed = 0;
    unsigned cases = 0;
    cJSON_ArrayForEach(json, field(suite, "testcases"))
    {
        const char *id = field(json, "id")->valuestring;
        bool expected = strcmp(field(json, "expected_result")->valuestring, "SUCCESS") == 0;
        load(&c, json);
        bool found = accepted(&c);
        const char *reason = reason_of(id);
        cases++;
        listed += reason != NULL ? 1 : 0;
        if ((found == expected) == (reason != NULL)) {
            wrong++;
            print_message("%s: expected %s, walk says %s%s\n", id, expected ? "SUCCESS" : "FAILURE",
                          hf_error_name(c.first_error),
                          reason == NULL ? "" : "; it agrees now: remove it from the list");
        }
        unload(&c);
    }
    assert_int_equal(wrong, 0);
    assert_int_equal(listed, sizeof DISAGREEMENTS / sizeof DISAGREEMENTS[0]);
    assert_true(cases >= 139);
}

/* The main function of a test with one case, every_case. */
static int limbo_main(CMUnitTestFunction every_case)
{
    const char *vectors = getenv("HF_VECTORS");
    const char *require = getenv("HF_REQUIRE_VECTORS");
    bool required = require != NULL && strcmp(require, "1") == 0;
    cJSON *suite = vectors == NULL || *vectors == 0 ? NULL : read_suite(vectors);
    if (suite == NULL) {
        print_message("skipped: HF_VECTORS does not lead to limbo/limbo.json\n");
        return required ? 1 : 77;
    }
    assert_int_equal(hf_crypto_init(&crypto, (hf_random_source){0}), HF_OK);
    const struct CMUnitTest tests[] = {cmocka_unit_test_prestate(every_case, suite)};
    int failures = cmocka_run_group_tests(tests, NULL, NULL);
    hf_crypto_release(&crypto);
    cJSON_Delete(suite);
    return failures;
}

#endif
