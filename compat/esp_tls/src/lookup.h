/* A host's addresses, without waiting where the system can (lookup_ares.c), or with
 * (lookup_getaddrinfo.c, for devices); the build takes one of the two.
 */
#ifndef HF_ESP_LOOKUP_H
#define HF_ESP_LOOKUP_H

#include <handfast/error.h>

#include <sys/socket.h>
#include <sys/types.h>

#define HF_ESP_ADDRESSES 8u

typedef struct hf_esp_address {
    struct sockaddr_storage address; /* with its port */
    socklen_t len;
} hf_esp_address;

typedef struct hf_esp_answers {
    hf_esp_address list[HF_ESP_ADDRESSES];
    size_t count;
} hf_esp_answers;

typedef struct hf_esp_lookup hf_esp_lookup;

/* `family`: AF_UNSPEC, AF_INET or AF_INET6. NULL: out of memory. `answers` is filled meanwhile. */
hf_esp_lookup *hf_esp_lookup_start(const char *host, uint16_t port, int family,
                                   hf_esp_answers *answers);
/* Goes on, and waits at most wait_ms for news: HF_PENDING, HF_OK, HF_E_RESOLVE_NOT_FOUND or
 * HF_E_RESOLVE_FAILED. */
hf_code hf_esp_lookup_step(hf_esp_lookup *lookup, int wait_ms);
void hf_esp_lookup_end(hf_esp_lookup *lookup); /* NULL is allowed */

#endif
