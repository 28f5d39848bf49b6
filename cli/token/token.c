/* Keys in tokens: what all kinds have in common. See token.h.
 *
 * Every signature is verified with the public key before it is sent: a token that computes wrongly,
 * or signs with another key, is found here and not by the peer, who would only send an alert.
 */
#include "token_inside.h"

#include "report.h"

#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const token_kind *const KINDS[] = {&token_pkcs11, &token_tpm};
#define KINDS_COUNT (sizeof KINDS / sizeof KINDS[0])

static const token_kind *kind_of(const char *key)
{
    for (size_t i = 0; i < KINDS_COUNT; i++) {
        if (KINDS[i]->is(key)) {
            return KINDS[i];
        }
    }
    return NULL;
}

bool cli_token_is(const char *key)
{
    return kind_of(key) != NULL;
}

bool token_trouble(cli_token *token, const char *what, const char *todo, const char *why, ...)
{
    va_list rest;
    va_start(rest, why);
    (void)vsnprintf(token->why, sizeof token->why, why, rest);
    va_end(rest);
    for (char *at = token->why; *at != 0; at++) {
        *at = *at < ' ' || *at > '~' ? '?' : *at; /* labels are anybody's */
    }
    (void)snprintf(token->what, sizeof token->what, "%s", what);
    (void)snprintf(token->todo, sizeof token->todo, "%s", todo);
    return false;
}

void token_can(cli_token *token, uint16_t scheme)
{
    if (token->schemes_count < TOKEN_SCHEMES_MAX) {
        token->schemes[token->schemes_count++] = scheme;
    }
}

cli_exit cli_token_fail(const cli_token *token)
{
    return token->said ? CLI_LOCAL : cli_fail(CLI_LOCAL, token->what, token->why, token->todo);
}

/* What was found takes the place of what was known, when it is the same key. */
static bool adopt(cli_token *token)
{
    EVP_PKEY *found = token->found;
    token->found = NULL;
    if (found == NULL || token->public_key == NULL) {
        token->public_key = found == NULL ? token->public_key : found;
        return true;
    }
    bool same = EVP_PKEY_eq(found, token->public_key) == 1;
    EVP_PKEY_free(found);
    token->other_key = !same;
    return same || token_trouble(token, "The token holds another key now.",
                                 "Plug in the token that belongs to the certificate.",
                                 "the key that the URI names is not the one of before");
}

/* The key whose PIN was refused, and how that was told: a command that opens it again (doctor, for
 * each of its questions), or has it open twice, must not use up the tries that are left. */
static struct {
    char key[2048];
    char what[160];
    char why[640];
    char todo[400];
} refusal;

static void remember_refusal(const cli_token *token)
{
    if (token->refused) {
        (void)snprintf(refusal.key, sizeof refusal.key, "%s", token->key);
        memcpy(refusal.what, token->what, sizeof refusal.what);
        memcpy(refusal.why, token->why, sizeof refusal.why);
        memcpy(refusal.todo, token->todo, sizeof refusal.todo);
    }
}

static bool was_refused(cli_token *token)
{
    if (refusal.key[0] == 0 || strncmp(refusal.key, token->key, sizeof refusal.key - 1) != 0) {
        return false;
    }
    token->refused = true;
    (void)token_trouble(token, refusal.what, refusal.todo, "%s", refusal.why);
    return true;
}

static bool open_key(cli_token *token)
{
    token->schemes_count = 0;
    if (was_refused(token)) {
        return false;
    }
    bool opened = token->kind->open(token) && adopt(token);
    remember_refusal(token);
    return opened;
}

cli_exit cli_token_open(cli_token **made, const char *key, const char *password)
{
    cli_token *token = calloc(1, sizeof *token);
    *made = token;
    if (token == NULL) {
        return cli_fail(CLI_LOCAL, "There is not enough memory.", NULL, "Free some.");
    }
    token->kind = kind_of(key);
    token->key = key;
    token->password = password;
    bool opened = open_key(token);
    ERR_clear_error();
    return opened ? CLI_OK : cli_token_fail(token);
}

void cli_token_close(cli_token *token)
{
    if (token != NULL) {
        token->kind->close(token);
        EVP_PKEY_free(token->public_key);
        EVP_PKEY_free(token->found);
        free(token);
    }
}

EVP_PKEY *cli_token_public(const cli_token *token)
{
    return token->public_key;
}

const char *cli_token_kind_name(const cli_token *token)
{
    return token->kind->name;
}

/* ---- signing */

static bool is_pss(uint16_t scheme)
{
    return scheme == HF_RSA_PSS_RSAE_SHA256 || scheme == HF_RSA_PSS_RSAE_SHA384;
}

/* The salt must be as long as the hash (RFC 8446 4.2.3): some TPMs choose another one. */
static bool verifies(const cli_token *token, uint16_t scheme, hf_span hash, hf_span signature)
{
    const EVP_MD *md = hash.len == 48 ? EVP_sha384() : EVP_sha256();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, token->public_key, NULL);
    bool ready = ctx != NULL && EVP_PKEY_verify_init(ctx) == 1;
    if (ready && is_pss(scheme)) {
        ready = EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1;
    }
    ready = ready && EVP_PKEY_CTX_set_signature_md(ctx, md) == 1;
    if (ready && is_pss(scheme)) {
        ready = EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) == 1;
    }
    bool right =
        ready && EVP_PKEY_verify(ctx, signature.ptr, signature.len, hash.ptr, hash.len) == 1;
    EVP_PKEY_CTX_free(ctx);
    ERR_clear_error();
    return right;
}

static hf_code attempt(cli_token *token, uint16_t scheme, hf_span hash, hf_space signature,
                       size_t *len)
{
    hf_code code = token->kind->sign(token, scheme, hash, signature, len);
    if (code == HF_OK && token->public_key != NULL &&
        !verifies(token, scheme, hash, (hf_span){signature.ptr, *len})) {
        (void)token_trouble(token, "The token's signature is wrong.",
                            is_pss(scheme)
                                ? "Check which key the URI names; a chip that chooses its own salt "
                                  "for RSA-PSS needs --tls 1.2 or an ECDSA key."
                                : "Check which key the URI names, and the token itself.",
                            "it does not fit the certificate's key: the token signs with another "
                            "key, or computes wrongly");
        return HF_E_SIGNER_KEY;
    }
    return code;
}

static hf_code not_opened(const cli_token *token)
{
    return token->refused     ? HF_E_KEY_PASSWORD
           : token->other_key ? HF_E_SIGNER_KEY
                              : HF_E_SIGNER_GONE;
}

/* A token that was unplugged and is back is found again: once for each signature. */
hf_code cli_token_sign(cli_token *token, uint16_t scheme, hf_span hash, hf_space signature,
                       size_t *len)
{
    hf_code code = HF_E_SIGNER;
    *len = 0;
    if (was_refused(token)) {
        return HF_E_KEY_PASSWORD;
    }
    if (!token->lost) {
        code = attempt(token, scheme, hash, signature, len);
    }
    if (token->lost && !token->refused) {
        token->other_key = false;
        token->lost = !open_key(token);
        code = token->lost ? not_opened(token) : attempt(token, scheme, hash, signature, len);
    }
    remember_refusal(token);
    *len = code == HF_OK ? *len : 0;
    return code;
}

static unsigned milliseconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (unsigned)((uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u);
}

/* As hf_signer.sign. */
static hf_code sign(void *ctx, uint16_t scheme, hf_span hash, hf_space signature, size_t *len)
{
    cli_token *token = ctx;
    unsigned begin = milliseconds();
    hf_code code = cli_token_sign(token, scheme, hash, signature, len);
    cli_note_signing(milliseconds() - begin);
    if (code != HF_OK) {
        cli_note_signer(token->what, token->why, token->todo);
    }
    return code;
}

/* ---- certificates */

static EVP_PKEY *public_of(const hf_identity *identity)
{
    const uint8_t *at = NULL;
    if (identity->chain_count == 0) {
        at = identity->raw_key.ptr;
        return at == NULL ? NULL : d2i_PUBKEY(NULL, &at, (long)identity->raw_key.len);
    }
    at = identity->chain[0].ptr;
    X509 *leaf = d2i_X509(NULL, &at, (long)identity->chain[0].len);
    EVP_PKEY *key = leaf == NULL ? NULL : X509_get_pubkey(leaf);
    X509_free(leaf);
    ERR_clear_error();
    return key;
}

cli_exit cli_token_serve(cli_token *token, hf_identity *identity, const char *cert)
{
    EVP_PKEY *certified = public_of(identity);
    bool fits = certified != NULL &&
                (token->public_key == NULL || EVP_PKEY_eq(certified, token->public_key) == 1);
    if (!fits) {
        char subject[2048];
        hf_error error;
        hf_error_clear(&error);
        error.stage = HF_STAGE_SETUP;
        (void)hf_fail(&error, HF_E_KEY_MISMATCH);
        EVP_PKEY_free(certified);
        (void)snprintf(subject, sizeof subject, "%s and %s", cert, token->key);
        return cli_fail_record(&error, subject);
    }
    if (token->public_key == NULL) {
        token->public_key = certified; /* signatures show whether it is the right one */
    } else {
        EVP_PKEY_free(certified);
    }
    identity->signer = (hf_signer){.sign = sign, .ctx = token};
    return CLI_OK;
}

static bool can_13(const cli_token *token)
{
    for (size_t i = 0; i < token->schemes_count; i++) {
        if (token->schemes[i] != HF_RSA_PKCS1_SHA256 && token->schemes[i] != HF_RSA_PKCS1_SHA384) {
            return true;
        }
    }
    return false;
}

cli_exit cli_token_use(cli_token *token, hf_config *config, uint16_t only, const char *cert)
{
    cli_exit result = cli_token_serve(token, &config->identity, cert);
    if (result != CLI_OK) {
        return result;
    }
    config->signing_schemes = token->schemes;
    config->signing_schemes_count = token->schemes_count;
    if (can_13(token)) {
        return CLI_OK;
    }
    if (only == HF_TLS13) {
        return cli_fail_at(CLI_LOCAL, "The token makes no RSA-PSS signatures, which TLS 1.3 needs.",
                           token->key, "it has RSA PKCS#1 v1.5 alone",
                           "Use --tls 1.2, or an ECDSA key.");
    }
    config->version_min = config->version_max = HF_TLS12;
    (void)fputs("warning: the token makes no RSA-PSS signatures, so only TLS 1.2 is used\n",
                stderr);
    return CLI_OK;
}
