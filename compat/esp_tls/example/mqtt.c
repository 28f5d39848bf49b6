/* ESP-TLS as ESP-IDF's programs use it: mutual TLS to a broker, and MQTT's CONNECT by hand.
 *
 * Nothing here is Handfast's: the same file compiles in an ESP-IDF project. main.c calls it where
 * there is no app_main().
 */
#include "mqtt.h"

#include "esp_log.h"
#include "esp_tls.h"

#include <string.h>

static const char *TAG = "example";

#define CLIENT_ID_MAX 23 /* that every broker takes (MQTT 3.1.1, 3.1.3.1) */

/* Fixed header, protocol name and level, clean session, keep-alive of 60 s, then the client id. */
static size_t make_connect(unsigned char packet[], const char *client_id)
{
    static const unsigned char head[] = {0x10, 0, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 60, 0};
    size_t len = strlen(client_id);
    memcpy(packet, head, sizeof head);
    packet[sizeof head] = (unsigned char)len;
    memcpy(packet + sizeof head + 1, client_id, len);
    packet[1] = (unsigned char)(sizeof head - 2 + 1 + len);
    return sizeof head + 1 + len;
}

static bool write_all(esp_tls_t *tls, const unsigned char *data, size_t len)
{
    size_t done = 0;
    while (done < len) {
        ssize_t result = esp_tls_conn_write(tls, data + done, len - done);
        if (result >= 0) {
            done += (size_t)result;
        } else if (result != ESP_TLS_ERR_SSL_WANT_READ && result != ESP_TLS_ERR_SSL_WANT_WRITE) {
            ESP_LOGE(TAG, "write: -0x%x", (unsigned)-result);
            return false;
        }
    }
    return true;
}

static bool read_all(esp_tls_t *tls, unsigned char *data, size_t len)
{
    size_t done = 0;
    while (done < len) {
        ssize_t result = esp_tls_conn_read(tls, data + done, len - done);
        if (result > 0) {
            done += (size_t)result;
        } else if (result == 0) {
            ESP_LOGE(TAG, "the broker has closed the connection");
            return false;
        } else if (result != ESP_TLS_ERR_SSL_WANT_READ && result != ESP_TLS_ERR_SSL_WANT_WRITE) {
            ESP_LOGE(TAG, "read: -0x%x", (unsigned)-result);
            return false;
        }
    }
    return true;
}

static void log_error(esp_tls_t *tls)
{
    esp_tls_error_handle_t errors = NULL;
    int code = 0;
    int flags = 0;
    ESP_ERROR_CHECK(esp_tls_get_error_handle(tls, &errors));
    esp_err_t last = esp_tls_get_and_clear_last_error(errors, &code, &flags);
    ESP_LOGE(TAG, "%s, TLS stack -0x%x, certificate flags 0x%x", esp_err_to_name(last),
             (unsigned)code, (unsigned)flags);
}

static bool say_hello(esp_tls_t *tls, const char *client_id)
{
    unsigned char packet[64];
    unsigned char answer[4] = {0};
    const unsigned char disconnect[] = {0xe0, 0};
    if (!write_all(tls, packet, make_connect(packet, client_id)) ||
        !read_all(tls, answer, sizeof answer)) {
        log_error(tls);
        return false;
    }
    ESP_LOGI(TAG, "CONNACK %02x %02x %02x %02x", answer[0], answer[1], answer[2], answer[3]);
    return answer[0] == 0x20 && answer[3] == 0 && write_all(tls, disconnect, sizeof disconnect);
}

bool mqtt_hello(const char *host, int port, const esp_tls_cfg_t *cfg, const char *client_id)
{
    if (strlen(client_id) > CLIENT_ID_MAX) {
        ESP_LOGE(TAG, "the client id is longer than %d letters", CLIENT_ID_MAX);
        return false;
    }
    esp_tls_t *tls = esp_tls_init();
    if (tls == NULL) {
        ESP_LOGE(TAG, "out of memory");
        return false;
    }
    bool done = false;
    if (esp_tls_conn_new_sync(host, (int)strlen(host), port, cfg, tls) == 1) {
        ESP_LOGI(TAG, "connected to %s", host);
        done = say_hello(tls, client_id);
    } else {
        log_error(tls);
    }
    esp_tls_conn_destroy(tls);
    return done;
}
