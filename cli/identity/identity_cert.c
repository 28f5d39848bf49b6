/* Makes a key and the certificate for it with libcrypto, as small as the IoT profile allows
 * (draft-ietf-uta-tls13-iot-profile 16): only the extensions that each role needs.
 *
 * libcrypto's calls return 1 or a pointer when they succeed; the functions here join them with &&
 * and the first failure ends in one report with libcrypto's own reason.
 */
#include "identity.h"
#include "report.h"

#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#define SERIAL_SIZE 16 /* at least 8 random octets, at most 20 in all (section 16.1.2) */

void identity_release(identity *made)
{
    EVP_PKEY_free(made->key);
    X509_free(made->certificate);
    sk_X509_pop_free(made->above, X509_free);
    X509_free(made->root);
    memset(made, 0, sizeof *made);
}

EVP_PKEY *identity_make_key(const char *kind)
{
    if (strcmp(kind, "p384") == 0) {
        return EVP_EC_gen("P-384");
    }
    if (strcmp(kind, "rsa2048") == 0) {
        return EVP_RSA_gen(2048);
    }
    return EVP_EC_gen("P-256");
}

/* Positive, and always of the same length: the first octet is neither 0 nor above 0x7f. */
static bool set_serial(X509 *certificate)
{
    uint8_t octets[SERIAL_SIZE];
    if (RAND_bytes(octets, sizeof octets) != 1) {
        return false;
    }
    octets[0] = (uint8_t)((octets[0] & 0x3f) | 0x40);
    BIGNUM *number = BN_bin2bn(octets, sizeof octets, NULL);
    bool done =
        number != NULL && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL;
    BN_free(number);
    return done;
}

static bool set_dates(X509 *certificate, const identity_request *request)
{
    return ASN1_TIME_set(X509_getm_notBefore(certificate), (time_t)request->not_before) != NULL &&
           ASN1_TIME_set(X509_getm_notAfter(certificate), (time_t)request->not_after) != NULL;
}

static bool add_name(X509_NAME *subject, int kind, const char *text)
{
    return X509_NAME_add_entry_by_NID(subject, kind, MBSTRING_UTF8, (const uint8_t *)text, -1, -1,
                                      0) == 1;
}

/* CAs hold C, O and CN (sections 16.2.1, 16.3.1). A device's CN is its id. A server's names stand
 * in its SAN and must not stand in the CN (16.4.1), so its subject only says what it is. */
bool identity_set_subject(X509_NAME *subject, const identity_request *request)
{
    switch (request->role) {
    case IDENTITY_CA:
        return add_name(subject, NID_countryName, request->country) &&
               add_name(subject, NID_organizationName, request->organization) &&
               add_name(subject, NID_commonName, request->name);
    case IDENTITY_SERVER:
        return add_name(subject, NID_commonName, "server");
    default:
        return (request->serial_number == NULL ||
                add_name(subject, NID_serialNumber, request->serial_number)) &&
               add_name(subject, NID_commonName, request->name);
    }
}

static bool add_extension(X509 *certificate, X509 *issuer, int kind, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, kind, value);
    bool done = extension != NULL && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return done;
}

/* The names were checked before: no comma in them starts another entry. */
void identity_names_value(const identity_request *request, char value[IDENTITY_NAMES_VALUE])
{
    size_t len = 0;
    for (size_t i = 0; i < request->dns_count; i++) {
        len += (size_t)snprintf(value + len, IDENTITY_NAMES_VALUE - len, "%sDNS:%s",
                                len > 0 ? "," : "", request->dns[i]);
    }
    for (size_t i = 0; i < request->ip_count; i++) {
        len += (size_t)snprintf(value + len, IDENTITY_NAMES_VALUE - len, "%sIP:%s",
                                len > 0 ? "," : "", request->ip[i]);
    }
}

static bool add_alternative_names(X509 *certificate, const identity_request *request)
{
    char value[IDENTITY_NAMES_VALUE];
    identity_names_value(request, value);
    return add_extension(certificate, NULL, NID_subject_alt_name, value);
}

/* Section 16.2 for a root, 16.3 for a CA below one: no path length, no extended key usage. */
static bool add_ca_extensions(X509 *certificate, X509 *issuer)
{
    const char *usage =
        issuer == certificate ? "critical,keyCertSign" : "critical,digitalSignature,keyCertSign";
    return add_extension(certificate, issuer, NID_basic_constraints, "critical,CA:TRUE") &&
           add_extension(certificate, issuer, NID_key_usage, usage) &&
           add_extension(certificate, issuer, NID_subject_key_identifier, "hash") &&
           add_extension(certificate, issuer, NID_authority_key_identifier, "keyid:always");
}

/* Section 16.4: an AKI but no SKI; the purpose fits the role. */
static bool add_leaf_extensions(X509 *certificate, X509 *issuer, const identity_request *request)
{
    bool server = request->role == IDENTITY_SERVER;
    return add_extension(certificate, issuer, NID_key_usage, "critical,digitalSignature") &&
           add_extension(certificate, issuer, NID_ext_key_usage,
                         server ? "serverAuth" : "clientAuth") &&
           add_extension(certificate, issuer, NID_authority_key_identifier, "keyid:always") &&
           (!server || add_alternative_names(certificate, request));
}

const EVP_MD *identity_digest_for(EVP_PKEY *signer)
{
    return EVP_PKEY_get_bits(signer) == 384 ? EVP_sha384() : EVP_sha256();
}

static bool make_certificate(const identity_request *request, const identity *issuer,
                             identity *made)
{
    X509 *certificate = made->certificate;
    X509 *above = issuer == NULL ? certificate : issuer->certificate;
    EVP_PKEY *signer = issuer == NULL ? made->key : issuer->key;
    return X509_set_version(certificate, X509_VERSION_3) == 1 && set_serial(certificate) &&
           set_dates(certificate, request) &&
           identity_set_subject(X509_get_subject_name(certificate), request) &&
           X509_set_issuer_name(certificate, X509_get_subject_name(above)) == 1 &&
           X509_set_pubkey(certificate, made->key) == 1 &&
           (request->role == IDENTITY_CA ? add_ca_extensions(certificate, above)
                                         : add_leaf_extensions(certificate, above, request)) &&
           X509_sign(certificate, signer, identity_digest_for(signer)) > 0;
}

/* What stands between the new certificate and the root, and the root. */
static bool inherit_chain(const identity *issuer, identity *made)
{
    made->above = sk_X509_new_null();
    if (made->above == NULL || issuer == NULL) {
        return made->above != NULL;
    }
    X509 *root = issuer->root == NULL ? issuer->certificate : issuer->root;
    made->root = X509_dup(root);
    if (issuer->root == NULL) {
        return made->root != NULL;
    }
    X509 *copy = X509_dup(issuer->certificate);
    bool done = made->root != NULL && copy != NULL && sk_X509_push(made->above, copy) > 0;
    for (int i = 0; done && i < sk_X509_num(issuer->above); i++) {
        copy = X509_dup(sk_X509_value(issuer->above, i));
        done = copy != NULL && sk_X509_push(made->above, copy) > 0;
    }
    return done;
}

/* A CA below another that bears the same name would look like a root to every verifier. */
static bool bears_issuers_name(const identity_request *request, const identity *issuer,
                               X509 *certificate)
{
    return request->role == IDENTITY_CA && issuer != NULL &&
           X509_NAME_cmp(X509_get_subject_name(certificate),
                         X509_get_subject_name(issuer->certificate)) == 0;
}

cli_exit identity_make(const identity_request *request, const identity *issuer, identity *made)
{
    made->key = identity_make_key(request->key);
    made->certificate = X509_new();
    if (made->key != NULL && made->certificate != NULL && make_certificate(request, issuer, made) &&
        inherit_chain(issuer, made)) {
        return bears_issuers_name(request, issuer, made->certificate)
                   ? cli_fail_at(CLI_USAGE, "The new CA would bear its issuer's name.",
                                 request->name, "nobody could tell it from a root",
                                 "Give it another one (--name).")
                   : CLI_OK;
    }
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    return cli_fail(CLI_INTERNAL, "The certificate could not be made.",
                    reason == NULL ? "libcrypto gives no reason" : reason,
                    "Check that libcrypto is whole (openssl version -a); else report this.");
}
