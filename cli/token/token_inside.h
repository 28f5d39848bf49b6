/* What token.c shares with the kinds of token: pkcs11.c and tpm.c. */
#ifndef HF_CLI_TOKEN_INSIDE_H
#define HF_CLI_TOKEN_INSIDE_H

#include "token.h"

#define TOKEN_SCHEMES_MAX 6u

typedef struct token_kind {
    const char *name;
    bool (*is)(const char *key);
    /* Finds the key, also a second time when it was lost: sets `found` and the schemes. */
    bool (*open)(cli_token *token);
    hf_code (*sign)(cli_token *token, uint16_t scheme, hf_span hash, hf_space signature,
                    size_t *len);
    void (*close)(cli_token *token);
} token_kind;

struct cli_token {
    const token_kind *kind;
    const char *key;
    const char *password;
    void *inside;         /* the kind's; NULL before it is opened */
    EVP_PKEY *public_key; /* what signatures are verified with; NULL: not known */
    EVP_PKEY *found;      /* what `open` found; taken over by token.c */
    uint16_t schemes[TOKEN_SCHEMES_MAX];
    size_t schemes_count;
    bool lost;      /* the way to the key is gone: open again before the next signature */
    bool other_key; /* what was found is not the key of before */
    bool refused;   /* a PIN was wrong: it is not given again */
    bool said;      /* the trouble stands on stderr already */
    char what[160];
    char why[640];
    char todo[400];
};

extern const token_kind token_pkcs11;
extern const token_kind token_tpm;

/* Notes what went wrong, in printable ASCII; false, so that `return token_trouble(...)` ends. */
bool token_trouble(cli_token *token, const char *what, const char *todo, const char *why, ...)
    __attribute__((format(printf, 4, 5)));

/* One more scheme that the key can sign with. */
void token_can(cli_token *token, uint16_t scheme);

#endif
