/* PEM files as BearSSL wants them: a chain, a key, trust anchors. For bearssl_stack.c. */
#ifndef HF_TESTS_PEERS_BEARSSL_FILES_H
#define HF_TESTS_PEERS_BEARSSL_FILES_H

#include <bearssl.h>

#include <stdbool.h>

#define BEAR_CERTIFICATES_MAX 8u

typedef struct bear_files {
    br_x509_certificate chain[BEAR_CERTIFICATES_MAX];
    size_t chain_len;
    unsigned issuer_type; /* BR_KEYTYPE_RSA or _EC: who signed the leaf */
    size_t rsa_bits;      /* 0: the key is an EC key */
    br_rsa_private_key rsa;
    br_ec_private_key ec;
    br_skey_decoder_context key_memory; /* rsa and ec point into it */
    br_x509_trust_anchor anchors[BEAR_CERTIFICATES_MAX];
    size_t anchors_count;
} bear_files;

/* Text on stderr says what is wrong. Without `chain` there is no identity; `ca` may be NULL. */
bool bear_files_read(bear_files *files, const char *chain, const char *key, const char *ca);
void bear_files_release(bear_files *files);

#endif
