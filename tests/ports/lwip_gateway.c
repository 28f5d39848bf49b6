/* The rest of the network, as a device with lwIP sees it: a gateway that joins its TCP connections
 * to those of this host, and answers DNS questions.
 *
 *     lwip_gateway FD [port=DEVICE:HOST] [name=HOST:ADDRESS,...] [cut=BYTES] [lose=N] [dial=PORT]
 *
 * port  connections to port DEVICE go to port HOST of 127.0.0.1; all other ports refuse
 * name  has these addresses; "none": does not exist, "silent": no answer
 * cut   resets a connection when so many bytes have gone to the device
 * lose  drops the N-th packet to the device
 * dial  listens on a port of this host, which it prints, and joins it to the device's PORT
 */
#include "lwip_link.h"

#include <lwip/tcp.h>
#include <lwip/timeouts.h>
#include <lwip/udp.h>

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PAIRS_MAX 8
#define NAMES_MAX 8
#define PORTS_MAX 4

typedef struct pair {
    struct tcp_pcb *pcb; /* NULL: gone */
    struct pbuf *to_host;
    int fd; /* -1: gone */
    size_t to_device;
    bool used;
    bool device_ended;
    bool host_ended;
} pair;

typedef struct name {
    const char *host;
    char *addresses;
} name;

static pair pairs[PAIRS_MAX];
static name names[NAMES_MAX];
static size_t names_count;
static struct {
    u16_t device, host;
} ports[PORTS_MAX];
static size_t ports_count;
static size_t cut;
static u16_t dial_port;
static int dial_fd = -1;

/* ---- pairs */

static void host_reset(pair *p)
{
    struct linger now = {.l_onoff = 1, .l_linger = 0};
    if (p->fd >= 0) {
        setsockopt(p->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        close(p->fd);
    }
    p->fd = -1;
}

static void on_error(void *arg, err_t err)
{
    pair *p = arg;
    (void)err;
    p->pcb = NULL;
    host_reset(p);
}

static err_t on_received(void *arg, struct tcp_pcb *pcb, struct pbuf *data, err_t err)
{
    pair *p = arg;
    (void)pcb;
    (void)err;
    if (data == NULL) {
        p->device_ended = true;
    } else if (p->to_host == NULL) {
        p->to_host = data;
    } else {
        pbuf_cat(p->to_host, data);
    }
    return ERR_OK;
}

static pair *new_pair(struct tcp_pcb *pcb, int fd)
{
    for (size_t i = 0; i < PAIRS_MAX; i++) {
        pair *p = &pairs[i];
        if (!p->used) {
            *p = (pair){.pcb = pcb, .fd = fd, .used = true};
            tcp_arg(pcb, p);
            tcp_recv(pcb, on_received);
            tcp_err(pcb, on_error);
            tcp_nagle_disable(pcb);
            return p;
        }
    }
    abort();
}

static int connect_host(u16_t port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    int small = 4096;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static err_t on_accept(void *arg, struct tcp_pcb *pcb, err_t err)
{
    int fd = err == ERR_OK ? connect_host(ports[(size_t)(uintptr_t)arg].host) : -1;
    if (fd < 0) {
        tcp_abort(pcb);
        return ERR_ABRT;
    }
    new_pair(pcb, fd);
    return ERR_OK;
}

static void to_host(pair *p)
{
    while (p->to_host != NULL && p->fd >= 0) {
        ssize_t n = send(p->fd, p->to_host->payload, p->to_host->len, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n <= 0) {
            return;
        }
        p->to_host = pbuf_free_header(p->to_host, (u16_t)n);
        if (p->pcb != NULL) {
            tcp_recved(p->pcb, (u16_t)n);
        }
    }
    if (p->device_ended && p->fd >= 0) {
        shutdown(p->fd, SHUT_WR);
        p->device_ended = false;
    }
}

static void reset_device(pair *p)
{
    if (p->pcb != NULL) {
        tcp_arg(p->pcb, NULL);
        tcp_err(p->pcb, NULL);
        tcp_abort(p->pcb);
    }
    p->pcb = NULL;
}

static void to_device(pair *p)
{
    uint8_t data[1024];
    while (p->pcb != NULL && p->fd >= 0 && !p->host_ended && tcp_sndbuf(p->pcb) >= sizeof data &&
           tcp_sndqueuelen(p->pcb) < TCP_SND_QUEUELEN / 2) {
        ssize_t n = recv(p->fd, data, sizeof data, MSG_DONTWAIT);
        if (n < 0 && errno == EAGAIN) {
            return;
        }
        if (n < 0) {
            reset_device(p);
            host_reset(p);
        } else if (n == 0) {
            p->host_ended = true;
            tcp_shutdown(p->pcb, 0, 1);
        } else {
            if (tcp_write(p->pcb, data, (u16_t)n, TCP_WRITE_FLAG_COPY) != ERR_OK) {
                abort();
            }
            tcp_output(p->pcb);
            p->to_device += (size_t)n;
            if (cut != 0 && p->to_device >= cut) {
                reset_device(p);
                host_reset(p);
            }
        }
    }
}

/* ---- DNS (RFC 1035 4.1) */

static size_t read_name(const uint8_t *query, size_t len, char text[256])
{
    size_t at = 12;
    size_t n = 0;
    while (at < len && query[at] != 0 && at + query[at] < len) {
        memcpy(text + n, query + at + 1, query[at]);
        n += query[at];
        text[n++] = '.';
        at += 1u + query[at];
    }
    text[n > 0 ? n - 1 : 0] = '\0';
    return at + 1;
}

static const name *find_name(const char *host)
{
    for (size_t i = 0; i < names_count; i++) {
        if (strcmp(names[i].host, host) == 0) {
            return &names[i];
        }
    }
    return NULL;
}

/* Adds the addresses of the question's family; how many. */
static unsigned add_answers(const char *addresses, unsigned type, uint8_t *reply, size_t *len)
{
    char copy[200];
    char *left = NULL;
    unsigned count = 0;
    snprintf(copy, sizeof copy, "%s", addresses);
    for (char *word = strtok_r(copy, ",", &left); word != NULL; word = strtok_r(NULL, ",", &left)) {
        uint8_t bytes[16];
        bool v6 = inet_pton(AF_INET6, word, bytes) == 1;
        if ((type == 28) != v6 || (!v6 && inet_pton(AF_INET, word, bytes) != 1)) {
            continue;
        }
        uint8_t size = v6 ? 16 : 4;
        const uint8_t head[12] = {0xc0, 12, 0, (uint8_t)type, 0, 1, 0, 0, 0, 60, 0, size};
        memcpy(reply + *len, head, sizeof head);
        memcpy(reply + *len + sizeof head, bytes, size);
        *len += sizeof head + size;
        count++;
    }
    return count;
}

static void on_question(void *arg, struct udp_pcb *pcb, struct pbuf *p, const ip_addr_t *from,
                        u16_t port)
{
    uint8_t reply[512];
    char host[256];
    (void)arg;
    size_t len = pbuf_copy_partial(p, reply, 300, 0);
    pbuf_free(p);
    size_t end = read_name(reply, len, host);
    const name *known = find_name(host);
    if (end + 4 > len || (known != NULL && strcmp(known->addresses, "silent") == 0)) {
        return;
    }
    unsigned type = reply[end + 1];
    len = end + 4;
    bool missing = known == NULL || strcmp(known->addresses, "none") == 0;
    reply[2] = 0x81;
    reply[3] = missing ? 0x83 : 0x80; /* NXDOMAIN */
    reply[7] = (uint8_t)(missing ? 0 : add_answers(known->addresses, type, reply, &len));
    memset(reply + 8, 0, 4);
    struct pbuf *out = pbuf_alloc(PBUF_TRANSPORT, (u16_t)len, PBUF_RAM);
    pbuf_take(out, reply, (u16_t)len);
    udp_sendto(pcb, out, from, port);
    pbuf_free(out);
}

/* ---- connections that begin on the host */

static err_t on_dialled(void *arg, struct tcp_pcb *pcb, err_t err)
{
    (void)arg;
    (void)pcb;
    return err;
}

static void dial_device(void)
{
    int fd = accept(dial_fd, NULL, NULL);
    ip_addr_t to = IPADDR4_INIT_BYTES(10, 0, 0, 2);
    struct tcp_pcb *pcb = tcp_new_ip_type(IPADDR_TYPE_V4);
    new_pair(pcb, fd);
    tcp_connect(pcb, &to, dial_port, on_dialled);
}

static void listen_host(void)
{
    struct sockaddr_in own = {.sin_family = AF_INET};
    socklen_t len = sizeof own;
    dial_fd = socket(AF_INET, SOCK_STREAM, 0);
    own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(dial_fd, (struct sockaddr *)&own, len) != 0 || listen(dial_fd, 4) != 0 ||
        getsockname(dial_fd, (struct sockaddr *)&own, &len) != 0) {
        abort();
    }
    printf("listens on %u\n", ntohs(own.sin_port));
}

/* ---- options, loop */

static void read_option(char *word)
{
    char *value = strchr(word, '=');
    if (value == NULL) {
        exit(2);
    }
    *value++ = '\0';
    char *colon = strchr(value, ':');
    if (strcmp(word, "port") == 0 && colon != NULL && ports_count < PORTS_MAX) {
        ports[ports_count].device = (u16_t)atoi(value);
        ports[ports_count++].host = (u16_t)atoi(colon + 1);
    } else if (strcmp(word, "name") == 0 && colon != NULL && names_count < NAMES_MAX) {
        *colon = '\0';
        names[names_count++] = (name){value, colon + 1};
    } else if (strcmp(word, "cut") == 0) {
        cut = (size_t)atol(value);
    } else if (strcmp(word, "lose") == 0) {
        link_lose((unsigned)atoi(value));
    } else if (strcmp(word, "dial") == 0) {
        dial_port = (u16_t)atoi(value);
        listen_host();
    } else {
        exit(2);
    }
}

static void serve_lwip(void)
{
    for (size_t i = 0; i < ports_count; i++) {
        struct tcp_pcb *pcb = tcp_new_ip_type(IPADDR_TYPE_ANY);
        tcp_bind(pcb, IP_ANY_TYPE, ports[i].device);
        pcb = tcp_listen(pcb);
        tcp_arg(pcb, (void *)(uintptr_t)i);
        tcp_accept(pcb, on_accept);
    }
    struct udp_pcb *dns = udp_new_ip_type(IPADDR_TYPE_ANY);
    udp_bind(dns, IP_ANY_TYPE, 53);
    udp_recv(dns, on_question, NULL);
}

int main(int count, char **words)
{
    struct pollfd list[PAIRS_MAX + 2];
    int fd = count > 1 ? atoi(words[1]) : -1;
    link_begin(fd, 1);
    for (int i = 2; i < count; i++) {
        read_option(words[i]);
    }
    serve_lwip();
    printf("serves\n");
    fflush(stdout);
    do {
        list[0] = (struct pollfd){.fd = fd, .events = POLLIN};
        list[1] = (struct pollfd){.fd = dial_fd, .events = POLLIN};
        for (size_t i = 0; i < PAIRS_MAX; i++) {
            pair *p = &pairs[i];
            bool may_take = p->pcb != NULL && tcp_sndbuf(p->pcb) >= 1024 && !p->host_ended;
            short events = (short)((may_take ? POLLIN : 0) | (p->to_host != NULL ? POLLOUT : 0));
            list[i + 2] =
                (struct pollfd){.fd = p->used && events != 0 ? p->fd : -1, .events = events};
        }
        (void)poll(list, PAIRS_MAX + 2, link_patience(1000));
        if ((list[1].revents & POLLIN) != 0) {
            dial_device();
        }
        sys_check_timeouts();
        for (size_t i = 0; i < PAIRS_MAX; i++) {
            if (pairs[i].used) {
                to_host(&pairs[i]);
                to_device(&pairs[i]);
            }
        }
    } while (link_take());
    return 0;
}
