/* Keys in tokens (token.h) for the identity commands: a request signed there, and what there is to
 * show. */
#ifndef HF_CLI_IDENTITY_TOKEN_H
#define HF_CLI_IDENTITY_TOKEN_H

#include "identity_items.h"
#include "token.h"

/* All zero is closed. */
typedef struct identity_token {
    cli_token *token;
    cli_file password;
} identity_token;

/* Opens the key, whose public half must be known. `password_file` may be NULL. Close in either
 * case. */
cli_exit identity_token_open(identity_token *held, const char *key, const char *password_file);
void identity_token_close(identity_token *held);

/* Signs a request that is complete but for that. */
cli_exit identity_token_sign(identity_token *held, X509_REQ *csr);

/* Adds the public half as an item. */
cli_exit identity_token_show(identity_items *items, const char *key, const cli_file *password);

#endif
