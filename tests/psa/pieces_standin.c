/* PSA's multi-part AEADs, opening only, for a libmbedcrypto that has none: so that what the psa
 * backend does with them (src/crypto/psa/pieces.c) is tested where only Mbed TLS 2.28 is.
 *
 * It is as strict as the PSA Crypto API 1.1 allows: lengths, nonce, associated data and data in
 * this order, everything announced, an operation given back or the program fails at its end. Data
 * are decrypted at once by libcrypto's stream ciphers; the tag is judged at the end by opening the
 * whole again with libmbedcrypto. psa_import_key() is wrapped to learn the keys.
 */
#include <openssl/evp.h>
#include <psa/crypto.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEYS     64
#define DATA_MAX 70000
#define AD_MAX   2048

typedef struct known_key {
    psa_key_id_t id;
    uint8_t bytes[32];
    size_t len;
} known_key;

static known_key keys[KEYS]; /* the last that were imported */
static unsigned imported;
static unsigned alive; /* operations that were not given back */

typedef enum stage { SET_UP, HAS_LENGTHS, HAS_NONCE, HAS_AD } stage;

typedef struct session {
    stage at;
    psa_key_id_t key;
    psa_algorithm_t algorithm;
    size_t ad_expected, data_expected;
    uint8_t nonce[12];
    uint8_t ad[AD_MAX];
    size_t ad_len;
    uint8_t sealed[DATA_MAX + 16];
    size_t len;
    EVP_CIPHER_CTX *stream;
} session;

psa_status_t __real_psa_import_key(const psa_key_attributes_t *attributes, const uint8_t *data,
                                   size_t len, psa_key_id_t *id);
psa_status_t __wrap_psa_import_key(const psa_key_attributes_t *attributes, const uint8_t *data,
                                   size_t len, psa_key_id_t *id);

psa_status_t __wrap_psa_import_key(const psa_key_attributes_t *attributes, const uint8_t *data,
                                   size_t len, psa_key_id_t *id)
{
    psa_status_t status = __real_psa_import_key(attributes, data, len, id);
    if (status == PSA_SUCCESS && len <= sizeof keys[0].bytes) {
        known_key *key = &keys[imported++ % KEYS];
        key->id = *id;
        key->len = len;
        memcpy(key->bytes, data, len);
    }
    return status;
}

static const known_key *find(psa_key_id_t id)
{
    for (unsigned i = imported; i > 0 && imported - i < KEYS; i--) { /* ids are used again */
        if (keys[(i - 1) % KEYS].id == id) {
            return &keys[(i - 1) % KEYS];
        }
    }
    return NULL;
}

__attribute__((destructor)) static void nothing_is_left(void)
{
    if (alive != 0) {
        fprintf(stderr, "%u AEAD operations were not given back\n", alive);
        _exit(1);
    }
}

static session *of(psa_aead_operation_t *operation)
{
    session *s = NULL;
    memcpy(&s, &operation->ctx, sizeof s);
    return s;
}

static void keep(psa_aead_operation_t *operation, session *s)
{
    memset(operation, 0, sizeof *operation);
    memcpy(&operation->ctx, &s, sizeof s);
}

psa_status_t psa_aead_decrypt_setup(psa_aead_operation_t *operation, psa_key_id_t key,
                                    psa_algorithm_t algorithm)
{
    if (of(operation) != NULL) {
        return PSA_ERROR_BAD_STATE;
    }
    session *s = find(key) == NULL ? NULL : calloc(1, sizeof *s);
    if (s == NULL) {
        return PSA_ERROR_INVALID_HANDLE;
    }
    s->key = key;
    s->algorithm = algorithm;
    s->stream = EVP_CIPHER_CTX_new();
    alive++;
    keep(operation, s);
    return PSA_SUCCESS;
}

psa_status_t psa_aead_set_lengths(psa_aead_operation_t *operation, size_t ad, size_t data)
{
    session *s = of(operation);
    if (s == NULL || s->at != SET_UP || ad > sizeof s->ad || data > DATA_MAX) {
        return PSA_ERROR_BAD_STATE;
    }
    s->at = HAS_LENGTHS;
    s->ad_expected = ad;
    s->data_expected = data;
    return PSA_SUCCESS;
}

/* The counter block of the first byte of data: SP 800-38D 7.1, RFC 3610 2.3, RFC 8439 2.8. */
static const EVP_CIPHER *first_block(const session *s, size_t key_len, uint8_t block[16])
{
    memset(block, 0, 16);
    if (s->algorithm == PSA_ALG_CHACHA20_POLY1305) {
        block[0] = 1;
        memcpy(block + 4, s->nonce, 12);
        return EVP_chacha20();
    }
    size_t before = s->algorithm == PSA_ALG_CCM ? 1 : 0;
    block[0] = 2;
    memcpy(block + before, s->nonce, 12);
    block[15] = s->algorithm == PSA_ALG_CCM ? 1 : 2;
    return key_len == 16 ? EVP_aes_128_ctr() : EVP_aes_256_ctr();
}

psa_status_t psa_aead_set_nonce(psa_aead_operation_t *operation, const uint8_t *nonce, size_t len)
{
    session *s = of(operation);
    if (s == NULL || s->at != HAS_LENGTHS || len != sizeof s->nonce) {
        return PSA_ERROR_BAD_STATE;
    }
    uint8_t block[16];
    const known_key *key = find(s->key);
    memcpy(s->nonce, nonce, len);
    const EVP_CIPHER *cipher = first_block(s, key->len, block);
    s->at = HAS_NONCE;
    return EVP_DecryptInit_ex(s->stream, cipher, NULL, key->bytes, block) == 1
               ? PSA_SUCCESS
               : PSA_ERROR_GENERIC_ERROR;
}

psa_status_t psa_aead_update_ad(psa_aead_operation_t *operation, const uint8_t *input, size_t len)
{
    session *s = of(operation);
    if (s == NULL || s->at != HAS_NONCE || len != s->ad_expected) {
        return PSA_ERROR_BAD_STATE;
    }
    if (len > 0) {
        memcpy(s->ad, input, len);
    }
    s->ad_len = len;
    s->at = HAS_AD;
    return PSA_SUCCESS;
}

psa_status_t psa_aead_update(psa_aead_operation_t *operation, const uint8_t *input, size_t len,
                             uint8_t *output, size_t size, size_t *output_len)
{
    session *s = of(operation);
    int done = 0;
    if (s == NULL || s->at != HAS_AD || len > s->data_expected - s->len) {
        return PSA_ERROR_BAD_STATE;
    }
    if (size < len) {
        return PSA_ERROR_BUFFER_TOO_SMALL;
    }
    memcpy(s->sealed + s->len, input, len);
    s->len += len;
    if (EVP_DecryptUpdate(s->stream, output, &done, input, (int)len) != 1) {
        return PSA_ERROR_GENERIC_ERROR;
    }
    *output_len = (size_t)done;
    return PSA_SUCCESS;
}

psa_status_t psa_aead_verify(psa_aead_operation_t *operation, uint8_t *output, size_t size,
                             size_t *output_len, const uint8_t *tag, size_t tag_len)
{
    static uint8_t plain[DATA_MAX];
    session *s = of(operation);
    size_t len = 0;
    (void)output;
    (void)size;
    if (s == NULL || s->at != HAS_AD || s->len != s->data_expected || tag_len != 16) {
        return PSA_ERROR_BAD_STATE;
    }
    memcpy(s->sealed + s->len, tag, tag_len);
    psa_status_t status =
        psa_aead_decrypt(s->key, s->algorithm, s->nonce, sizeof s->nonce, s->ad, s->ad_len,
                         s->sealed, s->len + tag_len, plain, sizeof plain, &len);
    *output_len = 0;
    return status == PSA_SUCCESS ? psa_aead_abort(operation) : status;
}

psa_status_t psa_aead_abort(psa_aead_operation_t *operation)
{
    session *s = of(operation);
    if (s != NULL) {
        EVP_CIPHER_CTX_free(s->stream);
        free(s);
        alive--;
    }
    memset(operation, 0, sizeof *operation);
    return PSA_SUCCESS;
}
