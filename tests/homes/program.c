/* What check-homes links: a user of the engine, of certificates, of MQTT and, where it is there, of
 * the stack for ESP-TLS. It says no without an anchor, as it must. */
#include <handfast/mqtt.h>
#include <handfast/psa.h>
#include <handfast/tls.h>

#ifdef HOMES_ESP_TLS
#include "handfast_esp_tls.h"
#endif

static hf_code connects(const hf_config *config)
{
    static uint8_t input[HF_TLS_INPUT_SIZE], output[HF_TLS_OUTPUT_SIZE];
    static hf_tls tls;
    const hf_tls_memory memory = {.input = {input, sizeof input},
                                  .output = {output, sizeof output}};
    return hf_tls_client(&tls, config, &memory, "broker.example");
}

int main(void)
{
    static hf_config config;
    static hf_mqtt mqtt;
    hf_config_init(&config, NULL, 0);
    bool right = hf_config_psa_key(&config, &config.identity, 77) == HF_E_KEY_NOT_FOUND;
    right = right && connects(&config) == HF_E_CONFIG_NOT_BUILT;
    hf_config_init(&config, NULL, 0);
    right = right && hf_config_build(&config) == HF_E_NO_ANCHORS;
    right = right && hf_mqtt_init(&mqtt, &(hf_mqtt_memory){0}) == HF_E_MEMORY_TOO_SMALL;
#ifdef HOMES_ESP_TLS
    right = right && handfast_esp_tls_stack()->version == ESP_TLS_STACK_OPS_VERSION;
#endif
    return right ? 0 : 1;
}
