/* MQTT packets out of decrypted application data, of one direction. Cut as they come: a packet may
 * stand in several records and a record hold several packets. PUBLISH and AUTH, and a CONNECT with
 * a password, are told without their content.
 */
#ifndef HF_CLI_DECODE_MQTT_H
#define HF_CLI_DECODE_MQTT_H

#include <handfast/bytes.h>
#include <stdbool.h>
#include <stdint.h>

#define DECODE_PACKET_MAX 4096u /* bytes of a packet that are kept for its content */

typedef struct decode_packet {
    uint8_t first;
    uint32_t size; /* whole */
    hf_span body;  /* behind the fixed header; empty where it is not told */
} decode_packet;

/* All zero: at the beginning of a packet. */
typedef struct decode_mqtt {
    uint32_t length; /* what follows the fixed header */
    uint32_t have;
    uint8_t first;
    uint8_t digits; /* bytes of the length */
    bool in_body;
    bool lost; /* a length was malformed: nothing more can be read */
    uint8_t body[DECODE_PACKET_MAX];
} decode_mqtt;

/* The first bytes of a client that speaks MQTT: a CONNECT. */
bool decode_is_mqtt(hf_span data);

/* Takes bytes off the front of *data until a packet is whole; false: none is. The body is borrowed
 * until the next call. */
bool decode_mqtt_next(decode_mqtt *mqtt, hf_span *data, decode_packet *packet);

#endif
