/* From an esp_tls_cfg_t or esp_tls_cfg_server_t to an engine that is ready for its handshake.
 */
#ifndef HF_ESP_SETUP_H
#define HF_ESP_SETUP_H

#include "engine.h"

/* Both note what is wrong in `errors` and in the log, and leave *engine NULL then. */
esp_err_t hf_esp_setup_client(const esp_tls_cfg_t *cfg, const char *host, size_t hostlen,
                              esp_tls_error_handle_t errors, hf_esp_engine **engine);
esp_err_t hf_esp_setup_server(const esp_tls_cfg_server_t *cfg, esp_tls_error_handle_t errors,
                              hf_esp_engine **engine);

/* Between the two: the parts of an identity as both structures have them. */
typedef struct hf_esp_identity {
    hf_span chain;
    hf_span key;
    hf_span password;
    bool stored; /* the key is not `key`, but the one with this id in the PSA key store */
    uint32_t key_id;
} hf_esp_identity;

/* What both roles share, in the same terms. */
typedef struct hf_esp_common {
    const char **alpn;
    const int *suites;
    const psk_hint_key_t *psk; /* NULL: none, or not what the server is known by */
    esp_tls_proto_ver_t version;
    hf_esp_identity identity;
    const esp_key_config_t *unified; /* its key takes the place of the identity's; NULL: none */
    uint8_t role;                    /* hf_role */
} hf_esp_common;

/* Makes an engine with everything of `common` in its configuration; the room for copies includes
 * that. */
esp_err_t hf_esp_setup_common(hf_esp_common *common, esp_tls_error_handle_t errors,
                              hf_esp_engine **engine);

/* A step has failed: notes it, frees the engine, and returns what the program gets. */
esp_err_t hf_esp_setup_failed(hf_code code, uint32_t offset, esp_tls_error_handle_t errors,
                              hf_esp_engine **engine);

extern const int HF_ESP_SUITES[]; /* all that Handfast has, ends with 0 */

#endif
