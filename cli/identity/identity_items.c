/* Reads files of identities block by block. See identity_items.h; what a block's DER is finds
 * identity_decode.c out. */
#include "identity_items.h"

#include "report.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

identity_item *identity_items_add(identity_items *items, identity_kind kind, const char *file)
{
    if (items->count == items->cap) {
        size_t cap = items->cap == 0 ? 8 : items->cap * 2;
        identity_item *grown = realloc(items->item, cap * sizeof *grown);
        if (grown == NULL) {
            return NULL;
        }
        items->item = grown;
        items->cap = cap;
    }
    identity_item *item = &items->item[items->count++];
    *item = (identity_item){.kind = kind, .file = file, .form = ""};
    return item;
}

void identity_items_release(identity_items *items)
{
    for (size_t i = 0; i < items->count; i++) {
        free(items->item[i].der);
        X509_free(items->item[i].certificate);
        EVP_PKEY_free(items->item[i].key);
        X509_REQ_free(items->item[i].request);
    }
    free(items->item);
    *items = (identity_items){.count = 0};
}

EVP_PKEY *identity_item_public(const identity_item *item)
{
    if (item->certificate != NULL) {
        return X509_get0_pubkey(item->certificate);
    }
    return item->request != NULL ? X509_REQ_get0_pubkey(item->request) : item->key;
}

bool identity_items_match(const identity_item *one, const identity_item *other)
{
    EVP_PKEY *first = identity_item_public(one);
    EVP_PKEY *second = identity_item_public(other);
    bool match = first != NULL && second != NULL && EVP_PKEY_eq(first, second) == 1;
    ERR_clear_error(); /* keys of different kinds */
    return match;
}

cli_exit identity_fail_content(const char *file, const char *what, const char *todo)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    return cli_fail_at(CLI_LOCAL, what, file, reason == NULL ? "not the expected content" : reason,
                       todo);
}

cli_exit identity_fail_password(const char *file)
{
    return cli_fail(CLI_LOCAL, "The password does not open it.", file,
                    "Give the right password with --password-file FILE.");
}

int identity_password(char *buffer, int size, int writing, void *context)
{
    const cli_file *password = context;
    (void)writing;
    if (password == NULL || size < 0 || password->len > (size_t)size) {
        return -1;
    }
    memcpy(buffer, password->bytes, password->len);
    return (int)password->len;
}

/* A key in OpenSSL's own encryption (RFC 1421): opened here, so that its DER is plain. */
static cli_exit open_block(identity_reader *reader, char *header, uint8_t *der, long *len,
                           bool *locked)
{
    EVP_CIPHER_INFO cipher;
    *locked = false;
    if (PEM_get_EVP_CIPHER_INFO(header, &cipher) != 1) {
        return identity_fail_content(reader->file, "A PEM block cannot be read.",
                                     "Export the key again as PKCS#8.");
    }
    if (cipher.cipher == NULL) {
        return CLI_OK;
    }
    if (reader->password == NULL) {
        *locked = true;
        return CLI_OK;
    }
    return PEM_do_header(&cipher, der, len, identity_password, (void *)reader->password) == 1
               ? CLI_OK
               : identity_fail_password(reader->file);
}

static bool is_known(const char *label)
{
    static const char *const LABELS[] = {"CERTIFICATE",
                                         "X509 CERTIFICATE",
                                         "TRUSTED CERTIFICATE",
                                         "PRIVATE KEY",
                                         "ENCRYPTED PRIVATE KEY",
                                         "EC PRIVATE KEY",
                                         "RSA PRIVATE KEY",
                                         "PUBLIC KEY",
                                         "CERTIFICATE REQUEST",
                                         "NEW CERTIFICATE REQUEST",
                                         "PKCS12"};
    for (size_t i = 0; i < sizeof LABELS / sizeof LABELS[0]; i++) {
        if (strcmp(label, LABELS[i]) == 0) {
            return true;
        }
    }
    return false;
}

static cli_exit no_memory(void)
{
    return cli_fail(CLI_LOCAL, "There is not enough memory.", NULL, "Free some, and try again.");
}

static cli_exit take_block(identity_reader *reader, const char *label, char *header, uint8_t *der,
                           long len)
{
    bool locked = false;
    if (!is_known(label)) {
        return identity_items_add(reader->items, IDENTITY_OTHER, reader->file) != NULL
                   ? CLI_OK
                   : no_memory();
    }
    cli_exit result = open_block(reader, header, der, &len, &locked);
    if (result != CLI_OK) {
        return result;
    }
    size_t before = reader->items->count;
    if (locked) {
        identity_item *item = identity_items_add(reader->items, IDENTITY_PRIVATE_KEY, reader->file);
        if (item == NULL) {
            return no_memory();
        }
        item->form = "RFC 1421";
    } else {
        result = identity_decode(reader, der, (size_t)len);
    }
    if (header[0] != 0 && reader->items->count > before) {
        reader->items->item[before].encrypted = true;
    }
    return result != CLI_USAGE
               ? result
               : identity_fail_content(reader->file, "A PEM block is not what it says it is.",
                                       "Export the file again.");
}

/* *found: there was a block. */
static cli_exit next_block(identity_reader *reader, BIO *text, bool *found)
{
    char *label = NULL;
    char *header = NULL;
    uint8_t *der = NULL;
    long len = 0;
    *found = PEM_read_bio(text, &label, &header, &der, &len) == 1;
    if (!*found) {
        unsigned long error = ERR_peek_last_error();
        bool end =
            ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
        cli_exit result = end ? CLI_OK
                              : identity_fail_content(reader->file, "A PEM block cannot be read.",
                                                      "Copy the file again, whole.");
        ERR_clear_error();
        return result;
    }
    size_t room = (size_t)len;
    cli_exit result = take_block(reader, label, header, der, len);
    OPENSSL_free(label);
    OPENSSL_free(header);
    OPENSSL_clear_free(der, room);
    return result;
}

static cli_exit read_pem(identity_reader *reader, const cli_file *file)
{
    BIO *text = BIO_new_mem_buf(file->bytes, (int)file->len);
    bool found = true;
    cli_exit result = text == NULL ? no_memory() : CLI_OK;
    while (result == CLI_OK && found) {
        result = next_block(reader, text, &found);
    }
    BIO_free(text);
    return result;
}

cli_exit identity_items_read(identity_items *items, const char *path, const cli_file *password)
{
    identity_reader reader = {.items = items, .file = path, .password = password};
    cli_file file;
    size_t before = items->count;
    cli_exit result = cli_file_read(path, IDENTITY_FILE_LIMIT, &file);
    if (result == CLI_OK) {
        result = memmem(file.bytes, file.len, "-----BEGIN ", 11) != NULL
                     ? read_pem(&reader, &file)
                     : identity_decode(&reader, file.bytes, file.len);
        if (result == CLI_USAGE || (result == CLI_OK && items->count == before)) {
            result = cli_fail_at(CLI_LOCAL, "The file holds nothing of an identity.", path,
                                 "neither PEM, nor a certificate, key, request or PKCS#12 in DER",
                                 "Check that the right file is given.");
        }
    }
    cli_file_release(&file);
    ERR_clear_error();
    return result;
}
