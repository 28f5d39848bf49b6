/* Key logs, line by line. See decode_secrets.h. */
#include "decode_secrets.h"

#include "wire/secret.h"

#include <stdlib.h>
#include <string.h>

static const char *const LABELS[DECODE_LABELS] = {
    [DECODE_LABEL_MASTER] = "CLIENT_RANDOM",
    [DECODE_LABEL_EARLY] = "CLIENT_EARLY_TRAFFIC_SECRET",
    [DECODE_LABEL_CLIENT_HANDSHAKE] = "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
    [DECODE_LABEL_SERVER_HANDSHAKE] = "SERVER_HANDSHAKE_TRAFFIC_SECRET",
    [DECODE_LABEL_CLIENT_APPLICATION] = "CLIENT_TRAFFIC_SECRET_0",
    [DECODE_LABEL_SERVER_APPLICATION] = "SERVER_TRAFFIC_SECRET_0",
};

static hf_span take_word(hf_span *line)
{
    while (line->len > 0 && (*line->ptr == ' ' || *line->ptr == '\t')) {
        line->ptr++;
        line->len--;
    }
    hf_span word = {line->ptr, 0};
    while (line->len > 0 && *line->ptr != ' ' && *line->ptr != '\t') {
        line->ptr++;
        line->len--;
        word.len++;
    }
    return word;
}

static int digit(uint8_t letter)
{
    if (letter >= '0' && letter <= '9') {
        return letter - '0';
    }
    uint8_t low = letter | 0x20;
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

/* Exactly hex digits, two for each byte, at most `cap` bytes. */
static bool hex(hf_span word, uint8_t *out, size_t cap, size_t *len)
{
    if (word.len == 0 || word.len % 2 != 0 || word.len / 2 > cap) {
        return false;
    }
    for (size_t i = 0; i < word.len / 2; i++) {
        int high = digit(word.ptr[2 * i]);
        int low = digit(word.ptr[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        out[i] = (uint8_t)(high << 4 | low);
    }
    *len = word.len / 2;
    return true;
}

static unsigned label_of(hf_span word)
{
    unsigned label = 0;
    while (label < DECODE_LABELS &&
           (strlen(LABELS[label]) != word.len || memcmp(LABELS[label], word.ptr, word.len) != 0)) {
        label++;
    }
    return label;
}

/* A master secret has 48 bytes, others are as long as a hash: 32 or 48. */
static bool read_line(hf_span line, unsigned label, decode_secret *secret)
{
    size_t random = 0;
    size_t len = 0;
    memset(secret, 0, sizeof *secret);
    if (!hex(take_word(&line), secret->client_random, 32, &random) || random != 32 ||
        !hex(take_word(&line), secret->bytes, sizeof secret->bytes, &len)) {
        return false;
    }
    secret->len = (uint8_t)len;
    secret->label = (uint8_t)label;
    return take_word(&line).len == 0 && (len == 48 || (len == 32 && label != DECODE_LABEL_MASTER));
}

/* Not realloc(): a copy of a key must not stay behind. */
static bool make_room(decode_secrets *secrets)
{
    if (secrets->count < secrets->room) {
        return true;
    }
    size_t room = secrets->room == 0 ? 16 : secrets->room * 2;
    decode_secret *list = calloc(room, sizeof *list);
    if (list == NULL) {
        return false;
    }
    if (secrets->count > 0) {
        memcpy(list, secrets->list, secrets->count * sizeof *list);
        hf_wipe(secrets->list, secrets->count * sizeof *list);
    }
    free(secrets->list);
    secrets->list = list;
    secrets->room = room;
    return true;
}

static bool add_line(decode_secrets *secrets, hf_span line)
{
    unsigned label = label_of(take_word(&line));
    if (label == DECODE_LABELS) {
        return true;
    }
    if (secrets->count == DECODE_SECRETS_MAX) {
        secrets->bad++;
        return true;
    }
    if (!make_room(secrets)) {
        return false;
    }
    if (read_line(line, label, &secrets->list[secrets->count])) {
        secrets->count++;
    } else {
        secrets->bad++;
    }
    return true;
}

bool decode_secrets_add(decode_secrets *secrets, hf_span text)
{
    while (text.len > 0) {
        const uint8_t *end = memchr(text.ptr, '\n', text.len);
        size_t len = end != NULL ? (size_t)(end - text.ptr) : text.len;
        size_t bare = len > 0 && text.ptr[len - 1] == '\r' ? len - 1 : len;
        if (!add_line(secrets, (hf_span){text.ptr, bare})) {
            return false;
        }
        len += end != NULL ? 1 : 0;
        text.ptr += len;
        text.len -= len;
    }
    return true;
}

const decode_secret *decode_secrets_find(const decode_secrets *secrets, unsigned label,
                                         const uint8_t client_random[32])
{
    for (size_t i = 0; i < secrets->count; i++) {
        const decode_secret *secret = &secrets->list[i];
        if (secret->label == label && memcmp(secret->client_random, client_random, 32) == 0) {
            return secret;
        }
    }
    return NULL;
}

void decode_secrets_release(decode_secrets *secrets)
{
    if (secrets->list != NULL) {
        hf_wipe(secrets->list, secrets->room * sizeof *secrets->list);
    }
    free(secrets->list);
    *secrets = (decode_secrets){0};
}
