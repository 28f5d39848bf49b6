/* handfast identity convert: the same certificates and keys in another form, by libcrypto. What
 * holds a private key is written with mode 0600. */
#include "identity_items.h"
#include "identity_options.h"
#include "identity_write.h"
#include "report.h"

#include <getopt.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <stdio.h>
#include <string.h>

#define COMMAND    "identity convert"
#define ITERATIONS 100000 /* of PBKDF2, for what is encrypted with a password */

typedef struct conversion {
    const char *to;
    const char *out;
    const char *password_file;
    const char *new_password_file;
    bool force;
    cli_file password;
    cli_file new_password;
    identity_items items;
} conversion;

static size_t count_of(const identity_items *items, identity_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < items->count; i++) {
        count += items->item[i].kind == kind;
    }
    return count;
}

static const identity_item *first_of(const identity_items *items, identity_kind kind)
{
    for (size_t i = 0; i < items->count; i++) {
        if (items->item[i].kind == kind) {
            return &items->item[i];
        }
    }
    return NULL;
}

/* PKCS#8, encrypted where there is a new password. */
static bool write_key(BIO *out, const conversion *what, EVP_PKEY *key, bool pem)
{
    const cli_file *password = &what->new_password;
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
    bool done = info != NULL;
    if (done && password->bytes == NULL) {
        done = (pem ? PEM_write_bio_PKCS8_PRIV_KEY_INFO(out, info)
                    : i2d_PKCS8_PRIV_KEY_INFO_bio(out, info)) == 1;
    } else if (done) {
        X509_SIG *locked = PKCS8_encrypt(-1, EVP_aes_256_cbc(), (const char *)password->bytes,
                                         (int)password->len, NULL, 0, ITERATIONS, info);
        done = locked != NULL &&
               (pem ? PEM_write_bio_PKCS8(out, locked) : i2d_PKCS8_bio(out, locked)) == 1;
        X509_SIG_free(locked);
    }
    PKCS8_PRIV_KEY_INFO_free(info);
    return done;
}

static bool write_item(BIO *out, const conversion *what, const identity_item *item, bool pem)
{
    switch (item->kind) {
    case IDENTITY_CERTIFICATE:
        return pem ? PEM_write_bio_X509(out, item->certificate) == 1
                   : BIO_write(out, item->der, (int)item->len) == (int)item->len;
    case IDENTITY_PRIVATE_KEY:
        return write_key(out, what, item->key, pem);
    case IDENTITY_PUBLIC_KEY:
        return (pem ? PEM_write_bio_PUBKEY(out, item->key) : i2d_PUBKEY_bio(out, item->key)) == 1;
    case IDENTITY_REQUEST:
        return (pem ? PEM_write_bio_X509_REQ(out, item->request)
                    : i2d_X509_REQ_bio(out, item->request)) == 1;
    default:
        return false; /* not among the items any more */
    }
}

static cli_exit fail_written(bool done)
{
    return done ? CLI_OK
                : identity_fail_content("libcrypto", "The result could not be made.",
                                        "Check that libcrypto is whole (openssl version -a).");
}

static cli_exit to_pem(const conversion *what, BIO *out)
{
    bool done = true;
    for (size_t i = 0; done && i < what->items.count; i++) {
        done = write_item(out, what, &what->items.item[i], true);
    }
    return fail_written(done);
}

static cli_exit to_der(const conversion *what, BIO *out)
{
    if (what->items.count != 1) {
        return cli_fail(CLI_USAGE, "A DER file holds one thing, and here are several.", NULL,
                        "Give a file with one certificate, key or request, or take --to pem or "
                        "p12.");
    }
    return fail_written(write_item(out, what, &what->items.item[0], false));
}

static cli_exit to_pkcs8(const conversion *what, BIO *out)
{
    if (count_of(&what->items, IDENTITY_PRIVATE_KEY) != 1) {
        return cli_fail(CLI_USAGE, "--to pkcs8 needs one private key.", NULL,
                        "Give the file of the key.");
    }
    const identity_item *key = first_of(&what->items, IDENTITY_PRIVATE_KEY);
    return fail_written(write_key(out, what, key->key, true));
}

static cli_exit write_pkcs12(const conversion *what, BIO *out, const identity_item *key,
                             const identity_item *leaf)
{
    STACK_OF(X509) *others = sk_X509_new_null();
    bool done = others != NULL;
    for (size_t i = 0; done && i < what->items.count; i++) {
        const identity_item *item = &what->items.item[i];
        if (item->kind == IDENTITY_CERTIFICATE && item != leaf) {
            done = sk_X509_push(others, item->certificate) > 0;
        }
    }
    PKCS12 *bags = NULL;
    if (done) {
        bags = PKCS12_create((const char *)what->new_password.bytes, NULL, key->key,
                             leaf->certificate, others, 0, 0, ITERATIONS, ITERATIONS, 0);
    }
    done = bags != NULL && i2d_PKCS12_bio(out, bags) == 1;
    PKCS12_free(bags);
    sk_X509_free(others); /* the items own the certificates */
    return fail_written(done);
}

static cli_exit to_pkcs12(const conversion *what, BIO *out)
{
    const identity_items *items = &what->items;
    const identity_item *key = first_of(items, IDENTITY_PRIVATE_KEY);
    if (what->new_password.bytes == NULL) {
        return cli_fail_usage(COMMAND, "PKCS#12 needs a password (--new-password-file FILE).",
                              NULL);
    }
    if (count_of(items, IDENTITY_PRIVATE_KEY) != 1 || count_of(items, IDENTITY_CERTIFICATE) == 0) {
        return cli_fail(CLI_USAGE, "--to p12 needs one private key and its certificate.", NULL,
                        "Give the files of both.");
    }
    for (size_t i = 0; i < items->count; i++) {
        const identity_item *item = &items->item[i];
        if (item->kind == IDENTITY_CERTIFICATE && identity_items_match(key, item)) {
            return write_pkcs12(what, out, key, item);
        }
    }
    return cli_fail(CLI_LOCAL, "The private key belongs to none of the certificates.", key->file,
                    "Look at the files with handfast identity show.");
}

static const struct {
    const char *name;
    cli_exit (*write)(const conversion *what, BIO *out);
} FORMS[] = {{"pem", to_pem}, {"der", to_der}, {"pkcs8", to_pkcs8}, {"p12", to_pkcs12}};
#define FORMS_COUNT (sizeof FORMS / sizeof FORMS[0])

static cli_exit convert(const conversion *what)
{
    identity_output output = {.count = 0};
    bool secret = first_of(&what->items, IDENTITY_PRIVATE_KEY) != NULL;
    const char *label = !secret                            ? "written"
                        : what->new_password.bytes != NULL ? "key, encrypted"
                                                           : "key, plain";
    identity_file *file = identity_add_path(&output, what->out, label, secret ? 0600 : 0644);
    cli_exit result = file == NULL ? identity_fail_too_long(what->out) : CLI_OK;
    for (size_t i = 0; i < FORMS_COUNT && result == CLI_OK; i++) {
        if (strcmp(what->to, FORMS[i].name) == 0) {
            result = FORMS[i].write(what, file->content);
        }
    }
    if (result == CLI_OK) {
        result = identity_write(&output, what->force);
    }
    if (result == CLI_OK) {
        identity_print_files(&output);
    }
    identity_release_output(&output);
    return result;
}

static cli_exit check(const conversion *what, int files)
{
    if (files == 0) {
        return cli_fail_usage(COMMAND, "The file is missing.", NULL);
    }
    if (what->to == NULL || what->out == NULL) {
        return cli_fail_usage(COMMAND,
                              what->to == NULL ? "The form is missing (--to pem|der|pkcs8|p12)."
                                               : "The file to write is missing (--out FILE).",
                              NULL);
    }
    for (size_t i = 0; i < FORMS_COUNT; i++) {
        if (strcmp(what->to, FORMS[i].name) == 0) {
            return CLI_OK;
        }
    }
    return cli_fail_usage(COMMAND, "There is no such form: pem, der, pkcs8 or p12.", what->to);
}

/* EC PARAMETERS and the like are no part of an identity: left out. */
static void drop_others(identity_items *items)
{
    size_t kept = 0;
    for (size_t i = 0; i < items->count; i++) {
        if (items->item[i].kind != IDENTITY_OTHER) {
            items->item[kept++] = items->item[i];
        }
    }
    items->count = kept;
}

/* Nothing that could not be opened may stay behind unseen. */
static cli_exit check_items(const conversion *what)
{
    const identity_items *items = &what->items;
    if (items->count == 0) {
        return cli_fail(CLI_LOCAL, "There is no certificate, key or request to convert.", NULL,
                        "Look at the files with handfast identity show.");
    }
    for (size_t i = 0; i < items->count; i++) {
        const identity_item *item = &items->item[i];
        if (item->encrypted && item->key == NULL) {
            return cli_fail(CLI_LOCAL, "The file is encrypted.", item->file,
                            "Give its password with --password-file FILE.");
        }
    }
    if (what->new_password.bytes != NULL && first_of(items, IDENTITY_PRIVATE_KEY) == NULL) {
        return cli_fail_usage(COMMAND, "--new-password-file: there is no private key to encrypt.",
                              NULL);
    }
    return CLI_OK;
}

static cli_exit read_all(conversion *what, char **files, size_t count)
{
    cli_exit result = CLI_OK;
    if (what->password_file != NULL) {
        result = cli_file_read_password(what->password_file, &what->password);
    }
    if (result == CLI_OK && what->new_password_file != NULL) {
        result = cli_file_read_password(what->new_password_file, &what->new_password);
    }
    for (size_t i = 0; i < count && result == CLI_OK; i++) {
        result = identity_items_read(&what->items, files[i],
                                     what->password_file == NULL ? NULL : &what->password);
    }
    drop_others(&what->items); /* nothing is owned by them */
    return result == CLI_OK ? check_items(what) : result;
}

cli_exit identity_convert(int argc, char **argv)
{
    conversion what = {.to = NULL};
    const identity_option table[] = {
        {.name = "to", .value = &what.to},
        {.name = "out", .value = &what.out},
        {.name = "password-file", .value = &what.password_file},
        {.name = "new-password-file", .value = &what.new_password_file},
        {.name = "force", .flag = &what.force},
    };
    bool help = false;
    cli_exit result =
        identity_take_options(COMMAND, argc, argv, table, sizeof table / sizeof table[0], &help);
    if (help) {
        identity_print_convert_help();
        return CLI_OK;
    }
    if (result == CLI_OK) {
        result = check(&what, argc - optind);
    }
    if (result == CLI_OK) {
        result = read_all(&what, argv + optind, (size_t)(argc - optind));
    }
    if (result == CLI_OK) {
        result = convert(&what);
    }
    identity_items_release(&what.items);
    cli_file_release(&what.password);
    cli_file_release(&what.new_password);
    return result;
}
