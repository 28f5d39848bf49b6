/* Servers: sessions over sockets that accept() has returned, and tickets. */
#define _DEFAULT_SOURCE
#include "active.h"
#include "codes.h"
#include "dial.h"
#include "esp_tls_private.h"
#include "port.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>

esp_err_t esp_tls_cfg_server_session_tickets_init(esp_tls_cfg_server_t *cfg)
{
    const esp_tls_stack_ops_t *stack = hf_esp_stack();
    if (cfg == NULL || cfg->ticket_ctx != NULL) {
        return ESP_ERR_INVALID_ARG;
    }
    if (stack->server_session_ticket_ctx_init == NULL) {
        return ESP_ERR_NOT_SUPPORTED;
    }
    cfg->ticket_ctx = calloc(1, sizeof *cfg->ticket_ctx);
    if (cfg->ticket_ctx == NULL) {
        return ESP_ERR_NO_MEM;
    }
    esp_err_t result = stack->server_session_ticket_ctx_init(hf_esp_stack_ctx(), cfg->ticket_ctx);
    if (result != ESP_OK) {
        free(cfg->ticket_ctx);
        cfg->ticket_ctx = NULL;
    }
    return result;
}

void esp_tls_cfg_server_session_tickets_free(esp_tls_cfg_server_t *cfg)
{
    const esp_tls_stack_ops_t *stack = hf_esp_stack();
    if (cfg == NULL || cfg->ticket_ctx == NULL) {
        return;
    }
    if (stack->server_session_ticket_ctx_free != NULL) {
        stack->server_session_ticket_ctx_free(hf_esp_stack_ctx(), cfg->ticket_ctx);
    }
    free(cfg->ticket_ctx);
    cfg->ticket_ctx = NULL;
}

esp_err_t esp_tls_server_session_init(esp_tls_cfg_server_t *cfg, int sockfd, esp_tls_t *tls)
{
    const esp_tls_stack_ops_t *stack = hf_esp_stack();
    if (cfg == NULL || tls == NULL || sockfd < 0) {
        return ESP_ERR_INVALID_ARG;
    }
    if (stack->server_session_init == NULL) {
        return ESP_ERR_NOT_SUPPORTED;
    }
    return stack->server_session_init(hf_esp_stack_ctx(), cfg, sockfd, tls);
}

int esp_tls_server_session_continue_async(esp_tls_t *tls)
{
    const esp_tls_stack_ops_t *stack = hf_esp_stack();
    bool can = tls != NULL && stack->server_session_continue_async != NULL;
    return can ? stack->server_session_continue_async(hf_esp_stack_ctx(), tls) : -1;
}

static int finish(esp_tls_t *tls, uint64_t deadline)
{
    for (;;) {
        int result = esp_tls_server_session_continue_async(tls);
        bool reads = result == ESP_TLS_ERR_SSL_WANT_READ;
        if (!reads && result != ESP_TLS_ERR_SSL_WANT_WRITE) {
            return result;
        }
        uint64_t now = hf_esp_now();
        if (now >= deadline) {
            tls->conn_state = ESP_TLS_FAIL;
            (void)hf_esp_note_plain(tls->error_handle, ESP_ERR_ESP_TLS_SERVER_HANDSHAKE_TIMEOUT);
            return ESP_TLS_ERR_SSL_TIMEOUT;
        }
        struct pollfd it = {.fd = tls->sockfd, .events = reads ? POLLIN : POLLOUT};
        uint64_t left = deadline - now;
        (void)poll(&it, 1, left > INT32_MAX ? INT32_MAX : (int)left);
    }
}

int esp_tls_server_session_create(esp_tls_cfg_server_t *cfg, int sockfd, esp_tls_t *tls)
{
    const esp_tls_stack_ops_t *stack = hf_esp_stack();
    if (cfg == NULL || tls == NULL || sockfd < 0) {
        return -1;
    }
    if (stack->server_session_init == NULL && stack->server_session_create != NULL) {
        int made = stack->server_session_create(hf_esp_stack_ctx(), cfg, sockfd, tls);
        return made == 1 ? 0 : made;
    }
    uint32_t ms = cfg->tls_handshake_timeout_ms;
    uint64_t deadline = hf_esp_now() + (ms == 0 ? (uint32_t)HF_ESP_TIMEOUT_MS : ms);
    int flags = fcntl(sockfd, F_GETFL, 0);
    if (flags < 0 || hf_esp_socket_blocking(sockfd, false) != ESP_OK ||
        esp_tls_server_session_init(cfg, sockfd, tls) != ESP_OK) {
        return -1;
    }
    int result = finish(tls, deadline);
    (void)fcntl(sockfd, F_SETFL, flags);
    return result;
}

void esp_tls_server_session_delete(esp_tls_t *tls)
{
    const esp_tls_stack_ops_t *stack = hf_esp_stack();
    if (tls == NULL) {
        return;
    }
    void (*end)(void *, esp_tls_t *) =
        stack->server_session_delete != NULL ? stack->server_session_delete : stack->conn_delete;
    end(hf_esp_stack_ctx(), tls);
    tls->sockfd = -1; /* the caller's */
    tls->is_tls = false;
    (void)esp_tls_conn_destroy(tls);
}
