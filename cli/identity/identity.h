/* Test identities: what is asked for, the parts that make it, and where they put it.
 *
 * identity.c reads the command line into a request; identity_help.c explains it;
 * identity_names.c checks the names in it;
 * identity_cert.c makes key and certificate with libcrypto; identity_files.c reads the issuer's
 * folder and fills the new one. Certificates follow draft-ietf-uta-tls13-iot-profile, section 16.
 * What works on files that are there already (show, verify, csr, convert) has a file for each.
 */
#ifndef HF_CLI_IDENTITY_H
#define HF_CLI_IDENTITY_H

#include "exit.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IDENTITY_NAMES_MAX   16
#define IDENTITY_PATH_MAX    1024
#define IDENTITY_NAMES_VALUE (IDENTITY_NAMES_MAX * 320)

typedef enum identity_role {
    IDENTITY_CA,
    IDENTITY_SERVER,
    IDENTITY_DEVICE,
} identity_role;

/* Strings are borrowed from the command line. */
typedef struct identity_request {
    identity_role role;
    const char *out;    /* folder to write to */
    const char *issuer; /* folder of the issuing CA; NULL: a root, issued by itself */
    const char *name;   /* CA: common name; device: id; server: first name, for file names */
    const char *organization;
    const char *country;
    const char *serial_number; /* the maker's, X520SerialNumber in a device's subject; or NULL */
    const char *key;           /* p256, p384 or rsa2048 */
    const char *dns[IDENTITY_NAMES_MAX];
    size_t dns_count;
    const char *ip[IDENTITY_NAMES_MAX];
    size_t ip_count;
    int64_t not_before; /* seconds since 1970, both inclusive */
    int64_t not_after;
    bool to_issuers_end; /* not_after is only a default: end no later than the issuer does */
    bool force;
    bool der;
} identity_request;

/* A CA that issues, or what was just made. All zero is empty. */
typedef struct identity {
    EVP_PKEY *key;
    X509 *certificate;
    STACK_OF(X509) * above; /* intermediates between it and the root, nearest first */
    X509 *root;             /* the trust anchor; NULL when `certificate` is itself the root */
} identity;

void identity_release(identity *made);

/* ---- identity_help.c */
void identity_print_overview(void);
void identity_print_help(identity_role role, const char *days); /* days: the default */
void identity_print_show_help(void);
void identity_print_verify_help(void);
void identity_print_csr_help(void);
void identity_print_convert_help(void);

/* ---- what works on files: each like main(), argv[0] is its own name */
cli_exit identity_show(int argc, char **argv);
cli_exit identity_verify(int argc, char **argv);
cli_exit identity_csr(int argc, char **argv);
cli_exit identity_convert(int argc, char **argv);

/* ---- identity_names.c: what may stand in a certificate. Each says on stderr what is wrong. */
cli_exit identity_check_names(const identity_request *request);

/* ---- identity_cert.c */

/* Makes key and certificate. `issuer` is NULL for a root. */
cli_exit identity_make(const identity_request *request, const identity *issuer, identity *made);

/* Parts of it, for requests too: a key of a kind, the subject of a role, the value of
 * subjectAltName in libcrypto's notation, the hash that suits a key. */
EVP_PKEY *identity_make_key(const char *kind);
bool identity_set_subject(X509_NAME *subject, const identity_request *request);
void identity_names_value(const identity_request *request, char value[IDENTITY_NAMES_VALUE]);
const EVP_MD *identity_digest_for(EVP_PKEY *signer);

/* ---- identity_files.c */

/* Reads ca.pem, ca.key and, of a CA below a root, chain.pem and root.pem. */
cli_exit identity_load_issuer(const char *folder, identity *issuer);

/* Writes NAME.pem, NAME.key (mode 0600), NAME.chain.pem and so on, and says so on stdout. */
cli_exit identity_save(const identity_request *request, const identity *made);

#endif
