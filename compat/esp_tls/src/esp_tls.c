/* ESP-TLS's opening of a connection: TCP, then the stack, within one deadline.
 *
 * In the flow: dial.c opens the socket, the active stack does TLS over it. step() is the only place
 * where conn_state moves on, but for a stack's handshake. The socket does not block until the
 * connection is open; then it is as the configuration says.
 */
#define _DEFAULT_SOURCE
#include "esp_tls.h"

#include "active.h"
#include "codes.h"
#include "dial.h"
#include "engine.h"
#include "esp_log.h"
#include "esp_tls_private.h"
#include "plain.h"
#include "port.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char TAG[] = "esp-tls";

#define LOOK_AGAIN_MS 100 /* a stack does not say whether it waits to read or to write */

typedef struct block {
    struct esp_tls tls;
    esp_tls_error_storage_t errors;
} block;

typedef struct target {
    const char *host;
    size_t hostlen;
    int port;
    const esp_tls_cfg_t *cfg; /* NULL: plain TCP */
} target;

esp_tls_t *esp_tls_init(void)
{
    block *it = calloc(1, sizeof *it);
    if (it == NULL) {
        return NULL;
    }
    it->tls.sockfd = -1;
    it->tls.error_handle = &it->errors.parent;
    return &it->tls;
}

static void close_socket(esp_tls_t *tls)
{
    if (tls->sockfd >= 0) {
        (void)close(tls->sockfd);
        tls->sockfd = -1;
    }
}

int esp_tls_conn_destroy(esp_tls_t *tls)
{
    if (tls == NULL) {
        return -1;
    }
    if (tls->is_tls) {
        hf_esp_stack()->conn_delete(hf_esp_stack_ctx(), tls);
    }
    hf_esp_dial_end(tls->dial);
    close_socket(tls);
    free(tls); /* the first member of its block */
    return 0;
}

static int give_up(esp_tls_t *tls, const hf_error *error, esp_err_t esp)
{
    (void)hf_esp_note(tls->error_handle, error, esp);
    hf_esp_plain_errno(tls, error->system);
    tls->conn_state = ESP_TLS_FAIL;
    return -1;
}

static int step_tcp(esp_tls_t *tls, const target *to, bool wait)
{
    hf_error error;
    if (tls->dial == NULL) {
        tls->dial =
            hf_esp_dial_start(to->host, to->hostlen, to->port, to->cfg, tls->deadline, &error);
    }
    if (tls->dial == NULL) {
        return give_up(tls, &error, ESP_OK);
    }
    hf_code code = hf_esp_dial_step(tls->dial, to->cfg, wait, &tls->sockfd, &error);
    if (code == HF_PENDING) {
        return 0;
    }
    esp_err_t refused = hf_esp_dial_refused(tls->dial);
    hf_esp_dial_end(tls->dial);
    tls->dial = NULL;
    if (code != HF_OK) {
        return give_up(tls, &error, refused);
    }
    tls->conn_state = ESP_TLS_CONNECTING;
    return 1;
}

static int opened(esp_tls_t *tls, const esp_tls_cfg_t *cfg)
{
    esp_err_t result = hf_esp_socket_settle(tls->sockfd, cfg);
    if (result != ESP_OK) {
        tls->conn_state = ESP_TLS_FAIL;
        (void)hf_esp_note_plain(tls->error_handle, result);
        return -1;
    }
    tls->conn_state = ESP_TLS_DONE;
    return 1;
}

static int step_setup(esp_tls_t *tls, const target *to)
{
    if (to->cfg == NULL || to->cfg->is_plain_tcp) {
        hf_esp_plain_use(tls);
        return opened(tls, to->cfg);
    }
    esp_tls_cfg_t cfg = *to->cfg;
    cfg.client_session = tls->session_refused ? NULL : cfg.client_session;
    tls->is_tls = true;
    tls->role = ESP_TLS_CLIENT;
    esp_err_t result = hf_esp_socket_blocking(tls->sockfd, false);
    if (result == ESP_OK) {
        hf_esp_stack()->net_init(hf_esp_stack_ctx(), tls);
        result = hf_esp_stack()->create_ssl_handle(hf_esp_stack_ctx(), to->host, to->hostlen, &cfg,
                                                   tls, NULL);
    }
    if (result != ESP_OK) {
        tls->conn_state = ESP_TLS_FAIL;
        if (tls->error_handle->last_error == ESP_OK) {
            (void)hf_esp_note_plain(tls->error_handle, result);
        }
        return -1;
    }
    tls->conn_state = ESP_TLS_HANDSHAKE;
    return 1;
}

/* A server that chokes on the session is asked once more without it, within the same deadline. */
static bool try_without_session(esp_tls_t *tls, const esp_tls_cfg_t *cfg)
{
    if (cfg->client_session == NULL || tls->session_refused || tls->given_socket ||
        !hf_esp_stack_blames_session(tls)) {
        return false;
    }
    ESP_LOGW(TAG, "the session may be why: once more without it");
    hf_esp_stack()->conn_delete(hf_esp_stack_ctx(), tls);
    close_socket(tls);
    (void)hf_esp_note_plain(tls->error_handle, ESP_OK);
    tls->session_refused = true;
    tls->conn_state = ESP_TLS_INIT;
    return true;
}

static int step_handshake(esp_tls_t *tls, const target *to)
{
    if (to->cfg == NULL) {
        return -1;
    }
    int result = hf_esp_stack()->handshake(hf_esp_stack_ctx(), tls, to->cfg);
    if (result == 1) {
        return opened(tls, to->cfg);
    }
    if (result == 0 || result == ESP_TLS_ERR_SSL_WANT_READ ||
        result == ESP_TLS_ERR_SSL_WANT_WRITE) {
        return 0;
    }
    const hf_error *error = handfast_esp_tls_error(tls);
    hf_esp_plain_errno(tls, error == NULL ? 0 : error->system);
    if (try_without_session(tls, to->cfg)) {
        return 0;
    }
    tls->conn_state = ESP_TLS_FAIL;
    return -1;
}

static int timed_out(esp_tls_t *tls)
{
    hf_error error;
    hf_error_clear(&error);
    bool tcp = tls->conn_state == ESP_TLS_INIT;
    error.stage = tcp ? HF_STAGE_TCP : HF_STAGE_TLS;
    (void)hf_fail(&error, tcp ? HF_E_CONNECT_TIMEOUT : HF_E_TLS_TIMEOUT);
    return give_up(tls, &error, ESP_OK);
}

/* As far as it goes: 1 open, 0 not yet, -1 failed. `wait`: TCP is waited for. */
static int step(esp_tls_t *tls, const target *to, bool wait)
{
    int result = 1;
    if (tls->deadline == 0) {
        tls->deadline = hf_esp_now() + hf_esp_timeout(to->cfg);
        tls->given_socket = tls->conn_state != ESP_TLS_INIT;
    }
    while (result == 1 && tls->conn_state != ESP_TLS_DONE) {
        switch (tls->conn_state) {
        case ESP_TLS_INIT:
            result = step_tcp(tls, to, wait);
            break;
        case ESP_TLS_CONNECTING:
            result = step_setup(tls, to);
            break;
        case ESP_TLS_HANDSHAKE:
            result = step_handshake(tls, to);
            break;
        default:
            ESP_LOGE(TAG, "a connection that has failed cannot be opened again: make a new one");
            result = -1;
            break;
        }
    }
    return result == 0 && hf_esp_now() >= tls->deadline ? timed_out(tls) : result;
}

static bool is_target(const char *host, int hostlen, esp_tls_t *tls, const esp_tls_cfg_t *cfg,
                      int port, target *to)
{
    *to = (target){host, hostlen > 0 ? (size_t)hostlen : 0, port, cfg};
    bool right = tls != NULL && host != NULL && hostlen > 0;
    if (!right) {
        ESP_LOGE(TAG, "a connection needs an esp_tls_t of esp_tls_init() and a host name");
        (void)(tls == NULL ? ESP_OK : hf_esp_note_plain(tls->error_handle, ESP_ERR_INVALID_ARG));
    }
    return right;
}

static void wait_for_socket(const esp_tls_t *tls)
{
    uint64_t now = hf_esp_now();
    uint64_t left = tls->deadline > now ? tls->deadline - now : 0;
    struct pollfd it = {.fd = tls->sockfd, .events = POLLIN};
    (void)poll(&it, 1, left < LOOK_AGAIN_MS ? (int)left : LOOK_AGAIN_MS);
}

int esp_tls_conn_new_sync(const char *hostname, int hostlen, int port, const esp_tls_cfg_t *cfg,
                          esp_tls_t *tls)
{
    target to;
    if (!is_target(hostname, hostlen, tls, cfg, port, &to)) {
        return -1;
    }
    int result = step(tls, &to, true);
    while (result == 0) {
        if (tls->sockfd >= 0) {
            wait_for_socket(tls);
        }
        result = step(tls, &to, true);
    }
    return result;
}

int esp_tls_conn_new_async(const char *hostname, int hostlen, int port, const esp_tls_cfg_t *cfg,
                           esp_tls_t *tls)
{
    target to;
    return is_target(hostname, hostlen, tls, cfg, port, &to) ? step(tls, &to, false) : -1;
}

esp_err_t esp_tls_plain_tcp_connect(const char *host, int hostlen, int port,
                                    const esp_tls_cfg_t *cfg, esp_tls_error_handle_t error_handle,
                                    int *sockfd)
{
    hf_error error;
    if (sockfd == NULL || host == NULL || hostlen <= 0) {
        return ESP_ERR_INVALID_ARG;
    }
    uint64_t deadline = hf_esp_now() + hf_esp_timeout(cfg);
    hf_esp_dial *dial = hf_esp_dial_start(host, (size_t)hostlen, port, cfg, deadline, &error);
    hf_code code =
        dial == NULL ? (hf_code)error.code : hf_esp_dial_step(dial, cfg, true, sockfd, &error);
    esp_err_t refused = hf_esp_dial_refused(dial);
    hf_esp_dial_end(dial);
    if (code != HF_OK) {
        (void)hf_esp_note(error_handle, &error, refused);
        return refused == ESP_OK ? hf_esp_meaning_of(code)->esp : refused;
    }
    esp_err_t result = hf_esp_socket_settle(*sockfd, cfg);
    if (result != ESP_OK) {
        (void)close(*sockfd);
        *sockfd = -1;
    }
    return result == ESP_OK ? ESP_OK : hf_esp_note_plain(error_handle, result);
}
