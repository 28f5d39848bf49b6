/* The registry of `handfast listen`: which certificates are whose, and whether they may come in.
 *
 * One line a device: SHA-256 of the certificate (hex, colons and case as one likes), thing name,
 * state. "#" begins a comment. Nothing is taken from a file that does not parse as a whole: a
 * registry is complete or not there.
 */
#ifndef HF_CLI_LISTEN_REGISTRY_H
#define HF_CLI_LISTEN_REGISTRY_H

#include <handfast/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LISTEN_THING_MAX 128

typedef enum listen_state {
    LISTEN_ACTIVE = 0,
    LISTEN_INACTIVE,
    LISTEN_REVOKED,
    LISTEN_PENDING_ACTIVATION,
} listen_state;

typedef struct listen_device {
    uint8_t sha256[32];
    char *thing; /* owned by the registry */
    listen_state state;
    size_t line;
} listen_device;

typedef struct listen_registry {
    listen_device *devices; /* sorted by sha256 */
    size_t count;
} listen_registry;

/* False: `why` says what is wrong and in which line, and `registry` is empty. */
bool listen_registry_parse(listen_registry *registry, const char *text, size_t len, char *why,
                           size_t cap);

/* The same with a file's text. */
bool listen_registry_load(listen_registry *registry, const char *path, char *why, size_t cap);

const listen_device *listen_registry_find(const listen_registry *registry,
                                          const uint8_t sha256[32]);
void listen_registry_release(listen_registry *registry);

/* HF_OK, or why this device (NULL: not in the registry) is refused. */
hf_code listen_registry_verdict(const listen_device *device);

/* "ACTIVE"; of NULL "not registered". */
const char *listen_registry_word(const listen_device *device);

#endif
