/* Names through the system's getaddrinfo(), for devices (lwIP): the first step waits for the
 * answer, however long that takes.
 */
#define _POSIX_C_SOURCE 200809L
#include "lookup.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOST_MAX  256u
#define PORT_TEXT 6

struct hf_esp_lookup {
    char host[HOST_MAX];
    char service[PORT_TEXT];
    int family;
    hf_esp_answers *answers;
    hf_code code;
};

hf_esp_lookup *hf_esp_lookup_start(const char *host, uint16_t port, int family,
                                   hf_esp_answers *answers)
{
    hf_esp_lookup *lookup = calloc(1, sizeof *lookup);
    if (lookup == NULL || strlen(host) >= sizeof lookup->host) {
        free(lookup);
        return NULL;
    }
    answers->count = 0;
    (void)strcpy(lookup->host, host);
    (void)snprintf(lookup->service, sizeof lookup->service, "%u", (unsigned)port);
    lookup->family = family;
    lookup->answers = answers;
    lookup->code = HF_PENDING;
    return lookup;
}

static void keep_all(hf_esp_answers *answers, const struct addrinfo *found)
{
    for (; found != NULL && answers->count < HF_ESP_ADDRESSES; found = found->ai_next) {
        hf_esp_address *to = &answers->list[answers->count++];
        memcpy(&to->address, found->ai_addr, found->ai_addrlen);
        to->len = found->ai_addrlen;
    }
}

hf_code hf_esp_lookup_step(hf_esp_lookup *lookup, int wait_ms)
{
    (void)wait_ms;
    if (lookup->code != HF_PENDING) {
        return lookup->code;
    }
    const struct addrinfo hints = {.ai_family = lookup->family, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    int status = getaddrinfo(lookup->host, lookup->service, &hints, &found);
    if (status == 0) {
        keep_all(lookup->answers, found);
        freeaddrinfo(found);
        lookup->code = HF_OK;
    } else {
        lookup->code = status == EAI_NONAME ? HF_E_RESOLVE_NOT_FOUND : HF_E_RESOLVE_FAILED;
    }
    return lookup->code;
}

void hf_esp_lookup_end(hf_esp_lookup *lookup)
{
    free(lookup);
}
