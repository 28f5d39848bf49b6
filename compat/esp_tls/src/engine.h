/* One TLS connection over a socket of ESP-TLS's: the hf_tls, everything it borrows, and the loop
 * between it and the socket.
 *
 * In the flow: setup.c fills the configuration from an esp_tls_cfg_t, stack.c offers it as a stack.
 * Invariant: allocated once, by hf_esp_engine_new(); the configuration is built before the hf_tls
 * begins, and outlives it.
 */
#ifndef HF_ESP_ENGINE_H
#define HF_ESP_ENGINE_H

#include "handfast_esp_tls.h"
#include "store.h"

#include <handfast/tls.h>

#define HF_ESP_SUITES_MAX 16u
#define HF_ESP_NAME_SIZE  256u

typedef struct hf_esp_engine {
    hf_tls tls;
    hf_config config;
    hf_tls_memory memory;
    hf_session session;
    hf_esp_store store; /* anchors of this connection alone */
    hf_psk psk;
    hf_psk_list psks; /* server: the one above */
    hf_error error;   /* of the setup and the socket; else that of the hf_tls counts */
    char name[HF_ESP_NAME_SIZE];
    uint16_t suites[HF_ESP_SUITES_MAX];
    hf_space text; /* copies of certificates, key, password and shared key; wiped at the end */
    size_t text_used;
    bool glance;     /* no call on the socket waits */
    bool begun;      /* the hf_tls has something to release */
    bool ended;      /* the peer's end of the TCP connection was read */
    int broken;      /* errno of a failed send: what has arrived is read first */
    uint8_t space[]; /* buffers, then text */
} hf_esp_engine;

/* NULL: out of memory. `text` is the room for copies. */
hf_esp_engine *hf_esp_engine_new(size_t text);
void hf_esp_engine_free(hf_esp_engine *engine);

/* Copies bytes that the program may free; they stay until the engine is freed. */
hf_span hf_esp_engine_copy(hf_esp_engine *engine, const void *bytes, size_t len);

/* Builds the configuration and begins. `name` may be NULL (servers, shared keys). */
hf_code hf_esp_engine_begin(hf_esp_engine *engine, const char *name);

/* Moves bytes between engine and socket until one of the HF_ bits `until` is set: 1; 0: the peer
 * has ended in order; ESP_TLS_ERR_SSL_WANT_READ, _WANT_WRITE or _TIMEOUT; -1: failed, and
 * hf_esp_engine_error() says why. With HF_IS_OPEN what is written goes out first. */
int hf_esp_engine_pump(hf_esp_engine *engine, int fd, unsigned until);

/* What a call on a socket that is not ready returns: `want`, or, where the socket blocks and so has
 * used up its time, ESP_TLS_ERR_SSL_TIMEOUT. */
int hf_esp_come_again(int fd, int want);

/* Takes in what has arrived already, as long as there is room for it. */
void hf_esp_engine_glance(hf_esp_engine *engine, int fd);

/* Overwrites secrets. */
void hf_esp_wipe(void *data, size_t len);

/* close_notify, as far as it goes without waiting. */
void hf_esp_engine_close(hf_esp_engine *engine, int fd);

const hf_error *hf_esp_engine_error(const hf_esp_engine *engine);

#endif
