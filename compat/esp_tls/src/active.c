/* Registration of a stack. As in ESP-IDF: once, before the first connection, without a lock.
 */
#include "active.h"

#include "handfast_esp_tls.h"

static const esp_tls_stack_ops_t *registered;
static void *context;

const esp_tls_stack_ops_t *hf_esp_stack(void)
{
    return registered == NULL ? handfast_esp_tls_stack() : registered;
}

void *hf_esp_stack_ctx(void)
{
    return context;
}

static bool is_complete(const esp_tls_stack_ops_t *ops)
{
    return ops->create_ssl_handle != NULL && ops->handshake != NULL && ops->read != NULL &&
           ops->write != NULL && ops->conn_delete != NULL && ops->net_init != NULL &&
           ops->get_ssl_context != NULL && ops->get_bytes_avail != NULL &&
           ops->init_global_ca_store != NULL && ops->set_global_ca_store != NULL &&
           ops->get_global_ca_store != NULL && ops->free_global_ca_store != NULL &&
           ops->get_ciphersuites_list != NULL;
}

esp_err_t esp_tls_register_stack(const esp_tls_stack_ops_t *ops, void *user_ctx)
{
    if (ops == NULL) {
        return ESP_ERR_INVALID_ARG;
    }
    if (ops->version != ESP_TLS_STACK_OPS_VERSION) {
        return ESP_ERR_INVALID_VERSION;
    }
    if (!is_complete(ops)) {
        return ESP_ERR_INVALID_ARG;
    }
    if (registered != NULL) {
        return ESP_ERR_INVALID_STATE;
    }
    registered = ops;
    context = user_ctx;
    return ESP_OK;
}

esp_err_t esp_tls_unregister_stack(void)
{
    if (registered == NULL) {
        return ESP_ERR_INVALID_STATE;
    }
    registered = NULL;
    context = NULL;
    return ESP_OK;
}

const esp_tls_stack_ops_t *esp_tls_get_registered_stack(void)
{
    return registered;
}
