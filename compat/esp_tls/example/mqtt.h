/* Connects to an MQTT broker, says CONNECT and DISCONNECT; true: it was let in. */
#ifndef EXAMPLE_MQTT_H
#define EXAMPLE_MQTT_H

#include "esp_tls.h"

bool mqtt_hello(const char *host, int port, const esp_tls_cfg_t *cfg, const char *client_id);

#endif
