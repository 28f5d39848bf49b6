/* The small calls of esp_tls.h: data, parts of a connection, errors, CA store, sessions. */
#include "active.h"
#include "esp_tls_private.h"
#include "handfast_esp_tls.h"
#include "plain.h"

#include <string.h>

static const char NO_DATA[1];

static ssize_t moved(esp_tls_t *tls, ssize_t result)
{
    const hf_error *error = result < 0 ? handfast_esp_tls_error(tls) : NULL;
    if (error != NULL) {
        hf_esp_plain_errno(tls, error->system);
    }
    return result;
}

ssize_t esp_tls_conn_read(esp_tls_t *tls, void *data, size_t datalen)
{
    bool can = tls != NULL && tls->read != NULL && (data != NULL || datalen == 0);
    return can ? moved(tls, tls->read(tls, data, datalen)) : -1;
}

ssize_t esp_tls_conn_write(esp_tls_t *tls, const void *data, size_t datalen)
{
    bool can = tls != NULL && tls->write != NULL && (data != NULL || datalen == 0);
    return can ? moved(tls, tls->write(tls, data == NULL ? NO_DATA : data, datalen)) : -1;
}

ssize_t esp_tls_get_bytes_avail(esp_tls_t *tls)
{
    if (tls == NULL) {
        return -1;
    }
    return tls->is_tls ? hf_esp_stack()->get_bytes_avail(hf_esp_stack_ctx(), tls) : 0;
}

esp_err_t esp_tls_get_conn_sockfd(esp_tls_t *tls, int *sockfd)
{
    if (tls == NULL || sockfd == NULL) {
        return ESP_ERR_INVALID_ARG;
    }
    *sockfd = tls->sockfd;
    return ESP_OK;
}

esp_err_t esp_tls_set_conn_sockfd(esp_tls_t *tls, int sockfd)
{
    if (tls == NULL || sockfd < 0) {
        return ESP_ERR_INVALID_ARG;
    }
    tls->sockfd = sockfd;
    return ESP_OK;
}

esp_err_t esp_tls_get_conn_state(esp_tls_t *tls, esp_tls_conn_state_t *conn_state)
{
    if (tls == NULL || conn_state == NULL) {
        return ESP_ERR_INVALID_ARG;
    }
    *conn_state = tls->conn_state;
    return ESP_OK;
}

esp_err_t esp_tls_set_conn_state(esp_tls_t *tls, esp_tls_conn_state_t conn_state)
{
    if (tls == NULL || (unsigned)conn_state > ESP_TLS_DONE) {
        return ESP_ERR_INVALID_ARG;
    }
    tls->conn_state = conn_state;
    return ESP_OK;
}

void *esp_tls_get_ssl_context(esp_tls_t *tls)
{
    bool has = tls != NULL && tls->is_tls;
    return has ? hf_esp_stack()->get_ssl_context(hf_esp_stack_ctx(), tls) : NULL;
}

esp_err_t esp_tls_get_error_handle(esp_tls_t *tls, esp_tls_error_handle_t *error_handle)
{
    if (tls == NULL || error_handle == NULL) {
        return ESP_ERR_INVALID_ARG;
    }
    *error_handle = tls->error_handle;
    return ESP_OK;
}

esp_err_t esp_tls_get_and_clear_last_error(esp_tls_error_handle_t h, int *esp_tls_code,
                                           int *esp_tls_flags)
{
    if (h == NULL) {
        return ESP_ERR_INVALID_STATE;
    }
    esp_err_t last = h->last_error;
    if (esp_tls_code != NULL) {
        *esp_tls_code = h->esp_tls_error_code;
    }
    if (esp_tls_flags != NULL) {
        *esp_tls_flags = h->esp_tls_flags;
    }
    memset(h, 0, sizeof *h);
    return last;
}

static int *part_of(esp_tls_error_handle_t h, esp_tls_error_type_t type)
{
    switch (type) {
    case ESP_TLS_ERR_TYPE_ESP:
        return &h->last_error;
    case ESP_TLS_ERR_TYPE_MBEDTLS:
        return &h->esp_tls_error_code;
    case ESP_TLS_ERR_TYPE_MBEDTLS_CERT_FLAGS:
        return &h->esp_tls_flags;
    case ESP_TLS_ERR_TYPE_SYSTEM:
        return &((esp_tls_error_storage_t *)(void *)h)->sock_errno;
    default:
        return NULL;
    }
}

esp_err_t esp_tls_get_and_clear_error_type(esp_tls_error_handle_t h, esp_tls_error_type_t err_type,
                                           int *error_code)
{
    int *part = h == NULL ? NULL : part_of(h, err_type);
    if (part == NULL || error_code == NULL) {
        return ESP_ERR_INVALID_ARG;
    }
    *error_code = *part;
    *part = 0;
    return ESP_OK;
}

esp_err_t esp_tls_init_global_ca_store(void)
{
    return hf_esp_stack()->init_global_ca_store(hf_esp_stack_ctx());
}

esp_err_t esp_tls_set_global_ca_store(const unsigned char *cacert_pem_buf,
                                      const unsigned int cacert_pem_bytes)
{
    if (cacert_pem_buf == NULL) {
        return ESP_ERR_INVALID_ARG;
    }
    return hf_esp_stack()->set_global_ca_store(hf_esp_stack_ctx(), cacert_pem_buf,
                                               cacert_pem_bytes);
}

void *esp_tls_get_global_ca_store(void)
{
    return hf_esp_stack()->get_global_ca_store(hf_esp_stack_ctx());
}

void esp_tls_free_global_ca_store(void)
{
    hf_esp_stack()->free_global_ca_store(hf_esp_stack_ctx());
}

const int *esp_tls_get_ciphersuites_list(void)
{
    return hf_esp_stack()->get_ciphersuites_list(hf_esp_stack_ctx());
}

esp_tls_client_session_t *esp_tls_get_client_session(esp_tls_t *tls)
{
    const esp_tls_stack_ops_t *stack = hf_esp_stack();
    bool can = tls != NULL && tls->is_tls && stack->get_client_session != NULL;
    return can ? stack->get_client_session(hf_esp_stack_ctx(), tls) : NULL;
}

void esp_tls_free_client_session(esp_tls_client_session_t *client_session)
{
    if (hf_esp_stack()->free_client_session != NULL) {
        hf_esp_stack()->free_client_session(hf_esp_stack_ctx(), client_session);
    }
}
