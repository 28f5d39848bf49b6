/* Between the files of the lwip port. */
#ifndef HF_LWIP_H
#define HF_LWIP_H

#include <handfast/conn_state.h>

#include <lwip/ip_addr.h>

/* False: this build of lwIP has no addresses of that family. */
bool hf_lwip_to_address(const hf_ip *ip, ip_addr_t *to);
void hf_lwip_from_address(const ip_addr_t *from, hf_ip *ip);

#endif
