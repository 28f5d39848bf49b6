/* See lwip_link.h. */
#include "lwip_link.h"

#include <lwip/init.h>
#include <lwip/ip.h>
#include <lwip/netif.h>
#include <lwip/sys.h>
#include <lwip/timeouts.h>

#include <sys/socket.h>
#include <time.h>

#define MTU 1500

static int link_fd;
static unsigned lose;
static struct netif own;

uint32_t sys_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint32_t)now.tv_sec * 1000u + (uint32_t)(now.tv_nsec / 1000000);
}

static err_t send_packet(struct pbuf *p)
{
    uint8_t packet[MTU];
    if (lose > 0 && --lose == 0) {
        return ERR_OK;
    }
    u16_t len = pbuf_copy_partial(p, packet, sizeof packet, 0);
    (void)send(link_fd, packet, len, MSG_DONTWAIT | MSG_NOSIGNAL); /* a full link loses packets */
    return ERR_OK;
}

static err_t output4(struct netif *netif, struct pbuf *p, const ip4_addr_t *to)
{
    (void)netif;
    (void)to;
    return send_packet(p);
}

static err_t output6(struct netif *netif, struct pbuf *p, const ip6_addr_t *to)
{
    (void)netif;
    (void)to;
    return send_packet(p);
}

static err_t begin(struct netif *netif)
{
    netif->name[0] = 'l';
    netif->name[1] = 'k';
    netif->mtu = MTU;
    netif->output = output4;
    netif->output_ip6 = output6;
    return ERR_OK;
}

void link_begin(int fd, uint8_t host)
{
    ip4_addr_t v4, mask, gateway;
    ip6_addr_t v6;
    link_fd = fd;
    srandom((unsigned)sys_now());
    lwip_init();
    IP4_ADDR(&v4, 10, 0, 0, host);
    IP4_ADDR(&mask, 255, 255, 255, 0);
    IP4_ADDR(&gateway, 10, 0, 0, 1);
    netif_add(&own, &v4, &mask, &gateway, NULL, begin, ip_input);
    IP6_ADDR(&v6, PP_HTONL(0xfd000000u), 0, 0, PP_HTONL((uint32_t)host));
    netif_ip6_addr_set(&own, 0, &v6);
    netif_ip6_addr_set_state(&own, 0, IP6_ADDR_PREFERRED);
    netif_set_default(&own);
    netif_set_up(&own);
    netif_set_link_up(&own);
}

bool link_take(void)
{
    uint8_t packet[MTU];
    ssize_t len = recv(link_fd, packet, sizeof packet, MSG_DONTWAIT);
    while (len > 0) {
        struct pbuf *p = pbuf_alloc(PBUF_RAW, (u16_t)len, PBUF_POOL);
        if (p != NULL) {
            pbuf_take(p, packet, (u16_t)len);
            if (own.input(p, &own) != ERR_OK) {
                pbuf_free(p);
            }
        }
        len = recv(link_fd, packet, sizeof packet, MSG_DONTWAIT);
    }
    return len != 0;
}

void link_lose(unsigned n)
{
    lose = n;
}

int link_patience(uint32_t ms)
{
    uint32_t next = sys_timeouts_sleeptime();
    uint32_t least = next < ms ? next : ms;
    return least < 10000u ? (int)least : 10000;
}
