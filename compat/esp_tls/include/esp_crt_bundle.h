/* The certificate bundle: the CAs of this system (/etc/ssl/certs/ca-certificates.crt, or the file
 * that SSL_CERT_FILE names).
 */
#ifndef HANDFAST_COMPAT_ESP_CRT_BUNDLE_H
#define HANDFAST_COMPAT_ESP_CRT_BUNDLE_H

#include "esp_err.h"

#ifdef __cplusplus
extern "C" {
#endif

/* For esp_tls_cfg_t.crt_bundle_attach; `conf` is what the connection hands it. ESP_FAIL, with the
 * reason in the log, when the system's file cannot be read or holds no usable certificate. */
esp_err_t esp_crt_bundle_attach(void *conf);

/* Takes back what the call above gave. NULL is allowed. */
void esp_crt_bundle_detach(void *conf);

/* Other CAs instead of the system's: PEM, any number of certificates (ESP-IDF's binary bundles are
 * refused with ESP_ERR_NOT_SUPPORTED). Copied. Call it while no connection is being opened. */
esp_err_t esp_crt_bundle_set(const uint8_t *x509_bundle, size_t bundle_size);

#ifdef __cplusplus
}
#endif
#endif
