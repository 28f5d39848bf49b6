/* See support.h. */
#include "support.h"

#include <stdio.h>

size_t example_read(const char *path, void *to, size_t cap)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        return 0;
    }
    size_t len = fread(to, 1, cap, file);
    bool whole = len < cap || fgetc(file) == EOF;
    fclose(file);
    if (!whole) {
        fprintf(stderr, "%s: larger than %zu bytes\n", path, cap);
    }
    return whole ? len : 0;
}

hf_code example_config(hf_config *config, const char *ca, const char *chain, const char *key)
{
    /* PEM is decoded into the config's memory, so this can be used again; DER would be borrowed. */
    static char text[2][8192];
    size_t len = example_read(ca, text[0], sizeof text[0]);
    hf_config_anchors(config, text[0], len);
    if (chain != NULL) {
        len = example_read(chain, text[0], sizeof text[0]);
        size_t key_len = key == NULL ? 0 : example_read(key, text[1], sizeof text[1]);
        hf_config_identity(config, text[0], len, key == NULL ? NULL : text[1], key_len, NULL);
    }
    return hf_config_build(config); /* or the first error of the calls before */
}

int example_failed(const hf_error *error)
{
    char text[800];
    hf_error_describe(error, text, sizeof text);
    fputs(text, stderr);
    return 1;
}
