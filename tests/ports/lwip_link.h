/* A point-to-point link between two processes with an lwIP each: IP packets, one for each message
 * of a socket pair. */
#ifndef HF_TESTS_LWIP_LINK_H
#define HF_TESTS_LWIP_LINK_H

#include <stdbool.h>
#include <stdint.h>

/* Starts lwIP with 10.0.0.`host` and fd00::`host` on the link. */
void link_begin(int fd, uint8_t host);
/* Takes all packets that are there; false: the other end is gone. */
bool link_take(void);
/* The n-th packet that is sent from now on is lost; 0: none. */
void link_lose(unsigned n);
/* Milliseconds until lwIP's next timer, at most `ms`. */
int link_patience(uint32_t ms);

#endif
