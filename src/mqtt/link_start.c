/* A link to an address: looked up and dialled. */
#include "mqtt/link_begin.h"

hf_code hf_link_start(hf_link *link, const hf_config *config, const char *address,
                      const hf_conn_options *options, const hf_mqtt_options *mqtt,
                      uint32_t timeout_ms)
{
    const hf_conn_options own = hf_link_options(options);
    hf_code code = hf_link_begin(link, mqtt);
    if (code != HF_OK) {
        return code;
    }
    code = hf_conn_start(&link->conn, config, &link->tls_memory, address, &own, timeout_ms);
    return hf_link_begun(link, code);
}

hf_code hf_link_open(hf_link *link, const hf_config *config, const char *address,
                     const hf_mqtt_options *mqtt, uint32_t timeout_ms)
{
    hf_code code = hf_link_start(link, config, address, NULL, mqtt, timeout_ms);
    return code == HF_PENDING ? hf_link_wait(link) : code;
}
