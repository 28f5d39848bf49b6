/* What the longer examples share: reading a file, and saying what went wrong. */
#ifndef EXAMPLE_SUPPORT_H
#define EXAMPLE_SUPPORT_H

#include <handfast/config.h>

/* The whole file into `to`; its length, or 0 (and a message) when it cannot be read or does not
 * fit. */
size_t example_read(const char *path, void *to, size_t cap);

/* Anchors, and our certificate chain with its key when `chain` is not NULL, from files, and
 * hf_config_build(). What is decoded goes into the memory that hf_config_init() was given. */
hf_code example_config(hf_config *config, const char *ca, const char *chain, const char *key);

/* Prints the record to stderr; returns 1, for main to return. */
int example_failed(const hf_error *error);

#endif
