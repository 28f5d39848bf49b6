/* The choices that ESP-IDF's menuconfig would write, for code that asks #ifdef CONFIG_...: what
 * this ESP-TLS has is on. On a device the project's own sdkconfig.h is found first and counts.
 * Sizes of buffers: handfast_esp_tls.h.
 */
#ifndef HANDFAST_COMPAT_SDKCONFIG_H
#define HANDFAST_COMPAT_SDKCONFIG_H

#define CONFIG_ESP_TLS_CUSTOM_STACK                  1
#define CONFIG_ESP_TLS_CLIENT_SESSION_TICKETS        1
#define CONFIG_ESP_TLS_PSK_VERIFICATION              1
#define CONFIG_ESP_TLS_SERVER                        1
#define CONFIG_ESP_TLS_SERVER_SESSION_TICKETS        1
#define CONFIG_ESP_TLS_SERVER_MIN_AUTH_MODE_OPTIONAL 1
#define CONFIG_MBEDTLS_CERTIFICATE_BUNDLE            1

#endif
