/* Reading the registry and asking it. See listen_registry.h. */
#include "listen_registry.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_LIMIT (64u << 20) /* half a million devices */
#define WORDS      3

static const char *const STATES[] = {
    [LISTEN_ACTIVE] = "ACTIVE",
    [LISTEN_INACTIVE] = "INACTIVE",
    [LISTEN_REVOKED] = "REVOKED",
    [LISTEN_PENDING_ACTIVATION] = "PENDING_ACTIVATION",
};
#define STATES_COUNT (sizeof STATES / sizeof STATES[0])

/* A word of a line: not terminated. */
typedef struct word {
    const char *at;
    size_t len;
} word;

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* Up to one word more than there should be, so that it can be named. */
static size_t split(const char *line, size_t len, word words[WORDS + 1])
{
    size_t count = 0;
    size_t at = 0;
    while (count <= WORDS) {
        while (at < len && is_blank(line[at])) {
            at++;
        }
        if (at == len || line[at] == '#') {
            break;
        }
        size_t begin = at;
        while (at < len && !is_blank(line[at])) {
            at++;
        }
        words[count++] = (word){line + begin, at - begin};
    }
    return count;
}

static int digit(char c)
{
    static const char DIGITS[] = "0123456789abcdef";
    const char *found = c == 0 ? NULL : strchr(DIGITS, tolower((unsigned char)c));
    return found == NULL ? -1 : (int)(found - DIGITS);
}

/* 64 digits; a colon may stand between two bytes. */
static bool read_hash(word text, uint8_t sha256[32])
{
    size_t at = 0;
    for (size_t i = 0; i < 32; i++) {
        if (i > 0 && at < text.len && text.at[at] == ':') {
            at++;
        }
        if (text.len - at < 2) {
            return false;
        }
        int high = digit(text.at[at]);
        int low = digit(text.at[at + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        sha256[i] = (uint8_t)(high << 4 | low);
        at += 2;
    }
    return at == text.len;
}

static bool read_state(word text, listen_state *state)
{
    for (size_t i = 0; i < STATES_COUNT; i++) {
        if (strlen(STATES[i]) == text.len && memcmp(STATES[i], text.at, text.len) == 0) {
            *state = (listen_state)i;
            return true;
        }
    }
    return false;
}

static bool is_printable(word text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if (c <= 0x20 || c == 0x7f) {
            return false;
        }
    }
    return true;
}

/* What is wrong with a line; NULL: nothing, and `device` has it, or the line is empty. */
static const char *read_line(const char *line, size_t len, listen_device *device, bool *is_device)
{
    word words[WORDS + 1];
    size_t count = split(line, len, words);
    *is_device = count > 0;
    if (count == 0) {
        return NULL;
    }
    if (count != WORDS) {
        return "not three words: SHA-256, thing name, state";
    }
    if (!read_hash(words[0], device->sha256)) {
        return "the first word is not a SHA-256: 64 hex digits, with or without colons";
    }
    if (words[1].len > LISTEN_THING_MAX || !is_printable(words[1])) {
        return "the thing name is longer than 128 bytes or holds control characters";
    }
    if (!read_state(words[2], &device->state)) {
        return "the state is not ACTIVE, INACTIVE, REVOKED or PENDING_ACTIVATION";
    }
    device->thing = strndup(words[1].at, words[1].len);
    return device->thing == NULL ? "there is not enough memory" : NULL;
}

static bool append(listen_registry *registry, size_t *cap, listen_device device)
{
    if (registry->count == *cap) {
        size_t wanted = *cap == 0 ? 64 : *cap * 2;
        listen_device *devices = realloc(registry->devices, wanted * sizeof *devices);
        if (devices == NULL) {
            free(device.thing);
            return false;
        }
        registry->devices = devices;
        *cap = wanted;
    }
    registry->devices[registry->count++] = device;
    return true;
}

static int by_hash(const void *a, const void *b)
{
    return memcmp(((const listen_device *)a)->sha256, ((const listen_device *)b)->sha256, 32);
}

static bool sort(listen_registry *registry, char *why, size_t cap)
{
    if (registry->count > 0) {
        qsort(registry->devices, registry->count, sizeof *registry->devices, by_hash);
    }
    for (size_t i = 1; i < registry->count; i++) {
        const listen_device *one = &registry->devices[i - 1];
        const listen_device *two = &registry->devices[i];
        if (by_hash(one, two) == 0) {
            size_t low = one->line < two->line ? one->line : two->line;
            size_t high = one->line < two->line ? two->line : one->line;
            (void)snprintf(why, cap, "line %zu: the same certificate as in line %zu", high, low);
            return false;
        }
    }
    return true;
}

bool listen_registry_parse(listen_registry *registry, const char *text, size_t len, char *why,
                           size_t cap)
{
    *registry = (listen_registry){NULL, 0};
    size_t room = 0;
    size_t at = 0;
    for (size_t line = 1; at < len; line++) {
        const char *end = memchr(text + at, '\n', len - at);
        size_t length = end == NULL ? len - at : (size_t)(end - text) - at;
        listen_device device = {.line = line};
        bool is_device = false;
        const char *wrong = read_line(text + at, length, &device, &is_device);
        if (wrong == NULL && is_device && !append(registry, &room, device)) {
            wrong = "there is not enough memory";
        }
        if (wrong != NULL) {
            (void)snprintf(why, cap, "line %zu: %s", line, wrong);
            listen_registry_release(registry);
            return false;
        }
        at += length + 1;
    }
    if (!sort(registry, why, cap)) {
        listen_registry_release(registry);
        return false;
    }
    return true;
}

/* The whole text; NULL: `why` says it. */
static char *read_text(FILE *file, size_t *len, char *why, size_t cap)
{
    size_t room = 1u << 16;
    char *text = malloc(room);
    *len = 0;
    while (text != NULL) {
        size_t n = fread(text + *len, 1, room - *len, file);
        *len += n;
        if (n == 0) {
            break;
        }
        if (*len == room) {
            room *= 2;
            char *more = room > FILE_LIMIT ? NULL : realloc(text, room);
            if (more == NULL) {
                free(text);
            }
            text = more;
        }
    }
    if (text == NULL) {
        (void)snprintf(why, cap, "it is too large");
    } else if (ferror(file) != 0) {
        (void)snprintf(why, cap, "%s", strerror(errno));
        free(text);
        text = NULL;
    }
    return text;
}

bool listen_registry_load(listen_registry *registry, const char *path, char *why, size_t cap)
{
    *registry = (listen_registry){NULL, 0};
    FILE *file = fopen(path, "rbe");
    if (file == NULL) {
        (void)snprintf(why, cap, "%s", strerror(errno));
        return false;
    }
    size_t len = 0;
    char *text = read_text(file, &len, why, cap);
    (void)fclose(file);
    bool good = text != NULL && listen_registry_parse(registry, text, len, why, cap);
    free(text);
    return good;
}

const listen_device *listen_registry_find(const listen_registry *registry, const uint8_t sha256[32])
{
    listen_device key = {.line = 0};
    memcpy(key.sha256, sha256, sizeof key.sha256);
    return registry->count == 0
               ? NULL
               : bsearch(&key, registry->devices, registry->count, sizeof key, by_hash);
}

void listen_registry_release(listen_registry *registry)
{
    for (size_t i = 0; i < registry->count; i++) {
        free(registry->devices[i].thing);
    }
    free(registry->devices);
    *registry = (listen_registry){NULL, 0};
}

hf_code listen_registry_verdict(const listen_device *device)
{
    if (device == NULL) {
        return HF_E_PEER_UNKNOWN;
    }
    if (device->state == LISTEN_ACTIVE) {
        return HF_OK;
    }
    return device->state == LISTEN_REVOKED ? HF_E_PEER_REVOKED : HF_E_PEER_INACTIVE;
}

const char *listen_registry_word(const listen_device *device)
{
    return device == NULL ? "not registered" : STATES[device->state];
}
