/* Key log, traffic keys and records of TLS 1.3 over libcrypto. See rerecord.h. */
#include "peers/rerecord.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LOG_TRIES 2000 /* 5 ms each */

_Noreturn void give_up(const char *why)
{
    printf("{\"error\": \"%s\"}\n", why);
    fflush(stdout);
    exit(1);
}

/* ---- key log */

static size_t from_hex(const char *text, uint8_t *out, size_t cap)
{
    size_t len = 0;
    unsigned byte = 0;
    while (len < cap && sscanf(text + 2 * len, "%2x", &byte) == 1) {
        out[len++] = (uint8_t)byte;
    }
    return len;
}

/* The secret of a line "LABEL client_random secret"; 0 when it is not there (yet). */
static size_t look_up(const char *file, const char *label, const uint8_t random[32],
                      uint8_t secret[48])
{
    char line[512];
    size_t len = 0;
    FILE *log = fopen(file, "r");
    if (log == NULL) {
        return 0;
    }
    while (len == 0 && fgets(line, sizeof line, log) != NULL) {
        uint8_t found[32];
        size_t skip = strlen(label);
        bool whole = strchr(line, '\n') != NULL;
        bool same = strncmp(line, label, skip) == 0 && line[skip] == ' ';
        if (whole && same && from_hex(line + skip + 1, found, 32) == 32 &&
            memcmp(found, random, 32) == 0) {
            len = from_hex(line + skip + 1 + 64 + 1, secret, 48);
        }
    }
    fclose(log);
    return len;
}

/* ---- HKDF-Expand-Label (RFC 8446 7.1) for at most one block of output */

static const EVP_MD *hash_of(uint16_t suite)
{
    return suite == 0x1302 ? EVP_sha384() : EVP_sha256();
}

static void expand_label(uint16_t suite, const uint8_t *secret, size_t secret_len,
                         const char *label, uint8_t *out, size_t len)
{
    uint8_t info[64];
    uint8_t block[EVP_MAX_MD_SIZE];
    size_t label_len = strlen(label);
    size_t at = 0;
    info[at++] = 0;
    info[at++] = (uint8_t)len;
    info[at++] = (uint8_t)(6 + label_len);
    memcpy(info + at, "tls13 ", 6);
    memcpy(info + at + 6, label, label_len);
    at += 6 + label_len;
    info[at++] = 0; /* no context */
    info[at++] = 1; /* the first block */
    if (HMAC(hash_of(suite), secret, (int)secret_len, info, at, block, NULL) == NULL) {
        give_up("HMAC");
    }
    memcpy(out, block, len);
}

void keys_from_log(record_keys *keys, const char *file, const char *label, const uint8_t random[32],
                   uint16_t suite)
{
    const struct timespec pause = {0, 5000000};
    uint8_t secret[48];
    size_t len = look_up(file, label, random, secret);
    for (int i = 0; len == 0 && i < LOG_TRIES; i++) {
        nanosleep(&pause, NULL);
        len = look_up(file, label, random, secret);
    }
    if (len == 0) {
        give_up("the key log lacks the connection");
    }
    bool long_key = suite == 0x1302 || suite == 0x1303;
    memset(keys, 0, sizeof *keys);
    keys->suite = suite;
    expand_label(suite, secret, len, "key", keys->key, long_key ? 32 : 16);
    expand_label(suite, secret, len, "iv", keys->iv, sizeof keys->iv);
}

/* ---- records */

static const EVP_CIPHER *cipher_of(uint16_t suite)
{
    switch (suite) {
    case 0x1301:
        return EVP_aes_128_gcm();
    case 0x1302:
        return EVP_aes_256_gcm();
    case 0x1303:
        return EVP_chacha20_poly1305();
    case 0x1304:
        return EVP_aes_128_ccm();
    default:
        give_up("a suite that is not known");
    }
}

/* `tag` is checked when opening and written when sealing; false: the tag is wrong. */
static bool crypt(record_keys *keys, bool sealing, const uint8_t *header, const uint8_t *in,
                  size_t len, uint8_t *out, uint8_t *tag)
{
    uint8_t nonce[12];
    int done = 0;
    bool ccm = keys->suite == 0x1304;
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    memcpy(nonce, keys->iv, sizeof nonce);
    for (unsigned i = 0; i < 8; i++) {
        nonce[11 - i] ^= (uint8_t)(keys->sequence >> (8 * i));
    }
    keys->sequence++;
    bool good = EVP_CipherInit_ex(ctx, cipher_of(keys->suite), NULL, NULL, NULL, sealing) == 1 &&
                EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, 12, NULL) == 1;
    if (!sealing || ccm) {
        good = good && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, (int)RECORD_TAG,
                                           sealing ? NULL : tag) == 1;
    }
    good = good && EVP_CipherInit_ex(ctx, NULL, NULL, keys->key, nonce, sealing) == 1;
    if (ccm) {
        good = good && EVP_CipherUpdate(ctx, NULL, &done, NULL, (int)len) == 1;
    }
    good = good && EVP_CipherUpdate(ctx, NULL, &done, header, (int)RECORD_HEADER) == 1 &&
           EVP_CipherUpdate(ctx, out, &done, in, (int)len) == 1;
    if (!ccm) {
        good = good && EVP_CipherFinal_ex(ctx, out + done, &done) == 1;
    }
    if (sealing) {
        good = good && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, (int)RECORD_TAG, tag) == 1;
    }
    EVP_CIPHER_CTX_free(ctx);
    return good;
}

int record_open(record_keys *keys, const uint8_t *record, size_t len, uint8_t *inner)
{
    uint8_t tag[RECORD_TAG];
    if (len < RECORD_HEADER + RECORD_TAG) {
        return -1;
    }
    size_t plain = len - RECORD_HEADER - RECORD_TAG;
    memcpy(tag, record + len - RECORD_TAG, RECORD_TAG);
    return crypt(keys, false, record, record + RECORD_HEADER, plain, inner, tag) ? (int)plain : -1;
}

size_t record_seal(record_keys *keys, const uint8_t *inner, size_t len, uint8_t *record)
{
    size_t body = len + RECORD_TAG;
    record[0] = 23;
    record[1] = 3;
    record[2] = 3;
    record[3] = (uint8_t)(body >> 8);
    record[4] = (uint8_t)body;
    if (!crypt(keys, true, record, inner, len, record + RECORD_HEADER,
               record + RECORD_HEADER + len)) {
        give_up("sealing");
    }
    return RECORD_HEADER + body;
}
