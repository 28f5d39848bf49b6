/* What is known about services that devices talk to, by the end of their host names. */
#ifndef HF_CLI_DOCTOR_HOST_H
#define HF_CLI_DOCTOR_HOST_H

#include <stdbool.h>
#include <stdint.h>

typedef struct doctor_host {
    const char *suffix;     /* of the host name */
    const char *service;    /* its name for people */
    const char *alpn_443;   /* that port 443 needs for MQTT with a certificate; NULL: none known */
    bool needs_certificate; /* devices show a certificate on 8883 and 443 */
    bool needs_sni;
    bool no_fragment_length; /* ignores max_fragment_length and record_size_limit */
    bool no_tickets12;       /* no session tickets in TLS 1.2 */
    bool no_mqtt5;
    bool no_tls13;
    uint16_t keep_alive_min; /* seconds; 0: not known */
    uint16_t keep_alive_max;
    const char *policy; /* what a CONNECT that gets no CONNACK usually means there; NULL */
    const char *chain;  /* what its certificates lead to */
} doctor_host;

/* The rules for this host; NULL: there are none. */
const doctor_host *doctor_host_find(const char *host);

#endif
