/* PEM files as BearSSL wants them. See bearssl_files.h. */
#include "peers/bearssl_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX 65536u

typedef struct bytes {
    uint8_t *ptr;
    size_t len;
} bytes;

static void add(void *to, const void *ptr, size_t len)
{
    bytes *b = to;
    uint8_t *larger = realloc(b->ptr, b->len + len);
    if (larger == NULL) {
        abort();
    }
    memcpy(larger + b->len, ptr, len);
    b->ptr = larger;
    b->len += len;
}

/* Every object of a PEM file; returns their number, 0 after an error. */
static size_t read_pem(const char *path, bytes out[BEAR_CERTIFICATES_MAX])
{
    static uint8_t text[FILE_MAX];
    br_pem_decoder_context decoder;
    size_t count = 0;
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        return 0;
    }
    size_t len = fread(text, 1, sizeof text, file);
    fclose(file);
    br_pem_decoder_init(&decoder);
    for (size_t at = 0; at < len;) {
        at += br_pem_decoder_push(&decoder, text + at, len - at);
        int event = br_pem_decoder_event(&decoder);
        if (event == BR_PEM_BEGIN_OBJ && count < BEAR_CERTIFICATES_MAX) {
            out[count] = (bytes){NULL, 0};
            br_pem_decoder_setdest(&decoder, add, &out[count]);
        } else if (event == BR_PEM_END_OBJ) {
            count++;
        }
        if (event == BR_PEM_ERROR || count == BEAR_CERTIFICATES_MAX) {
            break;
        }
    }
    if (count == 0) {
        fprintf(stderr, "peer: %s: no PEM objects\n", path);
    }
    return count;
}

static bool read_chain(bear_files *files, const char *path)
{
    bytes objects[BEAR_CERTIFICATES_MAX];
    br_x509_decoder_context decoder;
    files->chain_len = read_pem(path, objects);
    for (size_t i = 0; i < files->chain_len; i++) {
        files->chain[i] = (br_x509_certificate){objects[i].ptr, objects[i].len};
    }
    if (files->chain_len == 0) {
        return false;
    }
    br_x509_decoder_init(&decoder, NULL, NULL);
    br_x509_decoder_push(&decoder, objects[0].ptr, objects[0].len);
    files->issuer_type = (unsigned)br_x509_decoder_get_signer_key_type(&decoder);
    return br_x509_decoder_last_error(&decoder) == 0;
}

static bool read_key(bear_files *files, const char *path)
{
    bytes objects[BEAR_CERTIFICATES_MAX];
    size_t count = read_pem(path, objects);
    if (count == 0) {
        return false;
    }
    br_skey_decoder_init(&files->key_memory);
    br_skey_decoder_push(&files->key_memory, objects[0].ptr, objects[0].len);
    for (size_t i = 0; i < count; i++) {
        free(objects[i].ptr);
    }
    const br_rsa_private_key *rsa = br_skey_decoder_get_rsa(&files->key_memory);
    const br_ec_private_key *ec = br_skey_decoder_get_ec(&files->key_memory);
    if (rsa != NULL) {
        files->rsa = *rsa;
        files->rsa_bits = rsa->n_bitlen;
    } else if (ec != NULL) {
        files->ec = *ec;
    } else {
        fprintf(stderr, "peer: %s: not a key that BearSSL reads\n", path);
    }
    return rsa != NULL || ec != NULL;
}

static unsigned char *copy(const unsigned char *from, size_t len)
{
    bytes b = {NULL, 0};
    add(&b, from, len);
    return b.ptr;
}

static bool read_anchor(br_x509_trust_anchor *anchor, const bytes *certificate)
{
    br_x509_decoder_context decoder;
    bytes name = {NULL, 0};
    br_x509_decoder_init(&decoder, add, &name);
    br_x509_decoder_push(&decoder, certificate->ptr, certificate->len);
    const br_x509_pkey *key = br_x509_decoder_get_pkey(&decoder);
    if (key == NULL) {
        free(name.ptr);
        return false;
    }
    anchor->dn.data = name.ptr;
    anchor->dn.len = name.len;
    anchor->flags = BR_X509_TA_CA;
    anchor->pkey = *key;
    if (key->key_type == BR_KEYTYPE_RSA) {
        anchor->pkey.key.rsa.n = copy(key->key.rsa.n, key->key.rsa.nlen);
        anchor->pkey.key.rsa.e = copy(key->key.rsa.e, key->key.rsa.elen);
    } else {
        anchor->pkey.key.ec.q = copy(key->key.ec.q, key->key.ec.qlen);
    }
    return true;
}

static bool read_anchors(bear_files *files, const char *path)
{
    bytes objects[BEAR_CERTIFICATES_MAX];
    size_t count = read_pem(path, objects);
    bool good = count > 0;
    for (size_t i = 0; i < count; i++) {
        bool read = read_anchor(&files->anchors[files->anchors_count], &objects[i]);
        files->anchors_count += read ? 1 : 0;
        good = good && read;
        free(objects[i].ptr);
    }
    if (!good) {
        fprintf(stderr, "peer: %s: not certificates that BearSSL reads\n", path);
    }
    return good;
}

bool bear_files_read(bear_files *files, const char *chain, const char *key, const char *ca)
{
    return (chain == NULL || (read_chain(files, chain) && read_key(files, key))) &&
           (ca == NULL || read_anchors(files, ca));
}

void bear_files_release(bear_files *files)
{
    for (size_t i = 0; i < files->chain_len; i++) {
        free(files->chain[i].data);
    }
    for (size_t i = 0; i < files->anchors_count; i++) {
        br_x509_trust_anchor *anchor = &files->anchors[i];
        free(anchor->dn.data);
        if (anchor->pkey.key_type == BR_KEYTYPE_RSA) {
            free(anchor->pkey.key.rsa.n);
            free(anchor->pkey.key.rsa.e);
        } else {
            free(anchor->pkey.key.ec.q);
        }
    }
}
