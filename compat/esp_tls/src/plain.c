/* Reads and writes of plain TCP, with the same results as those of TLS. */
#define _DEFAULT_SOURCE
#include "plain.h"

#include "codes.h"
#include "engine.h"
#include "esp_tls_private.h"

#include <errno.h>
#include <sys/socket.h>

void hf_esp_plain_errno(esp_tls_t *tls, int system)
{
    /* The handle of an esp_tls_t is the first member of its storage. */
    ((esp_tls_error_storage_t *)(void *)tls->error_handle)->sock_errno = system;
}

static ssize_t failed(esp_tls_t *tls, int want)
{
    int system = errno;
    if (system == EAGAIN || system == EWOULDBLOCK) {
        return hf_esp_come_again(tls->sockfd, want);
    }
    hf_error error;
    hf_error_clear(&error);
    error.stage = HF_STAGE_TCP;
    error.system = system;
    (void)hf_fail(&error, HF_E_NETWORK);
    int code = hf_esp_note(tls->error_handle, &error, ESP_OK);
    hf_esp_plain_errno(tls, system);
    return code;
}

static ssize_t read_plain(esp_tls_t *tls, char *data, size_t len)
{
    ssize_t got = recv(tls->sockfd, data, len, 0);
    while (got < 0 && errno == EINTR) {
        got = recv(tls->sockfd, data, len, 0);
    }
    if (got == 0 && len > 0) {
        (void)hf_esp_note_plain(tls->error_handle, ESP_ERR_ESP_TLS_TCP_CLOSED_FIN);
    }
    return got < 0 ? failed(tls, ESP_TLS_ERR_SSL_WANT_READ) : got;
}

static ssize_t write_plain(esp_tls_t *tls, const char *data, size_t len)
{
    ssize_t sent = send(tls->sockfd, data, len, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR) {
        sent = send(tls->sockfd, data, len, MSG_NOSIGNAL);
    }
    return sent < 0 ? failed(tls, ESP_TLS_ERR_SSL_WANT_WRITE) : sent;
}

void hf_esp_plain_use(esp_tls_t *tls)
{
    tls->is_tls = false;
    tls->read = read_plain;
    tls->write = write_plain;
}
