/* One attempt at a time: each address gets an equal part of the time that is left, so that the last
 * of them still has a chance.
 */
#define _GNU_SOURCE
#include "dial.h"

#include "esp_log.h"
#include "lookup.h"
#include "port.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static const char TAG[] = "esp-tls";

#define HOST_MAX 256u

#ifndef SOCK_CLOEXEC /* lwIP: there are no other processes */
#define SOCK_CLOEXEC 0
#endif

struct hf_esp_dial {
    hf_esp_lookup *lookup; /* NULL: the addresses are known */
    hf_esp_answers answers;
    size_t next;
    int attempt; /* -1: none */
    uint64_t attempt_until;
    uint64_t deadline;
    hf_code code; /* of the last attempt that failed */
    int system;
    bool option; /* that was a socket's option */
};

uint32_t hf_esp_timeout(const esp_tls_cfg_t *cfg)
{
    return cfg == NULL || cfg->timeout_ms <= 0 ? HF_ESP_TIMEOUT_MS : (uint32_t)cfg->timeout_ms;
}

static hf_code fail(hf_error *error, hf_code code, hf_stage stage, int system)
{
    hf_error_clear(error);
    error->stage = (uint8_t)stage;
    error->system = system;
    return hf_fail(error, code);
}

static int family_of(const esp_tls_cfg_t *cfg)
{
    esp_tls_addr_family_t family = cfg == NULL ? ESP_TLS_AF_UNSPEC : cfg->addr_family;
    return family == ESP_TLS_AF_INET ? AF_INET : family == ESP_TLS_AF_INET6 ? AF_INET6 : AF_UNSPEC;
}

hf_esp_dial *hf_esp_dial_start(const char *host, size_t hostlen, int port, const esp_tls_cfg_t *cfg,
                               uint64_t deadline, hf_error *error)
{
    char name[HOST_MAX];
    bool has_port = port > 0 && port <= UINT16_MAX;
    bool fits = host != NULL && hostlen > 0 && hostlen < sizeof name && has_port;
    if (!has_port) {
        ESP_LOGE(TAG, "there is no port %d: 1 to 65535", port);
    }
    if (!fits || memchr(host, 0, hostlen) != NULL) {
        (void)fail(error, HF_E_NAME_SYNTAX, HF_STAGE_SETUP, 0);
        return NULL;
    }
    memcpy(name, host, hostlen);
    name[hostlen] = '\0';
    hf_esp_dial *dial = calloc(1, sizeof *dial);
    if (dial == NULL) {
        (void)fail(error, HF_E_BACKEND, HF_STAGE_SETUP, ENOMEM);
        return NULL;
    }
    dial->attempt = -1;
    dial->deadline = deadline;
    dial->lookup = hf_esp_lookup_start(name, (uint16_t)port, family_of(cfg), &dial->answers);
    if (dial->lookup == NULL) {
        (void)fail(error, HF_E_RESOLVE_FAILED, HF_STAGE_RESOLVE, 0);
        hf_esp_dial_end(dial);
        return NULL;
    }
    return dial;
}

static int left(uint64_t until)
{
    uint64_t now = hf_esp_now();
    uint64_t ms = until > now ? until - now : 0;
    return ms > INT32_MAX ? INT32_MAX : (int)ms;
}

/* Leaves errno as it was. */
static int refused(const char *field)
{
    int system = errno;
    ESP_LOGE(TAG, "the system does not take %s", field);
    errno = system;
    return -1;
}

static int keep_alive(int fd, const tls_keep_alive_cfg_t *cfg)
{
    const int on = 1;
    int result = setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    result |= setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &cfg->keep_alive_idle, sizeof(int));
    result |= setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &cfg->keep_alive_interval, sizeof(int));
    result |= setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &cfg->keep_alive_count, sizeof(int));
    return result == 0 ? 0 : refused("keep_alive_cfg");
}

static int bind_interface(int fd, const struct ifreq *interface)
{
    socklen_t len = (socklen_t)strnlen(interface->ifr_name, IFNAMSIZ);
    int result = setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface->ifr_name, len);
    return result == 0 ? 0 : refused("if_name");
}

static int prepare(int fd, const esp_tls_cfg_t *cfg)
{
    const int on = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (hf_esp_socket_blocking(fd, false) != ESP_OK) {
        return -1;
    }
    if (cfg != NULL && cfg->keep_alive_cfg != NULL && cfg->keep_alive_cfg->keep_alive_enable &&
        keep_alive(fd, cfg->keep_alive_cfg) != 0) {
        return -1;
    }
    return cfg == NULL || cfg->if_name == NULL ? 0 : bind_interface(fd, cfg->if_name);
}

static hf_code code_of(int system)
{
    switch (system) {
    case ECONNREFUSED:
        return HF_E_CONNECT_REFUSED;
    case ETIMEDOUT:
        return HF_E_CONNECT_TIMEOUT;
    default:
        return HF_E_CONNECT_UNREACHABLE;
    }
}

static hf_code give_up(hf_esp_dial *dial, hf_code code, int system)
{
    if (dial->attempt >= 0) {
        close(dial->attempt);
        dial->attempt = -1;
    }
    dial->code = code;
    dial->system = system;
    return code;
}

/* HF_PENDING: under way or connected; anything else: the next address, but for HF_E_SOCKET. */
static hf_code begin(hf_esp_dial *dial, const esp_tls_cfg_t *cfg)
{
    uint64_t share = (uint64_t)left(dial->deadline) / (dial->answers.count - dial->next);
    const hf_esp_address *to = &dial->answers.list[dial->next++];
    dial->attempt_until = hf_esp_now() + share;
    dial->attempt = socket(to->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
    if (dial->attempt < 0) {
        return give_up(dial, HF_E_SOCKET, errno);
    }
    if (prepare(dial->attempt, cfg) != 0) {
        dial->option = true;
        return give_up(dial, HF_E_SOCKET, errno);
    }
    const struct sockaddr *address = (const struct sockaddr *)&to->address;
    if (connect(dial->attempt, address, to->len) == 0 || errno == EINPROGRESS || errno == EINTR) {
        return HF_PENDING;
    }
    return give_up(dial, code_of(errno), errno);
}

/* The attempt's outcome; HF_PENDING: none yet. */
static hf_code settle(hf_esp_dial *dial, bool wait)
{
    struct pollfd it = {.fd = dial->attempt, .events = POLLOUT};
    int ms = left(dial->attempt_until);
    int ready = poll(&it, 1, wait ? ms : 0);
    if (ready == 0 || (ready < 0 && errno == EINTR)) {
        return left(dial->attempt_until) > 0 ? HF_PENDING
                                             : give_up(dial, HF_E_CONNECT_TIMEOUT, ETIMEDOUT);
    }
    int system = 0;
    socklen_t len = sizeof system;
    if (getsockopt(dial->attempt, SOL_SOCKET, SO_ERROR, &system, &len) != 0) {
        system = errno;
    }
    return system == 0 ? HF_OK : give_up(dial, code_of(system), system);
}

static hf_code resolve(hf_esp_dial *dial, bool wait, hf_error *error)
{
    hf_code code = HF_PENDING;
    do {
        code = hf_esp_lookup_step(dial->lookup, wait ? left(dial->deadline) : 0);
    } while (wait && code == HF_PENDING && left(dial->deadline) > 0);
    if (code == HF_PENDING && left(dial->deadline) == 0) {
        code = HF_E_RESOLVE_TIMEOUT;
    }
    if (code == HF_PENDING) {
        return code;
    }
    hf_esp_lookup_end(dial->lookup);
    dial->lookup = NULL;
    return code == HF_OK ? code : fail(error, code, HF_STAGE_RESOLVE, 0);
}

hf_code hf_esp_dial_step(hf_esp_dial *dial, const esp_tls_cfg_t *cfg, bool wait, int *sockfd,
                         hf_error *error)
{
    hf_code code = dial->lookup == NULL ? HF_OK : resolve(dial, wait, error);
    if (code != HF_OK) {
        return code;
    }
    for (;;) {
        if (dial->attempt < 0 && (dial->next == dial->answers.count || dial->code == HF_E_SOCKET)) {
            return fail(error, dial->code, HF_STAGE_TCP, dial->system);
        }
        code = dial->attempt < 0 ? begin(dial, cfg) : HF_PENDING;
        code = code == HF_PENDING ? settle(dial, wait) : code;
        if (code == HF_OK) {
            *sockfd = dial->attempt;
            dial->attempt = -1;
            return HF_OK;
        }
        if (code == HF_PENDING && !wait) {
            return code;
        }
    }
}

esp_err_t hf_esp_dial_refused(const hf_esp_dial *dial)
{
    return dial != NULL && dial->option ? ESP_ERR_ESP_TLS_SOCKET_SETOPT_FAILED : ESP_OK;
}

void hf_esp_dial_end(hf_esp_dial *dial)
{
    if (dial == NULL) {
        return;
    }
    hf_esp_lookup_end(dial->lookup);
    (void)give_up(dial, HF_OK, 0);
    free(dial);
}

esp_err_t hf_esp_socket_blocking(int sockfd, bool blocking)
{
    int flags = fcntl(sockfd, F_GETFL, 0);
    int wanted = blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK;
    bool done = flags >= 0 && (wanted == flags || fcntl(sockfd, F_SETFL, wanted) == 0);
    return done ? ESP_OK : ESP_ERR_ESP_TLS_SOCKET_SETOPT_FAILED;
}

esp_err_t hf_esp_socket_settle(int sockfd, const esp_tls_cfg_t *cfg)
{
    uint32_t ms = hf_esp_timeout(cfg);
    const struct timeval most = {.tv_sec = ms / 1000, .tv_usec = (suseconds_t)(ms % 1000) * 1000};
    if (setsockopt(sockfd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most) != 0 ||
        setsockopt(sockfd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most) != 0) {
        return ESP_ERR_ESP_TLS_SOCKET_SETOPT_FAILED;
    }
    return hf_esp_socket_blocking(sockfd, cfg == NULL || !cfg->non_block);
}
