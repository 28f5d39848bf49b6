/* The key object in a PKCS#11 token, and its public half. See pkcs11_inside.h. The public half
 * comes from the private object (RSA: the modulus is there), or from the public object that has the
 * same id or label (EC: the point is only there). */
#include "pkcs11_inside.h"

#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

#define FOUND_MAX 8u
#define VALUE_MAX 1024u

static CK_RV find(pkcs11 *p, CK_ATTRIBUTE *wanted, CK_ULONG wanted_count, CK_OBJECT_HANDLE *found,
                  CK_ULONG *count)
{
    *count = 0;
    CK_RV rv = p->call->C_FindObjectsInit(p->session, wanted, wanted_count);
    if (rv == CKR_OK) {
        rv = p->call->C_FindObjects(p->session, found, FOUND_MAX, count);
        (void)p->call->C_FindObjectsFinal(p->session);
    }
    return rv;
}

/* False: the object does not have it, or it is longer than the room. */
static bool read_value(pkcs11 *p, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, void *value,
                       size_t cap, size_t *len)
{
    CK_ATTRIBUTE attribute = {.type = type, .pValue = value, .ulValueLen = cap};
    CK_RV rv = p->call->C_GetAttributeValue(p->session, object, &attribute, 1);
    bool read = rv == CKR_OK && attribute.ulValueLen <= cap;
    *len = read ? attribute.ulValueLen : 0;
    return read;
}

/* What the URI says about the object; with the class last, which may be left out. */
static CK_ULONG describe(pkcs11 *p, CK_ATTRIBUTE wanted[3], CK_OBJECT_CLASS *class_)
{
    CK_ULONG count = 0;
    if (p->uri.object[0] != 0) {
        wanted[count++] = (CK_ATTRIBUTE){CKA_LABEL, p->uri.object, strlen(p->uri.object)};
    }
    if (p->uri.id_len > 0) {
        wanted[count++] = (CK_ATTRIBUTE){CKA_ID, p->uri.id, p->uri.id_len};
    }
    wanted[count++] = (CK_ATTRIBUTE){CKA_CLASS, class_, sizeof *class_};
    return count;
}

static const char *class_words(CK_OBJECT_CLASS class_)
{
    return class_ == CKO_CERTIFICATE  ? "a certificate"
           : class_ == CKO_PUBLIC_KEY ? "a public key"
           : class_ == CKO_SECRET_KEY ? "a secret key"
           : class_ == CKO_DATA       ? "data"
                                      : "something else";
}

/* Labels of the private keys that are there. */
static void list_keys(pkcs11 *p, char *list, size_t cap)
{
    CK_OBJECT_CLASS class_ = CKO_PRIVATE_KEY;
    CK_ATTRIBUTE wanted = {CKA_CLASS, &class_, sizeof class_};
    CK_OBJECT_HANDLE found[FOUND_MAX];
    CK_ULONG count = 0;
    list[0] = 0;
    if (find(p, &wanted, 1, found, &count) != CKR_OK) {
        return;
    }
    for (CK_ULONG i = 0; i < count; i++) {
        char label[64];
        size_t len = 0;
        size_t at = strlen(list);
        (void)read_value(p, found[i], CKA_LABEL, label, sizeof label, &len);
        (void)snprintf(list + at, cap - at, "%s\"%.*s\"", at == 0 ? "" : ", ", (int)len, label);
    }
}

static bool no_key(cli_token *token)
{
    pkcs11 *p = token->inside;
    CK_OBJECT_CLASS class_ = 0;
    CK_ATTRIBUTE wanted[3];
    CK_OBJECT_HANDLE found[FOUND_MAX];
    CK_ULONG count = 0;
    size_t len = 0;
    char there[320];
    CK_ULONG said = describe(p, wanted, &class_) - 1;
    if (said > 0 && find(p, wanted, said, found, &count) == CKR_OK && count > 0 &&
        read_value(p, found[0], CKA_CLASS, &class_, sizeof class_, &len)) {
        return token_trouble(token, "The object is not a private key.",
                             "Give the URI of the private key, by object= or id=.",
                             "token \"%s\": what the URI names is %s", p->label,
                             class_words(class_));
    }
    list_keys(p, there, sizeof there);
    return token_trouble(token, "There is no such key in the token.",
                         "Correct object= or id= in the URI (pkcs11-tool --login --list-objects "
                         "shows them).",
                         "token \"%s\" has %s%s", p->label,
                         there[0] == 0 ? "no private key" : "the private keys: ", there);
}

/* ---- the public half */

static EVP_PKEY *key_of(const char *type, OSSL_PARAM_BLD *parts)
{
    EVP_PKEY *key = NULL;
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(parts);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    if (params != NULL && ctx != NULL && EVP_PKEY_fromdata_init(ctx) == 1 &&
        EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1) {
        key = NULL;
    }
    EVP_PKEY_CTX_free(ctx);
    OSSL_PARAM_free(params);
    ERR_clear_error();
    return key;
}

static EVP_PKEY *rsa_public(pkcs11 *p, CK_OBJECT_HANDLE object)
{
    uint8_t n[VALUE_MAX];
    uint8_t e[16];
    size_t n_len = 0;
    size_t e_len = 0;
    if (!read_value(p, object, CKA_MODULUS, n, sizeof n, &n_len) ||
        !read_value(p, object, CKA_PUBLIC_EXPONENT, e, sizeof e, &e_len)) {
        return NULL;
    }
    BIGNUM *modulus = BN_bin2bn(n, (int)n_len, NULL);
    BIGNUM *exponent = BN_bin2bn(e, (int)e_len, NULL);
    OSSL_PARAM_BLD *parts = OSSL_PARAM_BLD_new();
    EVP_PKEY *key = NULL;
    if (modulus != NULL && exponent != NULL && parts != NULL &&
        OSSL_PARAM_BLD_push_BN(parts, "n", modulus) == 1 &&
        OSSL_PARAM_BLD_push_BN(parts, "e", exponent) == 1) {
        key = key_of("RSA", parts);
    }
    OSSL_PARAM_BLD_free(parts);
    BN_free(modulus);
    BN_free(exponent);
    return key;
}

/* A PKCS#11 point is a DER OCTET STRING; some tokens leave its header out. */
static EVP_PKEY *ec_public(pkcs11 *p, CK_OBJECT_HANDLE object)
{
    uint8_t curve[64];
    uint8_t point[256];
    size_t curve_len = 0;
    size_t len = 0;
    char group[64];
    const uint8_t *at = curve;
    if (!read_value(p, object, CKA_EC_PARAMS, curve, sizeof curve, &curve_len) ||
        !read_value(p, object, CKA_EC_POINT, point, sizeof point, &len)) {
        return NULL;
    }
    ASN1_OBJECT *oid = d2i_ASN1_OBJECT(NULL, &at, (long)curve_len);
    bool known = oid != NULL && OBJ_obj2nid(oid) != NID_undef &&
                 OBJ_obj2txt(group, sizeof group, oid, 0) > 0;
    ASN1_OBJECT_free(oid);
    size_t skip = len > 2 && point[0] == 0x04 && point[1] == len - 2 ? 2 : 0;
    OSSL_PARAM_BLD *parts = OSSL_PARAM_BLD_new();
    EVP_PKEY *key = NULL;
    if (known && parts != NULL &&
        OSSL_PARAM_BLD_push_utf8_string(parts, "group", OBJ_nid2sn(OBJ_txt2nid(group)), 0) == 1 &&
        OSSL_PARAM_BLD_push_octet_string(parts, "pub", point + skip, len - skip) == 1) {
        key = key_of("EC", parts);
    }
    OSSL_PARAM_BLD_free(parts);
    return key;
}

/* The public object beside the private one: with the same id, or the same label. */
static EVP_PKEY *beside(pkcs11 *p, CK_ATTRIBUTE_TYPE type)
{
    uint8_t value[256];
    size_t len = 0;
    CK_OBJECT_CLASS class_ = CKO_PUBLIC_KEY;
    CK_OBJECT_HANDLE found[FOUND_MAX];
    CK_ULONG count = 0;
    if (!read_value(p, p->key, type, value, sizeof value, &len) || len == 0) {
        return NULL;
    }
    CK_ATTRIBUTE wanted[] = {{CKA_CLASS, &class_, sizeof class_}, {type, value, len}};
    if (find(p, wanted, 2, found, &count) != CKR_OK || count != 1) {
        return NULL;
    }
    return p->is_rsa ? rsa_public(p, found[0]) : ec_public(p, found[0]);
}

static EVP_PKEY *public_half(pkcs11 *p)
{
    EVP_PKEY *key = p->is_rsa ? rsa_public(p, p->key) : ec_public(p, p->key);
    key = key == NULL ? beside(p, CKA_ID) : key;
    return key == NULL ? beside(p, CKA_LABEL) : key;
}

/* ---- the key */

static bool read_kind(cli_token *token)
{
    pkcs11 *p = token->inside;
    CK_KEY_TYPE type = 0;
    CK_BBOOL flag = CK_FALSE;
    size_t len = 0;
    (void)read_value(p, p->key, CKA_ALWAYS_AUTHENTICATE, &flag, sizeof flag, &len);
    p->always_login = len == sizeof flag && flag == CK_TRUE;
    if (!read_value(p, p->key, CKA_KEY_TYPE, &type, sizeof type, &len) ||
        (type != CKK_RSA && type != CKK_EC)) {
        return token_trouble(token, "The key is of a kind that TLS does not sign with here.",
                             "Take an ECDSA key of P-256 or P-384, or an RSA key.",
                             "token \"%s\": neither RSA nor EC (CKK 0x%lx)", p->label,
                             (unsigned long)type);
    }
    p->is_rsa = type == CKK_RSA;
    return true;
}

bool pkcs11_key_find(cli_token *token)
{
    pkcs11 *p = token->inside;
    CK_OBJECT_CLASS class_ = CKO_PRIVATE_KEY;
    CK_ATTRIBUTE wanted[3];
    CK_OBJECT_HANDLE found[FOUND_MAX];
    CK_ULONG count = 0;
    CK_RV rv = find(p, wanted, describe(p, wanted, &class_), found, &count);
    if (rv != CKR_OK) {
        return token_trouble(token, "The token lists no objects.",
                             "Check it with pkcs11-tool --login --list-objects.",
                             "token \"%s\": %s", p->label, pkcs11_words(rv));
    }
    if (count == 0) {
        return no_key(token);
    }
    if (count > 1) {
        char there[320];
        list_keys(p, there, sizeof there);
        return token_trouble(token, "More than one key fits the URI.",
                             "Name one with object= or id=.",
                             "token \"%s\" has the private keys: %s", p->label, there);
    }
    p->key = found[0];
    if (!read_kind(token)) {
        return false;
    }
    token->found = public_half(p);
    return true;
}
