/* handfast identity csr: a request for a certificate (PKCS#10, RFC 2986), for a CA elsewhere. The
 * key is made here and stays here. What is asked for is what identity server and device would
 * issue. */
#include "identity_items.h"
#include "identity_options.h"
#include "identity_token.h"
#include "identity_write.h"
#include "report.h"

#include <getopt.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#define COMMAND "identity csr"

typedef struct csr_options {
    const char *id;
    const char *key;
    const char *password_file;
    identity_list names;
    identity_list addresses;
} csr_options;

static bool is_kind(const char *key)
{
    return strcmp(key, "p256") == 0 || strcmp(key, "p384") == 0 || strcmp(key, "rsa2048") == 0;
}

static cli_exit make_request(identity_request *request, const csr_options *options)
{
    bool server = options->names.count + options->addresses.count > 0;
    if (server == (options->id != NULL)) {
        return cli_fail_usage(COMMAND,
                              server
                                  ? "--id is a device's, --name and --ip are a server's: not both."
                                  : "Who it is for is missing (--id TEXT or --name HOST).",
                              NULL);
    }
    if (options->password_file != NULL && is_kind(options->key)) {
        return cli_fail_usage(COMMAND, "--password-file needs a file with --key.", NULL);
    }
    request->role = server ? IDENTITY_SERVER : IDENTITY_DEVICE;
    for (size_t i = 0; i < options->names.count; i++) {
        request->dns[request->dns_count++] = options->names.item[i];
    }
    for (size_t i = 0; i < options->addresses.count; i++) {
        request->ip[request->ip_count++] = options->addresses.item[i];
    }
    request->name = options->id;
    if (server) {
        request->name = request->dns_count > 0 ? request->dns[0] : request->ip[0];
    }
    if (server && request->serial_number != NULL) {
        return cli_fail_usage(COMMAND, "--serial-number is a device's.", request->serial_number);
    }
    return identity_check_names(request);
}

/* The only private key in a file. */
static cli_exit read_key(const csr_options *options, EVP_PKEY **key)
{
    cli_file password = {NULL, 0};
    identity_items items = {.count = 0};
    cli_exit result = CLI_OK;
    if (options->password_file != NULL) {
        result = cli_file_read_password(options->password_file, &password);
    }
    if (result == CLI_OK) {
        result = identity_items_read(&items, options->key,
                                     options->password_file == NULL ? NULL : &password);
    }
    bool locked = false;
    for (size_t i = 0; i < items.count && *key == NULL; i++) {
        const identity_item *item = &items.item[i];
        locked = locked || (item->encrypted && item->key == NULL);
        if (item->kind == IDENTITY_PRIVATE_KEY && item->key != NULL &&
            EVP_PKEY_up_ref(item->key) == 1) {
            *key = item->key;
        }
    }
    if (result == CLI_OK && *key == NULL) {
        result = locked ? cli_fail(CLI_LOCAL, "The private key is encrypted.", options->key,
                                   "Give its password with --password-file FILE.")
                        : cli_fail(CLI_LOCAL, "The file holds no private key.", options->key,
                                   "Give a file with a key, or p256, p384 or rsa2048 for a new "
                                   "one.");
    }
    identity_items_release(&items);
    cli_file_release(&password);
    return result;
}

static bool push(STACK_OF(X509_EXTENSION) * wanted, int kind, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, kind, value);
    if (extension == NULL || sk_X509_EXTENSION_push(wanted, extension) <= 0) {
        X509_EXTENSION_free(extension);
        return false;
    }
    return true;
}

static bool add_extensions(X509_REQ *csr, const identity_request *request)
{
    char names[IDENTITY_NAMES_VALUE];
    bool server = request->role == IDENTITY_SERVER;
    STACK_OF(X509_EXTENSION) *wanted = sk_X509_EXTENSION_new_null();
    identity_names_value(request, names);
    bool done = wanted != NULL && push(wanted, NID_key_usage, "critical,digitalSignature") &&
                push(wanted, NID_ext_key_usage, server ? "serverAuth" : "clientAuth") &&
                (!server || push(wanted, NID_subject_alt_name, names)) &&
                X509_REQ_add_extensions(csr, wanted) == 1;
    sk_X509_EXTENSION_pop_free(wanted, X509_EXTENSION_free);
    return done;
}

static bool fill(X509_REQ *csr, const identity_request *request, EVP_PKEY *key)
{
    return csr != NULL && key != NULL && X509_REQ_set_version(csr, X509_REQ_VERSION_1) == 1 &&
           identity_set_subject(X509_REQ_get_subject_name(csr), request) &&
           X509_REQ_set_pubkey(csr, key) == 1 && add_extensions(csr, request);
}

static cli_exit fail_made(void)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    return cli_fail(CLI_LOCAL, "The request could not be made.",
                    reason == NULL ? "libcrypto gives no reason" : reason,
                    "Take a key of P-256, P-384 or RSA (--key).");
}

static cli_exit save(const identity_request *request, X509_REQ *csr, EVP_PKEY *new_key)
{
    identity_output output = {.count = 0};
    cli_exit result = identity_make_folders(request->out);
    identity_file *file = identity_add_file(&output, request, ".csr", "request", 0644);
    bool filled = file != NULL && PEM_write_bio_X509_REQ(file->content, csr) == 1;
    if (filled && new_key != NULL) {
        file = identity_add_file(&output, request, ".key", "private key", 0600);
        filled = file != NULL && PEM_write_bio_PKCS8PrivateKey(file->content, new_key, NULL, NULL,
                                                               0, NULL, NULL) == 1;
    }
    if (result == CLI_OK && !filled) {
        result = cli_fail(CLI_LOCAL, "The request could not be written out.", "out of memory",
                          "Free some memory and try again.");
    }
    if (result == CLI_OK) {
        result = identity_write(&output, request->force);
    }
    if (result == CLI_OK) {
        printf("certificate request for %s \"%s\"\n",
               request->role == IDENTITY_SERVER ? "server" : "device", request->name);
        identity_print_files(&output);
    }
    identity_release_output(&output);
    return result;
}

/* The private key signs here. */
static cli_exit make(const identity_request *request, const csr_options *options)
{
    EVP_PKEY *key = NULL;
    bool is_new = is_kind(options->key);
    cli_exit result = CLI_OK;
    if (is_new) {
        key = identity_make_key(options->key);
    } else {
        result = read_key(options, &key);
    }
    X509_REQ *csr = X509_REQ_new();
    if (result == CLI_OK &&
        !(fill(csr, request, key) && X509_REQ_sign(csr, key, identity_digest_for(key)) > 0)) {
        result = fail_made();
    }
    if (result == CLI_OK) {
        result = save(request, csr, is_new ? key : NULL);
    }
    X509_REQ_free(csr);
    EVP_PKEY_free(key);
    return result;
}

/* The private key signs where it is. */
static cli_exit make_with_token(const identity_request *request, const csr_options *options)
{
    identity_token held = {.token = NULL};
    X509_REQ *csr = X509_REQ_new();
    cli_exit result = identity_token_open(&held, options->key, options->password_file);
    if (result == CLI_OK && !fill(csr, request, cli_token_public(held.token))) {
        result = fail_made();
    }
    if (result == CLI_OK) {
        result = identity_token_sign(&held, csr);
    }
    if (result == CLI_OK) {
        result = save(request, csr, NULL);
    }
    X509_REQ_free(csr);
    identity_token_close(&held);
    return result;
}

cli_exit identity_csr(int argc, char **argv)
{
    identity_request request = {.out = ".", .organization = "-", .country = "XX"};
    csr_options options = {.key = "p256"};
    const identity_option table[] = {
        {.name = "id", .value = &options.id},
        {.name = "name", .list = &options.names},
        {.name = "ip", .list = &options.addresses},
        {.name = "serial-number", .value = &request.serial_number},
        {.name = "key", .value = &options.key},
        {.name = "password-file", .value = &options.password_file},
        {.name = "out", .value = &request.out},
        {.name = "force", .flag = &request.force},
    };
    bool help = false;
    cli_exit result =
        identity_take_options(COMMAND, argc, argv, table, sizeof table / sizeof table[0], &help);
    if (help) {
        identity_print_csr_help();
        return CLI_OK;
    }
    if (result == CLI_OK && optind < argc) {
        return cli_fail_usage(COMMAND, "There is a word too many.", argv[optind]);
    }
    if (result == CLI_OK) {
        result = make_request(&request, &options);
    }
    if (result != CLI_OK) {
        return result;
    }
    return cli_token_is(options.key) ? make_with_token(&request, &options)
                                     : make(&request, &options);
}
