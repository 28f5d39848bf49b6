/* Time and random numbers of ESP-IDF, in the place of port_posix.c (docs/integration.md).
 *
 * esp_fill_random() is good for keys while radio or bootloader_random_enable() feeds it, which is
 * what ESP-IDF's own TLS relies on as well.
 */
#include "port.h"

#include <esp_random.h>
#include <esp_timer.h>

uint64_t hf_esp_now(void)
{
    return (uint64_t)esp_timer_get_time() / 1000u + 1u;
}

bool hf_esp_random(uint8_t *out, size_t len)
{
    esp_fill_random(out, len);
    return true;
}
