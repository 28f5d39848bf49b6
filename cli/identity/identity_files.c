/* The folder of a test identity: reads that of an issuing CA, fills that of a new identity.
 * How files are written stands in identity_write.c.
 */
#include "identity_write.h"

#include "report.h"
#include "when.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>

#define ISSUER_ADVICE "Give the folder that \"handfast identity ca --out FOLDER\" filled."

/* ---- reading the issuer */

/* Opens FOLDER/NAME. Not there and `optional`: CLI_OK and *file is NULL. */
static cli_exit open_input(const char *folder, const char *name, bool optional, FILE **file)
{
    char path[IDENTITY_PATH_MAX];
    if (!identity_join(path, folder, name, "")) {
        return identity_fail_too_long(folder);
    }
    *file = fopen(path, "r");
    if (*file != NULL || (optional && errno == ENOENT)) {
        return CLI_OK;
    }
    return cli_fail_file("The issuing CA cannot be read.", path, ISSUER_ADVICE);
}

static cli_exit fail_unreadable(const char *folder, const char *name)
{
    char path[IDENTITY_PATH_MAX];
    (void)identity_join(path, folder, name, "");
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    return cli_fail_at(CLI_LOCAL, "The issuing CA cannot be read.", path,
                       reason == NULL ? "not the expected PEM" : reason, ISSUER_ADVICE);
}

static cli_exit read_certificate(const char *folder, const char *name, bool optional, X509 **made)
{
    FILE *file = NULL;
    cli_exit result = open_input(folder, name, optional, &file);
    if (file == NULL) {
        return result;
    }
    *made = PEM_read_X509(file, NULL, NULL, NULL);
    (void)fclose(file);
    return *made == NULL ? fail_unreadable(folder, name) : CLI_OK;
}

/* An encrypted key must fail here, and not ask the terminal for its password. */
static int no_password(char *buffer, int size, int writing, void *context)
{
    (void)buffer, (void)size, (void)writing, (void)context;
    return -1;
}

static cli_exit read_key(const char *folder, EVP_PKEY **made)
{
    FILE *file = NULL;
    cli_exit result = open_input(folder, "ca.key", false, &file);
    if (file == NULL) {
        return result;
    }
    *made = PEM_read_PrivateKey(file, NULL, no_password, NULL);
    (void)fclose(file);
    return *made == NULL ? fail_unreadable(folder, "ca.key") : CLI_OK;
}

/* ca.chain.pem of a CA below a root: itself, then what stands above it. */
static cli_exit read_above(const char *folder, identity *issuer)
{
    FILE *file = NULL;
    issuer->above = sk_X509_new_null();
    cli_exit result = open_input(folder, "ca.chain.pem", true, &file);
    if (file == NULL || issuer->above == NULL) {
        return result;
    }
    X509 *next = PEM_read_X509(file, NULL, NULL, NULL);
    X509_free(next); /* the CA itself */
    do {
        next = PEM_read_X509(file, NULL, NULL, NULL);
    } while (next != NULL && sk_X509_push(issuer->above, next) > 0);
    (void)fclose(file);
    ERR_clear_error(); /* the end of the file is libcrypto's "no start line" */
    return CLI_OK;
}

cli_exit identity_load_issuer(const char *folder, identity *issuer)
{
    cli_exit result = read_certificate(folder, "ca.pem", false, &issuer->certificate);
    if (result == CLI_OK) {
        result = read_key(folder, &issuer->key);
    }
    if (result == CLI_OK) {
        result = read_certificate(folder, "root.pem", true, &issuer->root);
    }
    if (result == CLI_OK) {
        result = read_above(folder, issuer);
    }
    if (result != CLI_OK) {
        return result;
    }
    if (X509_check_private_key(issuer->certificate, issuer->key) != 1) {
        return cli_fail_at(CLI_LOCAL, "The issuing CA cannot be used.", folder,
                           "ca.key does not belong to ca.pem", ISSUER_ADVICE);
    }
    if (X509_check_ca(issuer->certificate) != 1) {
        return cli_fail_at(CLI_LOCAL, "The issuing CA cannot be used.", folder,
                           "ca.pem is not the certificate of a CA", ISSUER_ADVICE);
    }
    return CLI_OK;
}

/* ---- writing */

static bool add_chain(identity_output *set, const identity_request *request, const identity *made)
{
    identity_file *file = identity_add_file(set, request, ".chain.pem", "chain to send", 0644);
    bool done = file != NULL && PEM_write_bio_X509(file->content, made->certificate) == 1;
    for (int i = 0; done && i < sk_X509_num(made->above); i++) {
        done = PEM_write_bio_X509(file->content, sk_X509_value(made->above, i)) == 1;
    }
    return done;
}

static bool add_root(identity_output *set, const identity_request *request, const identity *made)
{
    identity_file *file = identity_add_file(set, request, "root.pem", "root above it", 0644);
    return file != NULL && PEM_write_bio_X509(file->content, made->root) == 1;
}

static bool add_der(identity_output *set, const identity_request *request, const identity *made)
{
    identity_file *file = identity_add_file(set, request, ".der", "certificate, DER", 0644);
    if (file == NULL || i2d_X509_bio(file->content, made->certificate) != 1) {
        return false;
    }
    file = identity_add_file(set, request, ".key.der", "private key, DER", 0600);
    return file != NULL &&
           i2d_PKCS8PrivateKey_bio(file->content, made->key, NULL, NULL, 0, NULL, NULL) == 1;
}

static bool fill_set(identity_output *set, const identity_request *request, const identity *made)
{
    identity_file *file = identity_add_file(set, request, ".pem", "certificate", 0644);
    if (file == NULL || PEM_write_bio_X509(file->content, made->certificate) != 1) {
        return false;
    }
    file = identity_add_file(set, request, ".key", "private key", 0600);
    if (file == NULL ||
        PEM_write_bio_PKCS8PrivateKey(file->content, made->key, NULL, NULL, 0, NULL, NULL) != 1) {
        return false;
    }
    bool below = made->root != NULL;
    return (!below || add_chain(set, request, made)) &&
           (!below || request->role != IDENTITY_CA || add_root(set, request, made)) &&
           (!request->der || add_der(set, request, made));
}

/* ---- the summary */

static void print_octets(const char *label, const uint8_t *octets, size_t len)
{
    printf("  %-16s ", label);
    for (size_t i = 0; i < len; i++) {
        printf("%02x", octets[i]);
    }
    puts("");
}

static void print_facts(const identity_request *request, const identity *made)
{
    char from[CLI_WHEN_SIZE];
    char to[CLI_WHEN_SIZE];
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    cli_when_text(request->not_before, from);
    cli_when_text(request->not_after, to);
    printf("  %-16s %s to %s\n", "valid", from, to);
    printf("  %-16s %d bytes\n", "size (DER)", i2d_X509(made->certificate, NULL));
    if (X509_digest(made->certificate, EVP_sha256(), digest, &len) == 1) {
        print_octets("SHA-256", digest, len);
    }
    uint8_t *spki = NULL;
    int spki_len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(made->certificate), &spki);
    if (spki_len > 0 && EVP_Digest(spki, (size_t)spki_len, digest, &len, EVP_sha256(), NULL) == 1) {
        print_octets("SHA-256 of key", digest, len);
    }
    OPENSSL_free(spki);
}

static void print_set(const identity_output *set, const identity_request *request,
                      const identity *made)
{
    static const char *const ROLES[] = {"CA", "server", "device"};
    printf("%s identity \"%s\"\n", ROLES[request->role], request->name);
    identity_print_files(set);
    print_facts(request, made);
}

cli_exit identity_save(const identity_request *request, const identity *made)
{
    identity_output set = {.count = 0};
    cli_exit result = identity_make_folders(request->out);
    if (result == CLI_OK && !fill_set(&set, request, made)) {
        result = cli_fail(CLI_LOCAL, "The identity could not be written out.", "out of memory",
                          "Free some memory and try again.");
    }
    if (result == CLI_OK) {
        result = identity_write(&set, request->force);
    }
    if (result == CLI_OK) {
        print_set(&set, request, made);
    }
    identity_release_output(&set);
    return result;
}
