/* handfast identity show: what is in files, in words, and which key belongs to which certificate.
 * Never a secret byte. */
#include "identity_show.h"

#include "identity.h"
#include "identity_options.h"
#include "identity_token.h"
#include "report.h"

#include <ctype.h>
#include <getopt.h>
#include <handfast/x509.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define COMMAND "identity show"

/* Line ends and what stands beside them become one space; the rest is escaped if need be. */
void identity_show_printable(const char *text, size_t len)
{
    bool pending = false;
    bool begun = false;
    for (size_t i = 0; i < len; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (byte == '\n' || byte == ' ') {
            pending = begun;
            continue;
        }
        (void)fputs(pending ? " " : "", stdout);
        pending = false;
        begun = true;
        if (byte > ' ' && byte < 0x7f) {
            (void)fputc(byte, stdout);
        } else {
            printf("\\x%02x", byte);
        }
    }
}

void identity_show_octets(const char *label, const uint8_t *octets, size_t len)
{
    printf("  %-16s ", label);
    for (size_t i = 0; i < len; i++) {
        printf("%02x", octets[i]);
    }
    puts("");
}

void identity_show_name(const char *label, const X509_NAME *name)
{
    uint8_t *der = NULL;
    char text[512];
    int len = i2d_X509_NAME(name, &der);
    text[0] = 0;
    if (len > 0) {
        (void)hf_x509_name_text((hf_span){der, (size_t)len}, text, sizeof text);
    }
    OPENSSL_free(der);
    printf("  %-16s %s\n", label, text[0] == 0 ? "(empty)" : text);
}

void identity_show_key(EVP_PKEY *key)
{
    char group[64] = "";
    if (key == NULL) {
        (void)fputs("of an unknown kind", stdout);
    } else if (EVP_PKEY_is_a(key, "RSA")) {
        printf("RSA %d", EVP_PKEY_get_bits(key));
    } else if (EVP_PKEY_is_a(key, "EC") &&
               EVP_PKEY_get_group_name(key, group, sizeof group, NULL) == 1) {
        const char *name = strcmp(group, "prime256v1") == 0  ? "P-256"
                           : strcmp(group, "secp384r1") == 0 ? "P-384"
                                                             : group;
        (void)fputs(name, stdout);
    } else {
        const char *name = EVP_PKEY_get0_type_name(key);
        (void)fputs(name == NULL ? "of an unknown kind" : name, stdout);
    }
}

void identity_show_spki(EVP_PKEY *key)
{
    uint8_t *spki = NULL;
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    int size = key == NULL ? 0 : i2d_PUBKEY(key, &spki);
    if (size > 0 && EVP_Digest(spki, (size_t)size, digest, &len, EVP_sha256(), NULL) == 1) {
        identity_show_octets("SHA-256 of key", digest, len);
    }
    OPENSSL_free(spki);
}

static void show_private(const identity_item *item)
{
    printf("  %-16s ", "key");
    if (item->key != NULL) {
        identity_show_key(item->key);
        (void)fputs(", ", stdout);
    }
    printf("%s, %s\n", item->form,
           item->in_token    ? "which it never leaves"
           : item->encrypted ? "encrypted"
                             : "not encrypted");
    if (item->key == NULL) {
        puts("  more with        --password-file FILE");
    }
    identity_show_spki(item->key);
}

static void show_request(const identity_item *item)
{
    X509_REQ *request = item->request;
    EVP_PKEY *key = X509_REQ_get0_pubkey(request);
    identity_show_name("subject", X509_REQ_get_subject_name(request));
    printf("  %-16s ", "key");
    identity_show_key(key);
    puts("");
    STACK_OF(X509_EXTENSION) *wanted = X509_REQ_get_extensions(request);
    identity_show_extensions(wanted);
    sk_X509_EXTENSION_pop_free(wanted, X509_EXTENSION_free);
    printf("  %-16s %s\n", "signature",
           key != NULL && X509_REQ_verify(request, key) == 1 ? "right: its maker has the key"
                                                             : "WRONG");
    identity_show_spki(key);
    printf("  %-16s %d bytes\n", "size (DER)", i2d_X509_REQ(request, NULL));
}

static void show_item(const identity_item *item, int64_t now)
{
    switch (item->kind) {
    case IDENTITY_CERTIFICATE:
        identity_show_certificate(item, now);
        break;
    case IDENTITY_PRIVATE_KEY:
    case IDENTITY_PKCS12:
        show_private(item);
        break;
    case IDENTITY_PUBLIC_KEY:
        printf("  %-16s ", "key");
        identity_show_key(item->key);
        puts("");
        identity_show_spki(item->key);
        break;
    case IDENTITY_REQUEST:
        show_request(item);
        break;
    case IDENTITY_OTHER:
        break;
    }
}

static void show_head(const identity_items *items, size_t index)
{
    static const char *const KINDS[] = {
        [IDENTITY_CERTIFICATE] = "certificate",
        [IDENTITY_PRIVATE_KEY] = "private key",
        [IDENTITY_PUBLIC_KEY] = "public key",
        [IDENTITY_REQUEST] = "certificate request",
        [IDENTITY_PKCS12] = "PKCS#12",
        [IDENTITY_OTHER] = "a PEM block that is not looked at",
    };
    const identity_item *item = &items->item[index];
    size_t first = index;
    size_t end = index + 1;
    while (first > 0 && items->item[first - 1].file == item->file) {
        first--;
    }
    while (end < items->count && items->item[end].file == item->file) {
        end++;
    }
    printf("%s", item->file);
    if (end - first > 1) {
        printf(", %zu of %zu", index - first + 1, end - first);
    }
    printf(": %s\n", KINDS[item->kind]);
}

/* A key and what has the same public half; says so too when nothing has. */
static void show_matches(const identity_items *items, size_t key)
{
    const identity_item *item = &items->item[key];
    unsigned others = 0;
    unsigned matches = 0;
    for (size_t i = 0; i < items->count; i++) {
        const identity_item *other = &items->item[i];
        if (other->kind != IDENTITY_CERTIFICATE && other->kind != IDENTITY_REQUEST) {
            continue;
        }
        others++;
        if (identity_items_match(item, other)) {
            matches++;
            printf("belong together: the private key in %s and the certificate%s in %s\n",
                   item->file, other->kind == IDENTITY_REQUEST ? " request" : "", other->file);
        }
    }
    if (others > 0 && matches == 0) {
        printf("on its own: the private key in %s belongs to no certificate here\n", item->file);
    }
}

static void show_items(const identity_items *items)
{
    int64_t now = (int64_t)time(NULL);
    for (size_t i = 0; i < items->count; i++) {
        show_head(items, i);
        show_item(&items->item[i], now);
    }
    for (size_t i = 0; i < items->count; i++) {
        if (items->item[i].kind == IDENTITY_PRIVATE_KEY && items->item[i].key != NULL) {
            show_matches(items, i);
        }
    }
}

cli_exit identity_show(int argc, char **argv)
{
    const char *password_file = NULL;
    const identity_option options[] = {{.name = "password-file", .value = &password_file}};
    bool help = false;
    cli_exit result = identity_take_options(COMMAND, argc, argv, options, 1, &help);
    if (help) {
        identity_print_show_help();
        return CLI_OK;
    }
    if (result == CLI_OK && optind >= argc) {
        return cli_fail_usage(COMMAND, "The file is missing.", NULL);
    }
    cli_file password = {NULL, 0};
    identity_items items = {.count = 0};
    if (result == CLI_OK && password_file != NULL) {
        result = cli_file_read_password(password_file, &password);
    }
    for (int i = optind; result == CLI_OK && i < argc; i++) {
        const cli_file *opening = password_file == NULL ? NULL : &password;
        result = cli_token_is(argv[i]) ? identity_token_show(&items, argv[i], opening)
                                       : identity_items_read(&items, argv[i], opening);
    }
    if (result == CLI_OK) {
        show_items(&items);
    }
    identity_items_release(&items);
    cli_file_release(&password);
    return result;
}
