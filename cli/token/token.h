/* Private keys that never leave their chip: a PKCS#11 token's, named by a pkcs11: URI, and a TPM
 * 2.0's, named by handle:0x81... or by a file that holds a TSS2 PRIVATE KEY. Nothing of this is
 * loaded unless a key is named so.
 *
 * A token is opened once and signs for every connection. Unplugged and plugged in again, it is
 * found again with the next signature. A PIN that was refused is never tried again.
 */
#ifndef HF_CLI_TOKEN_H
#define HF_CLI_TOKEN_H

#include "exit.h"

#include <handfast/config.h>
#include <openssl/evp.h>

typedef struct cli_token cli_token;

/* Whether --key names one of these, and not a key in a file. */
bool cli_token_is(const char *key);

/* Finds the key; says on stderr what is wrong. `key` and `password` (a PIN; or NULL) are borrowed
 * until close. */
cli_exit cli_token_open(cli_token **token, const char *key, const char *password);

/* Makes the token the signer of config->identity, of which the certificate is there already: checks
 * that it belongs to the key, and leaves to the handshake what the token can do. `only` is the one
 * version that the user wants, or 0. */
cli_exit cli_token_use(cli_token *token, hf_config *config, uint16_t only, const char *cert);

/* The same for any identity, without a say in what the handshake may choose. */
cli_exit cli_token_serve(cli_token *token, hf_identity *identity, const char *cert);

/* Signs a hash as an hf_signer does; failures are told by cli_token_fail(). */
hf_code cli_token_sign(cli_token *token, uint16_t scheme, hf_span hash, hf_space signature,
                       size_t *len);

/* Tells on stderr why the last call failed. */
cli_exit cli_token_fail(const cli_token *token);

/* The public half, borrowed; NULL: the token does not tell. */
EVP_PKEY *cli_token_public(const cli_token *token);

/* "PKCS#11 token" or "TPM 2.0". */
const char *cli_token_kind_name(const cli_token *token);

void cli_token_close(cli_token *token);

#endif
