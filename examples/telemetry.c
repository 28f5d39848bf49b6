/* A device that sends telemetry and obeys commands: MQTT over TLS with hf_link, blocking.
 *
 *     telemetry HOST[:PORT] ca.pem device.chain.pem device.key ID
 *
 * Subscribes to commands/ID, publishes three readings to telemetry/ID, then prints commands until
 * one says "stop". When the connection breaks it is opened again, with growing pauses, and with the
 * session that the broker gave, which saves most of the handshake.
 */
#define _POSIX_C_SOURCE 200809L
#include "support.h"

#include <handfast/link.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

#define WAIT_MS  10000u
#define TRIES    5
#define READINGS 3

static uint8_t memory[16384];
static uint8_t input[HF_TLS_INPUT_SIZE], output[HF_TLS_OUTPUT_SIZE];
static uint8_t certificate[HF_TLS_CERTIFICATE_SIZE], names[HF_TLS_NAMES_SIZE];
static uint8_t kept[2048]; /* mosquitto's tickets have the device's certificate in them */
static hf_session session = {.ptr = kept, .cap = sizeof kept};
static uint8_t mqtt_in[HF_MQTT_BUFFER_SIZE], mqtt_out[HF_MQTT_BUFFER_SIZE];
static hf_config config;
static hf_link device;
static char command_topic[80], telemetry_topic[80];

static hf_code subscribe(void)
{
    const hf_mqtt_filter filter = {.filter = hf_mqtt_text(command_topic), .qos = 1};
    return hf_link_subscribe(&device, &filter, 1, WAIT_MS);
}

/* A message may come in pieces when it is larger than the MQTT input buffer; only its text is
 * printed here, so the pieces need not be put together. */
static hf_code next_command(bool *stop)
{
    hf_mqtt_message message;
    hf_code code = hf_link_receive(&device, &message, WAIT_MS);
    if (code == HF_E_TIMEOUT) {
        return HF_OK; /* nothing to do; the link has kept itself alive meanwhile */
    }
    if (code != HF_OK) {
        return code;
    }
    printf("%.*s%s", (int)message.payload.len, (const char *)message.payload.ptr,
           message.offset + message.payload.len == message.total ? "\n" : "");
    fflush(stdout);
    *stop = message.total == 4 && memcmp(message.payload.ptr, "stop", 4) == 0;
    return HF_OK;
}

static hf_code publish(int reading, bool *stop)
{
    char text[40];
    snprintf(text, sizeof text, "{\"reading\": %d}", reading);
    const hf_mqtt_publication line = {.topic = hf_mqtt_text(telemetry_topic), .qos = 1};
    hf_code code = hf_link_publish(&device, &line, hf_mqtt_text(text), WAIT_MS);
    while (code == HF_PENDING) { /* a command stands before the acknowledgement: take it first */
        code = next_command(stop);
        code = code == HF_OK ? hf_link_finish(&device, WAIT_MS) : code;
    }
    return code;
}

/* One connection, until it is told to stop or breaks. */
static hf_code serve(const char *address, const char *id, bool *stop)
{
    const hf_mqtt_options options = {.client_id = hf_mqtt_text(id), .keep_alive = 60};
    hf_code code = hf_link_open(&device, &config, address, &options, WAIT_MS);
    code = code == HF_OK ? subscribe() : code;
    for (int i = 1; code == HF_OK && i <= READINGS; i++) {
        code = publish(i, stop);
    }
    while (code == HF_OK && !*stop) {
        code = next_command(stop);
    }
    return code;
}

static void rest(unsigned seconds)
{
    const struct timespec time = {.tv_sec = (time_t)seconds};
    nanosleep(&time, NULL);
}

int main(int argc, char **argv)
{
    const hf_link_memory room = {
        .tls = {.input = {input, sizeof input},
                .output = {output, sizeof output},
                .certificate = {certificate, sizeof certificate},
                .names = {names, sizeof names},
                .session = &session},
        .mqtt = {{mqtt_in, sizeof mqtt_in}, {mqtt_out, sizeof mqtt_out}, NULL, 0},
    };
    if (argc != 6) {
        fputs("usage: telemetry HOST[:PORT] ca.pem device.chain.pem device.key ID\n", stderr);
        return 2;
    }
    snprintf(command_topic, sizeof command_topic, "commands/%s", argv[5]);
    snprintf(telemetry_topic, sizeof telemetry_topic, "telemetry/%s", argv[5]);
    hf_config_init(&config, memory, sizeof memory);
    config.clock = hf_clock_system();
    if (example_config(&config, argv[2], argv[3], argv[4]) != HF_OK) {
        return example_failed(&config.error);
    }
    hf_code code = hf_link_init(&device, &room);
    bool stop = false;
    for (int i = 0; code == HF_OK && !stop && i < TRIES; i++) {
        hf_code outcome = serve(argv[1], argv[5], &stop);
        if (outcome != HF_OK) {
            example_failed(hf_link_error(&device));
        }
        hf_link_close(&device, 1000); /* a failed link too: it may then be opened again */
        if (outcome != HF_OK && !hf_error_may_retry(outcome)) {
            break; /* trying again would bring the same */
        }
        if (!stop) {
            rest(1u << i);
        }
    }
    hf_config_release(&config);
    return stop ? 0 : 1;
}
