/* Names through c-ares: hosts file and DNS, bounded by the caller's deadline, nothing left behind.
 * Addresses in numbers are never asked of it: c-ares 1.18 sends them to the DNS server as names.
 */
#define _DEFAULT_SOURCE
#include "lookup.h"

#include <ares.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#define PORT_TEXT 6

struct hf_esp_lookup {
    ares_channel channel;
    int family;
    hf_esp_answers *answers;
    hf_code code;
};

static void keep(hf_esp_lookup *lookup, const struct sockaddr *address, size_t len)
{
    hf_esp_answers *answers = lookup->answers;
    bool asked_for = lookup->family == AF_UNSPEC || lookup->family == address->sa_family;
    if (asked_for && answers->count < HF_ESP_ADDRESSES && len <= sizeof answers->list[0].address) {
        hf_esp_address *to = &answers->list[answers->count++];
        memcpy(&to->address, address, len);
        to->len = (socklen_t)len;
    }
    lookup->code = answers->count > 0 ? HF_OK : HF_E_RESOLVE_NOT_FOUND;
}

static void on_answer(void *arg, int status, int timeouts, struct ares_addrinfo *info)
{
    (void)timeouts;
    hf_esp_lookup *lookup = arg;
    if (status == ARES_EDESTRUCTION) {
        return;
    }
    if (status != ARES_SUCCESS || info == NULL) {
        bool missing = status == ARES_ENOTFOUND || status == ARES_ENODATA ||
                       status == ARES_ENONAME || status == ARES_EBADNAME;
        lookup->code = missing ? HF_E_RESOLVE_NOT_FOUND : HF_E_RESOLVE_FAILED;
        return;
    }
    lookup->code = HF_E_RESOLVE_NOT_FOUND;
    for (const struct ares_addrinfo_node *it = info->nodes; it != NULL; it = it->ai_next) {
        keep(lookup, it->ai_addr, (size_t)it->ai_addrlen);
    }
    ares_freeaddrinfo(info);
}

/* Whether the host is an address in numbers, which is the answer then. */
static bool is_numeric(hf_esp_lookup *lookup, const char *host, const char *service)
{
    const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
                                   .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    if (getaddrinfo(host, service, &hints, &found) != 0) {
        return false;
    }
    keep(lookup, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    return true;
}

hf_esp_lookup *hf_esp_lookup_start(const char *host, uint16_t port, int family,
                                   hf_esp_answers *answers)
{
    char service[PORT_TEXT];
    hf_esp_lookup *lookup = calloc(1, sizeof *lookup);
    if (lookup == NULL) {
        return NULL;
    }
    answers->count = 0;
    lookup->answers = answers;
    lookup->family = family;
    lookup->code = HF_PENDING;
    (void)snprintf(service, sizeof service, "%u", (unsigned)port);
    if (is_numeric(lookup, host, service)) {
        return lookup;
    }
    if (ares_init(&lookup->channel) != ARES_SUCCESS) {
        free(lookup);
        return NULL;
    }
    const struct ares_addrinfo_hints hints = {
        .ai_flags = ARES_AI_NUMERICSERV, .ai_family = family, .ai_socktype = SOCK_STREAM};
    ares_getaddrinfo(lookup->channel, host, service, &hints, on_answer, lookup);
    return lookup;
}

static void watch(hf_esp_lookup *lookup, int wait_ms)
{
    ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
    struct pollfd polls[ARES_GETSOCK_MAXNUM];
    nfds_t count = 0;
    unsigned bits = (unsigned)ares_getsock(lookup->channel, sockets, ARES_GETSOCK_MAXNUM);
    for (unsigned i = 0; i < ARES_GETSOCK_MAXNUM; i++) {
        short in = (bits & 1u << i) != 0 ? POLLIN : 0;
        short out = (bits & 1u << (i + ARES_GETSOCK_MAXNUM)) != 0 ? POLLOUT : 0;
        if (in != 0 || out != 0) {
            polls[count++] = (struct pollfd){.fd = sockets[i], .events = (short)(in | out)};
        }
    }
    struct timeval most = {.tv_sec = wait_ms / 1000, .tv_usec = wait_ms % 1000 * 1000};
    struct timeval next;
    const struct timeval *due = ares_timeout(lookup->channel, &most, &next);
    int ms = (int)(due->tv_sec * 1000 + (due->tv_usec + 999) / 1000);
    int ready = poll(polls, count, ms < wait_ms ? ms : wait_ms);
    for (nfds_t i = 0; ready > 0 && i < count; i++) {
        ares_socket_t none = ARES_SOCKET_BAD;
        bool in = (polls[i].revents & (POLLIN | POLLERR | POLLHUP)) != 0;
        bool out = (polls[i].revents & POLLOUT) != 0;
        ares_process_fd(lookup->channel, in ? polls[i].fd : none, out ? polls[i].fd : none);
    }
    if (ready <= 0) {
        ares_process_fd(lookup->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD); /* its time-outs */
    }
}

hf_code hf_esp_lookup_step(hf_esp_lookup *lookup, int wait_ms)
{
    if (lookup->code == HF_PENDING) {
        watch(lookup, wait_ms);
    }
    return lookup->code;
}

void hf_esp_lookup_end(hf_esp_lookup *lookup)
{
    if (lookup != NULL) {
        ares_destroy(lookup->channel);
        free(lookup);
    }
}
