/* Connections by URL: scheme://[user@]host[:port][/...], with IPv6 addresses in brackets. */
#include "codes.h"
#include "esp_log.h"
#include "esp_tls_private.h"

#include <string.h>

static const char TAG[] = "esp-tls";

typedef struct place {
    const char *host;
    size_t hostlen;
    int port;
} place;

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static const char *last_at(const char *text, size_t len)
{
    const char *found = NULL;
    for (size_t i = 0; i < len; i++) {
        found = text[i] == '@' ? text + i : found;
    }
    return found;
}

/* Digits up to `end`, 1 to 65535. */
static bool read_port(const char *from, const char *end, int *port)
{
    int value = 0;
    const char *at = from;
    while (at < end && *at >= '0' && *at <= '9' && value <= UINT16_MAX) {
        value = value * 10 + (*at++ - '0');
    }
    *port = value;
    return at == end && at > from && value > 0 && value <= UINT16_MAX;
}

static bool read_host(const char *from, const char *end, place *it)
{
    const char *after = NULL;
    if (from < end && *from == '[') {
        it->host = from + 1;
        after = memchr(from, ']', (size_t)(end - from));
        if (after == NULL) {
            return false;
        }
        it->hostlen = (size_t)(after++ - it->host);
    } else {
        it->host = from;
        after = memchr(from, ':', (size_t)(end - from));
        after = after == NULL ? end : after;
        it->hostlen = (size_t)(after - from);
    }
    bool port = after < end && *after == ':';
    return it->hostlen > 0 && (after == end || (port && read_port(after + 1, end, &it->port)));
}

static bool read_url(const char *url, place *it)
{
    it->port = begins(url, "https://") || begins(url, "wss://") ? 443 : 80;
    const char *from = strstr(url, "://");
    if (from == NULL || from == url) {
        return false;
    }
    from += 3;
    size_t len = strcspn(from, "/?#");
    const char *user = last_at(from, len);
    return read_host(user == NULL ? from : user + 1, from + len, it);
}

static bool understood(const char *url, esp_tls_t *tls, place *it)
{
    if (url != NULL && tls != NULL && read_url(url, it)) {
        return true;
    }
    ESP_LOGE(TAG, "this is no URL of the form https://host:port/");
    (void)(tls == NULL ? ESP_OK : hf_esp_note_plain(tls->error_handle, ESP_ERR_INVALID_ARG));
    return false;
}

int esp_tls_conn_http_new_sync(const char *url, const esp_tls_cfg_t *cfg, esp_tls_t *tls)
{
    place it;
    return understood(url, tls, &it)
               ? esp_tls_conn_new_sync(it.host, (int)it.hostlen, it.port, cfg, tls)
               : -1;
}

int esp_tls_conn_http_new_async(const char *url, const esp_tls_cfg_t *cfg, esp_tls_t *tls)
{
    place it;
    return understood(url, tls, &it)
               ? esp_tls_conn_new_async(it.host, (int)it.hostlen, it.port, cfg, tls)
               : -1;
}

esp_tls_t *esp_tls_conn_http_new(const char *url, const esp_tls_cfg_t *cfg)
{
    esp_tls_t *tls = esp_tls_init();
    if (tls != NULL && esp_tls_conn_http_new_sync(url, cfg, tls) != 1) {
        (void)esp_tls_conn_destroy(tls);
        tls = NULL;
    }
    return tls;
}
