/* The options of pub and sub: letters as mosquitto's clients have them, and those of the
 * connection.
 *
 * mqtt_options.c reads them, mqtt_help.c explains them.
 */
#ifndef HF_CLI_MQTT_OPTIONS_H
#define HF_CLI_MQTT_OPTIONS_H

#include "options.h"

#define MQTT_TOPICS_MAX   32
#define MQTT_PAYLOAD_MAX  268300000u /* what PUBLISH can carry, with room for the longest topic */
#define MQTT_ADDRESS_SIZE 300

/* Where the message of pub comes from. */
typedef enum mqtt_source {
    MQTT_FROM_NOTHING = 0,
    MQTT_FROM_TEXT,
    MQTT_FROM_FILE,
    MQTT_FROM_STDIN,
    MQTT_FROM_NULL, /* an empty message */
} mqtt_source;

/* Strings are borrowed from the command line. */
typedef struct mqtt_options {
    cli_options tls;
    bool is_sub;
    const char *host;
    unsigned long port;
    char address[MQTT_ADDRESS_SIZE]; /* the host as hf_conn wants it */
    const char *topics[MQTT_TOPICS_MAX];
    size_t topics_count;
    mqtt_source source;
    const char *message; /* text or path */
    uint8_t qos;
    bool retain;
    const char *client_id; /* NULL: one is made up */
    const char *user;
    const char *password;
    const char *password_file;
    const char *will_topic;
    const char *will_payload;
    uint8_t will_qos;
    bool will_retain;
    uint16_t keep_alive;
    bool keep_session;
    unsigned long count; /* sub ends after so many messages; 0: never */
    uint32_t wait_ms;    /* sub ends after so long; 0: never */
    bool no_newline;
    bool print_topics;
    bool debug;
    bool summary;
    bool reconnect;
    bool help;
} mqtt_options;

/* Reads and checks a command line; says what is wrong. */
cli_exit mqtt_options_read(mqtt_options *options, bool is_sub, int argc, char **argv);

/* ---- mqtt_help.c */
cli_exit mqtt_print_help(bool is_sub);

/* The error for an option that is not known here: those of mosquitto's clients that this tool does
 * not have are told apart. */
cli_exit mqtt_options_unknown(const mqtt_options *options, char **argv);

#endif
