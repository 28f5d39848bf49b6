/* Values of flags: decimal numbers, base64, hexadecimal, files. */
#include "shim/shim.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX (1U << 20)

bool shim_number(uint64_t *out, uint64_t most, const char *text)
{
    char *end = NULL;
    errno = 0;
    *out = strtoull(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && *out <= most;
}

static int base64_digit(char c)
{
    static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c == '\0' ? NULL : strchr(DIGITS, c);
    return at == NULL ? -1 : (int)(at - DIGITS);
}

bool shim_base64(hf_span *out, const char *text)
{
    size_t digits = strcspn(text, "=");
    size_t padding = strlen(text) - digits;
    uint8_t *bytes = shim_memory(digits + 1);
    uint32_t bits = 0;
    size_t len = 0;
    for (size_t i = 0; i < digits; i++) {
        int digit = base64_digit(text[i]);
        if (digit < 0) {
            return false;
        }
        bits = (bits << 6) | (uint32_t)digit;
        if (i % 4 != 0) {
            bytes[len++] = (uint8_t)(bits >> (6 - 2 * (i % 4)));
        }
    }
    *out = (hf_span){bytes, len};
    return (digits + padding) % 4 == 0 && padding <= 2 && strspn(text + digits, "=") == padding;
}

static int hex_digit(char c)
{
    static const char DIGITS[] = "0123456789abcdef";
    const char *at = c == '\0' ? NULL : strchr(DIGITS, c);
    return at == NULL ? -1 : (int)(at - DIGITS);
}

bool shim_hex(hf_span *out, const char *text, size_t digits)
{
    uint8_t *bytes = shim_memory(digits / 2 + 1);
    for (size_t i = 0; i + 1 < digits; i += 2) {
        int high = hex_digit(text[i]);
        int low = hex_digit(text[i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        bytes[i / 2] = (uint8_t)(high * 16 + low);
    }
    *out = (hf_span){bytes, digits / 2};
    return digits % 2 == 0;
}

bool shim_file(hf_span *out, const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return false;
    }
    uint8_t *bytes = shim_memory(FILE_MAX);
    size_t len = fread(bytes, 1, FILE_MAX, file);
    bool whole = feof(file) != 0 && ferror(file) == 0;
    fclose(file);
    *out = (hf_span){bytes, len};
    return whole;
}

hf_code shim_pem(hf_span *der, hf_span text, size_t *at, const char *label)
{
    size_t len = strlen(label);
    for (;;) {
        hf_span found = {NULL, 0};
        hf_space space = {shim_memory(text.len + 1), text.len};
        hf_code code = hf_pem_next(text, at, &found, space, der);
        if (code != HF_OK) {
            return code;
        }
        if (found.len >= len && memcmp(found.ptr + found.len - len, label, len) == 0) {
            return HF_OK;
        }
    }
}
