/* What the ESP-TLS here asks of the system: time, random numbers, one lock.
 */
#ifndef HF_ESP_PORT_H
#define HF_ESP_PORT_H

#include <handfast/x509.h>

uint64_t hf_esp_now(void); /* milliseconds, monotonic, never 0 */
hf_clock hf_esp_clock(void);
bool hf_esp_random(uint8_t *out, size_t len);

/* Held for what connections of several threads share; never twice by one thread. */
void hf_esp_lock(void);
void hf_esp_unlock(void);

#endif
