/* An MQTT client over hf_link on whatever port it is linked with (way.h).
 *
 *     mqtt DEVICE TARGET NAME FOLDER MILLISECONDS TOPIC TEXT
 *
 * Subscribes to TOPIC, publishes TEXT there, prints what comes back, and ends.
 */
#include "way.h"

#include <handfast/error.h>

#include <stdio.h>
#include <stdlib.h>

#define WAIT_MS 15000u

static hf_config config;
static hf_link mqtt_link;
static uint8_t input[2048], output[512], certificate[3072];
static uint8_t mqtt_input[256], mqtt_output[256];

static hf_code talk(const char *topic, const char *text)
{
    const hf_mqtt_filter filter = {.filter = hf_mqtt_text(topic), .qos = 1};
    const hf_mqtt_publication publication = {.topic = hf_mqtt_text(topic), .qos = 1};
    hf_mqtt_message message;
    hf_code code = hf_link_subscribe(&mqtt_link, &filter, 1, WAIT_MS);
    if (code != HF_OK) {
        return code;
    }
    code = hf_link_publish(&mqtt_link, &publication, hf_mqtt_text(text), WAIT_MS);
    if (code != HF_OK && code != HF_PENDING) { /* pending: the message came before its PUBACK */
        return code;
    }
    bool acknowledged = code == HF_OK;
    code = hf_link_receive(&mqtt_link, &message, WAIT_MS);
    if (code == HF_OK) {
        printf("%.*s: %.*s\n", (int)message.topic.len, (const char *)message.topic.ptr,
               (int)message.payload.len, (const char *)message.payload.ptr);
        code = acknowledged ? HF_OK : hf_link_finish(&mqtt_link, WAIT_MS);
    }
    return code;
}

int main(int count, char **words)
{
    const hf_link_memory memory = {.tls = {.input = {input, sizeof input},
                                           .output = {output, sizeof output},
                                           .certificate = {certificate, sizeof certificate}},
                                   .mqtt = {.input = {mqtt_input, sizeof mqtt_input},
                                            .output = {mqtt_output, sizeof mqtt_output}}};
    const hf_mqtt_options options = {.client_id = hf_mqtt_text("device")};
    if (count != 8) {
        return 2;
    }
    hf_code code = way_configure(&config, words[4], false);
    way_begin(words[1]);
    code = code == HF_OK ? hf_link_init(&mqtt_link, &memory) : code;
    code = code == HF_OK ? way_link(&mqtt_link, &config, words[2], words[3], &options,
                                    (uint32_t)strtoul(words[5], NULL, 10))
                         : code;
    code = code == HF_PENDING ? hf_link_wait(&mqtt_link) : code;
    code = code == HF_OK ? talk(words[6], words[7]) : code;
    hf_code closed = hf_link_close(&mqtt_link, WAIT_MS);
    code = code == HF_OK ? closed : code;
    const hf_error *error = hf_link_error(&mqtt_link);
    printf("code %s\n", code == HF_OK ? "HF_OK" : hf_error_name(code));
    printf("error %s stage %s system %d\n",
           error->code == HF_OK ? "HF_OK" : hf_error_name((hf_code)error->code),
           hf_stage_name((hf_stage)error->stage), (int)error->system);
    printf("left over %zu\n", way_end());
    hf_config_release(&config);
    return code == HF_OK ? 0 : 1;
}
