/* A private key in a TPM 2.0 or a PKCS#11 token, through libcrypto: needs the openssl backend.
 *
 *     hardware_key HOST[:PORT] ca.pem device.chain.pem URI
 *
 * URI: handle:0x81000001 or a file with a TSS2 PRIVATE KEY (Debian: tpm2-openssl); or
 * pkcs11:token=...;object=...?pin-source=FILE (libengine-pkcs11-openssl, the module in
 * PKCS11_MODULE_PATH). Prints which scheme the chip has signed with.
 */
#define OPENSSL_SUPPRESS_DEPRECATED /* engines: OpenSSL 3.0 has no other way to PKCS#11 */
#include "support.h"

#include <handfast/conn.h>
#include <handfast/openssl.h>

#include <openssl/engine.h>
#include <openssl/err.h>
#include <openssl/provider.h>
#include <openssl/store.h>
#include <stdio.h>
#include <string.h>

static uint8_t memory[16384];
static uint8_t input[HF_TLS_INPUT_SIZE], output[HF_TLS_OUTPUT_SIZE];
static uint8_t certificate[HF_TLS_CERTIFICATE_SIZE], names[HF_TLS_NAMES_SIZE];
static hf_config config;
static hf_conn conn;

/* Where the key comes from; all NULL: nowhere. */
typedef struct chip {
    hf_openssl_key key;
    OSSL_PROVIDER *provider, *rest;
    ENGINE *engine;
} chip;

/* In a library context of its own: nothing else in this program ever asks the TPM. */
static void open_tpm(chip *it, const char *uri)
{
    it->key.context = OSSL_LIB_CTX_new();
    it->provider = OSSL_PROVIDER_load(it->key.context, "tpm2");
    it->rest = OSSL_PROVIDER_load(it->key.context, "default");
    OSSL_STORE_CTX *store = it->provider == NULL
                                ? NULL
                                : OSSL_STORE_open_ex(uri, it->key.context, "?provider=tpm2", NULL,
                                                     NULL, NULL, NULL, NULL);
    while (store != NULL && it->key.key == NULL && OSSL_STORE_eof(store) == 0) {
        OSSL_STORE_INFO *info = OSSL_STORE_load(store);
        it->key.key = info == NULL ? NULL : OSSL_STORE_INFO_get1_PKEY(info);
        OSSL_STORE_INFO_free(info);
    }
    (void)OSSL_STORE_close(store);
}

static void open_token(chip *it, const char *uri)
{
    it->engine = ENGINE_by_id("pkcs11"); /* loads libp11's engine */
    if (it->engine != NULL && ENGINE_init(it->engine) == 1) {
        it->key.key = ENGINE_load_private_key(it->engine, uri, NULL, NULL);
    }
}

static void close_chip(chip *it)
{
    EVP_PKEY_free(it->key.key);
    if (it->engine != NULL) {
        (void)ENGINE_finish(it->engine);
        (void)ENGINE_free(it->engine);
    }
    if (it->provider != NULL) {
        (void)OSSL_PROVIDER_unload(it->provider);
    }
    if (it->rest != NULL) {
        (void)OSSL_PROVIDER_unload(it->rest);
    }
    OSSL_LIB_CTX_free(it->key.context);
}

static int run(char **argv, const chip *it)
{
    const hf_tls_memory room = {.input = {input, sizeof input},
                                .output = {output, sizeof output},
                                .certificate = {certificate, sizeof certificate},
                                .names = {names, sizeof names}};
    hf_config_init(&config, memory, sizeof memory);
    config.clock = hf_clock_system();
    config.identity.signer = hf_openssl_signer_in(&it->key);
    if (example_config(&config, argv[2], argv[3], NULL) != HF_OK) {
        return example_failed(&config.error);
    }
    hf_code code = hf_conn_open(&conn, &config, &room, argv[1], 10000);
    if (code == HF_OK) {
        printf("signed with 0x%04x\n", (unsigned)hf_tls_our_scheme(&conn.tls));
        code = hf_conn_shutdown(&conn, 10000); /* the server's verdict */
    }
    if (code != HF_OK) {
        ERR_print_errors_fp(stderr); /* why the chip did not sign, if it did not */
    }
    int result = code == HF_OK ? 0 : example_failed(hf_conn_error(&conn));
    hf_conn_close(&conn);
    hf_config_release(&config);
    return result;
}

int main(int argc, char **argv)
{
    chip it = {.engine = NULL};
    if (argc != 5) {
        fprintf(stderr, "usage: hardware_key HOST[:PORT] ca.pem device.chain.pem URI\n");
        return 2;
    }
    if (strncmp(argv[4], "pkcs11:", 7) == 0) {
        open_token(&it, argv[4]);
    } else {
        open_tpm(&it, argv[4]);
    }
    if (it.key.key == NULL) {
        fprintf(stderr, "%s: no key\n", argv[4]);
        ERR_print_errors_fp(stderr);
    }
    int result = it.key.key == NULL ? 1 : run(argv, &it);
    close_chip(&it);
    return result;
}
