#include <handfast/link.h>
#include <stdio.h>
static uint8_t pem[3][4096], memory[8192], in[2048], out[512], c[3072], r[256], w[256];
static hf_config config;
static hf_link link;
int main(int argc, char **argv) /* HOST[:PORT] ca.pem device.pem device.key */
{
    for (int i = 0; i < 3 && argc == 5 && freopen(argv[i + 2], "rb", stdin) != NULL; i++) {
        argc = fread(pem[i], 1, sizeof pem[i], stdin) > 0 ? argc : 0;
    }
    hf_config_init(&config, memory, sizeof memory);
    config.clock = hf_clock_system();
    hf_config_anchors(&config, pem[0], sizeof pem[0]);
    hf_config_identity(&config, pem[1], sizeof pem[1], pem[2], sizeof pem[2], NULL);
    hf_link_memory m = {{{in, 2048}, {out, 512}, {c, 3072}, {0}, 0, 0}, {{r, 256}, {w, 256}, 0, 0}};
    hf_mqtt_publication line = {.topic = hf_mqtt_text("hello"), .qos = 1};
    if (hf_link_init(&link, &m) != HF_OK || hf_config_build(&config) != HF_OK ||
        hf_link_open(&link, &config, argv[1], &(hf_mqtt_options){0}, 9000) != HF_OK ||
        hf_link_publish(&link, &line, hf_mqtt_text("it works"), 9000) != HF_OK) {
        char why[600];
        hf_error_describe(config.error.code ? &config.error : hf_link_error(&link), why, 600);
        fputs(why, stderr);
    }
    return config.error.code != HF_OK || hf_link_close(&link, 1000) != HF_OK;
}
