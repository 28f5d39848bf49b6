/* Addresses and interfaces, as lwIP was built to have them: IPv4, IPv6, or both. */
#include "lwip.h"

#include "net/port.h"

#include <lwip/netif.h>

#include <string.h>

#if LWIP_IPV4
static bool to_v4(const hf_ip *ip, ip_addr_t *to)
{
    ip4_addr_t v4;
    memcpy(&v4.addr, ip->bytes, 4);
    ip_addr_copy_from_ip4(*to, v4);
    return true;
}

static void from_v4(const ip_addr_t *from, hf_ip *ip)
{
    ip->family = 4;
    memcpy(ip->bytes, &ip_2_ip4(from)->addr, 4);
}
#else
static bool to_v4(const hf_ip *ip, ip_addr_t *to)
{
    (void)ip;
    (void)to;
    return false;
}

static void from_v4(const ip_addr_t *from, hf_ip *ip)
{
    (void)from;
    (void)ip;
}
#endif

#if LWIP_IPV6
static bool to_v6(const hf_ip *ip, ip_addr_t *to)
{
    ip6_addr_t v6;
    memset(&v6, 0, sizeof v6);
    memcpy(v6.addr, ip->bytes, 16);
    ip6_addr_set_zone(&v6, (uint8_t)ip->scope);
    ip_addr_copy_from_ip6(*to, v6);
    return true;
}

static void from_v6(const ip_addr_t *from, hf_ip *ip)
{
    ip->family = 6;
    memcpy(ip->bytes, ip_2_ip6(from)->addr, 16);
    ip->scope = ip6_addr_zone(ip_2_ip6(from));
}
#else
static bool to_v6(const hf_ip *ip, ip_addr_t *to)
{
    (void)ip;
    (void)to;
    return false;
}

static void from_v6(const ip_addr_t *from, hf_ip *ip)
{
    (void)from;
    (void)ip;
}
#endif

bool hf_lwip_to_address(const hf_ip *ip, ip_addr_t *to)
{
    return ip->family == 4 ? to_v4(ip, to) : to_v6(ip, to);
}

void hf_lwip_from_address(const ip_addr_t *from, hf_ip *ip)
{
    memset(ip, 0, sizeof *ip);
    if (IP_IS_V6(from)) {
        from_v6(from, ip);
    } else {
        from_v4(from, ip);
    }
}

uint32_t hf_net_scope(const char *zone)
{
    uint32_t index = 0;
    size_t i = 0;
    for (; i < 3 && zone[i] >= '0' && zone[i] <= '9'; i++) {
        index = index * 10 + (uint32_t)(zone[i] - '0');
    }
    bool number = i > 0 && zone[i] == '\0' && index <= UINT8_MAX;
    struct netif *netif = number ? netif_get_by_index((uint8_t)index) : netif_find(zone);
    return netif == NULL ? 0 : netif_get_index(netif);
}
