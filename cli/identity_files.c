/* The folder of a test identity: reads that of an issuing CA, writes that of a new identity.
 *
 * Invariants: a private key's file is never readable by others, not even for a moment; without
 * --force nothing is written when one of the files exists; a failed write leaves no part of a file.
 */
#include "identity.h"
#include "report.h"
#include "when.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES_MAX      6
#define FILE_NAME_ROOM 160 /* a file's name, its suffix and a temporary one */
#define ISSUER_ADVICE  "Give the folder that \"handfast identity ca --out FOLDER\" filled."

typedef struct output_file {
    char path[IDENTITY_PATH_MAX];
    const char *label;
    mode_t mode;
    BIO *content;
} output_file;

typedef struct output_set {
    output_file file[FILES_MAX];
    size_t count;
} output_set;

/* ---- reading the issuer */

static bool join(char path[IDENTITY_PATH_MAX], const char *folder, const char *name,
                 const char *suffix)
{
    int len = snprintf(path, IDENTITY_PATH_MAX, "%s/%s%s", folder, name, suffix);
    return len > 0 && len < IDENTITY_PATH_MAX;
}

static cli_exit fail_too_long(const char *folder)
{
    return cli_fail(CLI_USAGE, "The path is too long.", folder, "Choose a shorter folder name.");
}

/* Opens FOLDER/NAME. Not there and `optional`: CLI_OK and *file is NULL. */
static cli_exit open_input(const char *folder, const char *name, bool optional, FILE **file)
{
    char path[IDENTITY_PATH_MAX];
    if (!join(path, folder, name, "")) {
        return fail_too_long(folder);
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
    (void)join(path, folder, name, "");
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

/* Ids may hold anything printable; file names hold letters, digits, dot, hyphen, underscore. */
static void file_name_of(const identity_request *request, char name[128])
{
    const char *text = request->role == IDENTITY_CA ? "ca" : request->name;
    size_t len = 0;
    for (; text[len] != 0 && len < 127; len++) {
        char at = text[len];
        bool plain = isalnum((unsigned char)at) || at == '-' || at == '_' || (at == '.' && len > 0);
        name[len] = at;
        if (!plain) {
            name[len] = '_';
        }
    }
    name[len] = 0;
}

static output_file *add_file(output_set *set, const identity_request *request, const char *suffix,
                             const char *label, mode_t mode)
{
    char name[128];
    output_file *file = &set->file[set->count];
    file_name_of(request, name);
    bool fits = suffix[0] == '.' ? join(file->path, request->out, name, suffix)
                                 : join(file->path, request->out, suffix, "");
    file->label = label;
    file->mode = mode;
    file->content = BIO_new(BIO_s_mem());
    set->count++;
    return fits && file->content != NULL ? file : NULL;
}

static bool add_chain(output_set *set, const identity_request *request, const identity *made)
{
    output_file *file = add_file(set, request, ".chain.pem", "chain to send", 0644);
    bool done = file != NULL && PEM_write_bio_X509(file->content, made->certificate) == 1;
    for (int i = 0; done && i < sk_X509_num(made->above); i++) {
        done = PEM_write_bio_X509(file->content, sk_X509_value(made->above, i)) == 1;
    }
    return done;
}

static bool add_root(output_set *set, const identity_request *request, const identity *made)
{
    output_file *file = add_file(set, request, "root.pem", "root above it", 0644);
    return file != NULL && PEM_write_bio_X509(file->content, made->root) == 1;
}

static bool add_der(output_set *set, const identity_request *request, const identity *made)
{
    output_file *file = add_file(set, request, ".der", "certificate, DER", 0644);
    if (file == NULL || i2d_X509_bio(file->content, made->certificate) != 1) {
        return false;
    }
    file = add_file(set, request, ".key.der", "private key, DER", 0600);
    return file != NULL &&
           i2d_PKCS8PrivateKey_bio(file->content, made->key, NULL, NULL, 0, NULL, NULL) == 1;
}

static bool fill_set(output_set *set, const identity_request *request, const identity *made)
{
    output_file *file = add_file(set, request, ".pem", "certificate", 0644);
    if (file == NULL || PEM_write_bio_X509(file->content, made->certificate) != 1) {
        return false;
    }
    file = add_file(set, request, ".key", "private key", 0600);
    if (file == NULL ||
        PEM_write_bio_PKCS8PrivateKey(file->content, made->key, NULL, NULL, 0, NULL, NULL) != 1) {
        return false;
    }
    bool below = made->root != NULL;
    return (!below || add_chain(set, request, made)) &&
           (!below || request->role != IDENTITY_CA || add_root(set, request, made)) &&
           (!request->der || add_der(set, request, made));
}

static void release_set(output_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        BIO_free(set->file[i].content);
    }
}

static cli_exit make_folders(const char *folder)
{
    char path[IDENTITY_PATH_MAX];
    if (strlen(folder) > IDENTITY_PATH_MAX - FILE_NAME_ROOM || !join(path, folder, "", "")) {
        return fail_too_long(folder);
    }
    for (char *at = path + 1; *at != 0; at++) {
        if (*at == '/') {
            *at = 0;
            if (mkdir(path, 0755) != 0 && errno != EEXIST) {
                return cli_fail_file("The folder cannot be made.", path,
                                     "Choose another one with --out, or check its permissions.");
            }
            *at = '/';
        }
    }
    return CLI_OK;
}

static bool write_all(int fd, const char *bytes, long left)
{
    while (left > 0) {
        ssize_t written = write(fd, bytes, (size_t)left);
        if (written < 0 && errno != EINTR) {
            return false;
        }
        bytes += written > 0 ? written : 0;
        left -= written > 0 ? (long)written : 0;
    }
    return true;
}

/* To a file of its own first: the name appears only when everything is in it. */
static bool write_file(const output_file *file)
{
    char part[IDENTITY_PATH_MAX + 16];
    char *bytes = NULL;
    long len = BIO_get_mem_data(file->content, &bytes);
    (void)snprintf(part, sizeof part, "%s.%ld", file->path, (long)getpid());
    int fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, file->mode);
    if (fd < 0) {
        return false;
    }
    bool written = write_all(fd, bytes, len);
    int reason = errno;
    if (close(fd) != 0 && written) {
        written = false;
        reason = errno;
    }
    if (written && rename(part, file->path) == 0) {
        return true;
    }
    reason = written ? errno : reason;
    (void)unlink(part);
    errno = reason;
    return false;
}

static cli_exit write_set(const output_set *set, bool force)
{
    struct stat there;
    for (size_t i = 0; i < set->count && !force; i++) {
        if (lstat(set->file[i].path, &there) == 0) {
            return cli_fail_at(CLI_LOCAL, "Nothing was written.", set->file[i].path,
                               "this file exists already",
                               "Choose another folder (--out), or --force to replace it.");
        }
    }
    for (size_t i = 0; i < set->count; i++) {
        if (!write_file(&set->file[i])) {
            return cli_fail_file("A file cannot be written.", set->file[i].path,
                                 "Check the folder's permissions and the free space.");
        }
    }
    return CLI_OK;
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

static void print_set(const output_set *set, const identity_request *request, const identity *made)
{
    static const char *const ROLES[] = {"CA", "server", "device"};
    printf("%s identity \"%s\"\n", ROLES[request->role], request->name);
    for (size_t i = 0; i < set->count; i++) {
        printf("  %-16s %s\n", set->file[i].label, set->file[i].path);
    }
    print_facts(request, made);
}

cli_exit identity_save(const identity_request *request, const identity *made)
{
    output_set set = {.count = 0};
    cli_exit result = make_folders(request->out);
    if (result == CLI_OK && !fill_set(&set, request, made)) {
        result = cli_fail(CLI_LOCAL, "The identity could not be written out.", "out of memory",
                          "Free some memory and try again.");
    }
    if (result == CLI_OK) {
        result = write_set(&set, request->force);
    }
    if (result == CLI_OK) {
        print_set(&set, request, made);
    }
    release_set(&set);
    return result;
}
