/* The parts of a PKCS#11 token: pkcs11.c (token, session, PIN), pkcs11_module.c (the module's
 * library), pkcs11_key.c (the key object), pkcs11_sign.c (mechanisms and signatures). Each returns
 * false, or an error, after token_trouble() has noted why. */
#ifndef HF_CLI_PKCS11_INSIDE_H
#define HF_CLI_PKCS11_INSIDE_H

#include "file.h"
#include "pkcs11_uri.h"
#include "token_inside.h"

#include <p11-kit/pkcs11.h>

typedef struct pkcs11 {
    pkcs11_uri uri;
    cli_file pin_file; /* of pin-source */
    const char *module;
    CK_FUNCTION_LIST *call; /* the module's functions; NULL: not loaded */
    bool initialised;       /* by us, and so to be finalised by us */
    CK_SLOT_ID slot;
    CK_SESSION_HANDLE session; /* CK_INVALID_HANDLE: none */
    CK_OBJECT_HANDLE key;
    char label[33]; /* of the token */
    size_t size;    /* of a signature as the token gives it */
    bool is_rsa;
    bool always_login; /* the PIN is wanted for each signature (CKA_ALWAYS_AUTHENTICATE) */
    bool pss, pkcs1, raw, ecdsa;
} pkcs11;

bool pkcs11_module_load(cli_token *token);

/* The PIN, or NULL: the token has a keypad of its own for it, or it was not given. */
const char *pkcs11_pin(const cli_token *token);

/* A PIN that was refused, in words, with what the token tells about the tries left. */
bool pkcs11_pin_refused(cli_token *token, CK_RV rv);

bool pkcs11_key_find(cli_token *token);

/* What the token's mechanisms make of the key: notes the schemes. */
bool pkcs11_mechanisms(cli_token *token);

hf_code pkcs11_sign(cli_token *token, uint16_t scheme, hf_span hash, hf_space signature,
                    size_t *len);

/* A return value in words. */
const char *pkcs11_words(CK_RV rv);

/* Whether the token, or the session with it, is gone. */
bool pkcs11_is_gone(CK_RV rv);

/* ---- RSA encodings for tokens that only do the bare operation: pkcs11_rsa.c */

/* `out` has the modulus's size. */
bool pkcs11_encode_pss(EVP_PKEY *key, hf_span hash, uint8_t *out, size_t size);
bool pkcs11_encode_pkcs1(hf_span info, uint8_t *out, size_t size);

#endif
