/* What is in files of identities: certificates, keys and requests, out of PEM, DER or PKCS#12, read
 * by libcrypto. Files may hold one of them or many. */
#ifndef HF_CLI_IDENTITY_ITEMS_H
#define HF_CLI_IDENTITY_ITEMS_H

#include "file.h"

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IDENTITY_FILE_LIMIT (4u << 20)

typedef enum identity_kind {
    IDENTITY_CERTIFICATE,
    IDENTITY_PRIVATE_KEY,
    IDENTITY_PUBLIC_KEY,
    IDENTITY_REQUEST,
    IDENTITY_PKCS12, /* one that no password was given for */
    IDENTITY_OTHER,  /* a PEM block of another kind */
} identity_kind;

typedef struct identity_item {
    identity_kind kind;
    const char *file; /* borrowed */
    const char *form; /* how it is encoded, "PKCS#8"; static */
    bool encrypted;   /* in the file */
    bool in_token;    /* the private half is; `key` has the public one alone */
    uint8_t *der;     /* of a certificate: as it stands in the file */
    size_t len;
    X509 *certificate;
    EVP_PKEY *key; /* private or public; NULL: encrypted, and no password was given */
    X509_REQ *request;
} identity_item;

/* All zero is empty. */
typedef struct identity_items {
    identity_item *item;
    size_t count;
    size_t cap;
} identity_items;

/* Adds what is in the file; `password` may be NULL. Says on stderr what is wrong. */
cli_exit identity_items_read(identity_items *items, const char *path, const cli_file *password);

/* Another item, all zero but for the kind; NULL: no memory. */
identity_item *identity_items_add(identity_items *items, identity_kind kind, const char *file);

void identity_items_release(identity_items *items);

/* The public key of an item, borrowed or NULL. */
EVP_PKEY *identity_item_public(const identity_item *item);

/* True when both have the same public key. */
bool identity_items_match(const identity_item *one, const identity_item *other);

/* ---- identity_decode.c: one structure each, into `items` */

/* Who reads, and what it may open. */
typedef struct identity_reader {
    identity_items *items;
    const char *file;
    const cli_file *password; /* or NULL */
} identity_reader;

/* A DER structure of a kind that is found out. CLI_USAGE, and nothing said: it is none of them. */
cli_exit identity_decode(identity_reader *reader, const uint8_t *der, size_t len);

/* "why: FILE: libcrypto's reason". */
cli_exit identity_fail_content(const char *file, const char *what, const char *todo);

/* libcrypto's callback for passwords, with a cli_file or NULL as context; never asks a terminal. */
int identity_password(char *buffer, int size, int writing, void *context);

/* An encrypted key that did not open. */
cli_exit identity_fail_password(const char *file);

#endif
