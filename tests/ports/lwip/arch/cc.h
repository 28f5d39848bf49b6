/* The machine under lwIP: a host with an operating system, of which lwIP is not to know. */
#ifndef LWIP_ARCH_CC_H
#define LWIP_ARCH_CC_H

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/types.h>

#define LWIP_TIMEVAL_PRIVATE 0
#define LWIP_RAND()          ((u32_t)random())
#define LWIP_PLATFORM_ASSERT(text)                                                                 \
    do {                                                                                           \
        fprintf(stderr, "lwIP: %s (%s:%d)\n", text, __FILE__, __LINE__);                           \
        abort();                                                                                   \
    } while (0)

#endif
