/* Finds out what a DER structure is by reading it as each kind in turn: no two of them have the
 * same outline. See identity_items.h. */
#include "identity_items.h"

#include "report.h"

#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <stdlib.h>
#include <string.h>

static cli_exit no_memory(void)
{
    return cli_fail(CLI_LOCAL, "There is not enough memory.", NULL, "Free some, and try again.");
}

/* Takes the certificate over. */
static cli_exit add_certificate(identity_reader *reader, X509 *certificate, const uint8_t *der,
                                size_t len)
{
    identity_item *item = identity_items_add(reader->items, IDENTITY_CERTIFICATE, reader->file);
    if (item == NULL) {
        X509_free(certificate);
        return no_memory();
    }
    item->certificate = certificate;
    item->der = malloc(len);
    item->len = len;
    if (item->der == NULL) {
        return no_memory();
    }
    memcpy(item->der, der, len);
    return CLI_OK;
}

/* Takes the key over. */
static cli_exit add_key(identity_reader *reader, identity_kind kind, EVP_PKEY *key,
                        const char *form, bool encrypted)
{
    identity_item *item = identity_items_add(reader->items, kind, reader->file);
    if (item == NULL) {
        EVP_PKEY_free(key);
        return no_memory();
    }
    item->key = key;
    item->form = form;
    item->encrypted = encrypted;
    return CLI_OK;
}

static cli_exit add_request(identity_reader *reader, X509_REQ *request)
{
    identity_item *item = identity_items_add(reader->items, IDENTITY_REQUEST, reader->file);
    if (item == NULL) {
        X509_REQ_free(request);
        return no_memory();
    }
    item->request = request;
    return CLI_OK;
}

/* EncryptedPrivateKeyInfo (RFC 5958 3) */
static cli_exit add_locked(identity_reader *reader, const X509_SIG *locked)
{
    const cli_file *password = reader->password;
    if (password == NULL) {
        return add_key(reader, IDENTITY_PRIVATE_KEY, NULL, "PKCS#8", true);
    }
    PKCS8_PRIV_KEY_INFO *open =
        PKCS8_decrypt(locked, (const char *)password->bytes, (int)password->len);
    EVP_PKEY *key = open == NULL ? NULL : EVP_PKCS82PKEY(open);
    PKCS8_PRIV_KEY_INFO_free(open);
    return key == NULL ? identity_fail_password(reader->file)
                       : add_key(reader, IDENTITY_PRIVATE_KEY, key, "PKCS#8", true);
}

static cli_exit add_made(identity_reader *reader, X509 *certificate)
{
    uint8_t *der = NULL;
    int len = i2d_X509(certificate, &der);
    if (len <= 0) {
        X509_free(certificate);
        return no_memory();
    }
    cli_exit result = add_certificate(reader, certificate, der, (size_t)len);
    OPENSSL_free(der);
    return result;
}

static cli_exit add_bags(identity_reader *reader, PKCS12 *bags, const char *password)
{
    EVP_PKEY *key = NULL;
    X509 *certificate = NULL;
    STACK_OF(X509) *others = NULL;
    if (PKCS12_parse(bags, password, &key, &certificate, &others) != 1) {
        return identity_fail_content(reader->file, "The PKCS#12 file cannot be opened.",
                                     "Where the reason is \"unsupported\", it has old encryption: "
                                     "write it again with AES, by openssl pkcs12 -legacy.");
    }
    cli_exit result = CLI_OK;
    if (key != NULL) {
        result = add_key(reader, IDENTITY_PRIVATE_KEY, key, "PKCS#12", true);
    }
    if (certificate != NULL && result == CLI_OK) {
        result = add_made(reader, certificate);
    } else {
        X509_free(certificate);
    }
    for (X509 *next = sk_X509_shift(others); next != NULL; next = sk_X509_shift(others)) {
        if (result == CLI_OK) {
            result = add_made(reader, next);
        } else {
            X509_free(next);
        }
    }
    sk_X509_free(others);
    return result;
}

/* Without a password it may still be one that is empty. */
static cli_exit add_pkcs12(identity_reader *reader, PKCS12 *bags)
{
    const char *password = "";
    int len = 0;
    if (reader->password != NULL) {
        password = (const char *)reader->password->bytes;
        len = (int)reader->password->len;
    }
    if (PKCS12_mac_present(bags) && PKCS12_verify_mac(bags, password, len) != 1) {
        if (reader->password != NULL) {
            return identity_fail_password(reader->file);
        }
        return add_key(reader, IDENTITY_PKCS12, NULL, "PKCS#12", true);
    }
    return add_bags(reader, bags, password);
}

static const char *form_of(const uint8_t *der, size_t len, const EVP_PKEY *key)
{
    PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &der, (long)len);
    if (info != NULL) {
        PKCS8_PRIV_KEY_INFO_free(info);
        return "PKCS#8";
    }
    return EVP_PKEY_is_a(key, "RSA") ? "PKCS#1" : "SEC1";
}

/* Keys: plain ones of three forms, encrypted ones, public ones. */
static cli_exit decode_key(identity_reader *reader, const uint8_t *der, size_t len)
{
    const uint8_t *at = der;
    EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &at, (long)len);
    if (key != NULL) {
        return add_key(reader, IDENTITY_PRIVATE_KEY, key, form_of(der, len, key), false);
    }
    at = der;
    X509_SIG *locked = d2i_X509_SIG(NULL, &at, (long)len);
    if (locked != NULL) {
        cli_exit result = add_locked(reader, locked);
        X509_SIG_free(locked);
        return result;
    }
    at = der;
    key = d2i_PUBKEY(NULL, &at, (long)len);
    return key == NULL ? CLI_USAGE : add_key(reader, IDENTITY_PUBLIC_KEY, key, "", false);
}

cli_exit identity_decode(identity_reader *reader, const uint8_t *der, size_t len)
{
    const uint8_t *at = der;
    X509 *certificate = d2i_X509(NULL, &at, (long)len);
    if (certificate != NULL) {
        return add_certificate(reader, certificate, der, len);
    }
    at = der;
    X509_REQ *request = d2i_X509_REQ(NULL, &at, (long)len);
    if (request != NULL) {
        return add_request(reader, request);
    }
    at = der;
    PKCS12 *bags = d2i_PKCS12(NULL, &at, (long)len);
    if (bags != NULL) {
        cli_exit result = add_pkcs12(reader, bags);
        PKCS12_free(bags);
        return result;
    }
    return decode_key(reader, der, len);
}
