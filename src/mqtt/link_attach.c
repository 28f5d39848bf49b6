/* A link over a way to the broker that stands already. */
#include "mqtt/link_begin.h"

hf_code hf_link_attach(hf_link *link, const hf_config *config, hf_socket socket, const char *name,
                       const hf_conn_options *options, const hf_mqtt_options *mqtt,
                       uint32_t timeout_ms)
{
    const hf_conn_options own = hf_link_options(options);
    hf_code code = hf_link_begin(link, mqtt);
    if (code != HF_OK) {
        return code;
    }
    code = hf_conn_attach(&link->conn, config, &link->tls_memory, socket, name, &own, timeout_ms);
    return hf_link_begun(link, code);
}
