/* lwIP as a small device has it: no threads, small windows, and pbufs so small that every segment
 * comes in pieces. */
#ifndef LWIPOPTS_H
#define LWIPOPTS_H

#define NO_SYS               1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_NETCONN         0
#define LWIP_SOCKET          0

#define LWIP_ARP                      0
#define LWIP_ETHERNET                 0
#define LWIP_IPV4                     1
#define LWIP_IPV6                     1
#define IPV6_FRAG_COPYHEADER          1
#define LWIP_IPV6_MLD                 0
#define LWIP_IPV6_AUTOCONFIG          0
#define LWIP_IPV6_DUP_DETECT_ATTEMPTS 0
#define LWIP_IPV6_SEND_ROUTER_SOLICIT 0
#define LWIP_DNS                      1
#define DNS_MAX_NAME_LENGTH           256
#define LWIP_TCP_KEEPALIVE            1

/* A device that starts anew is not to meet connections of its former life. */
#define LWIP_RANDOMIZE_INITIAL_LOCAL_PORTS 1

#define MEM_ALIGNMENT     8
#define MEM_SIZE          (64 * 1024)
#define PBUF_POOL_SIZE    256
#define PBUF_POOL_BUFSIZE 128
#define TCP_MSS           536
#define TCP_WND           (4 * TCP_MSS)
#define TCP_SND_BUF       (4 * TCP_MSS)
#define TCP_SND_QUEUELEN  32
#define MEMP_NUM_TCP_SEG  128
#define MEMP_NUM_TCP_PCB  16

#define LWIP_STATS     1 /* of memory: none may be left in use */
#define MEM_STATS      1
#define MEMP_STATS     1
#define LINK_STATS     0
#define IP_STATS       0
#define IPFRAG_STATS   0
#define ICMP_STATS     0
#define UDP_STATS      0
#define TCP_STATS      0
#define SYS_STATS      0
#define IP6_STATS      0
#define ICMP6_STATS    0
#define IP6_FRAG_STATS 0
#define ND6_STATS      0

#endif
