/* The links that "fits your device?" is computed for: assumed, not measured. The same table stands
 * in docs/doctor.md with the arithmetic.
 *
 * Typical values of a link in use, with the way to a server on the same continent: throughput that
 * one device gets, not the technology's peak.
 */
#ifndef HF_CLI_DOCTOR_LINKS_H
#define HF_CLI_DOCTOR_LINKS_H

#include <stdint.h>

typedef struct doctor_link {
    const char *name;
    uint32_t rtt_ms;
    uint32_t up_bits;   /* per second */
    uint32_t down_bits; /* per second */
} doctor_link;

static const doctor_link DOCTOR_LINKS[] = {
    {"2G (GPRS)", 700, 20000, 40000},
    {"NB-IoT", 1600, 20000, 25000},
    {"LTE-M", 150, 200000, 200000},
    {"Wi-Fi", 40, 10000000, 10000000},
};

#define DOCTOR_SEGMENT 1360u /* bytes of a TCP segment at most */
#define DOCTOR_HEADERS 40u   /* IPv4 and TCP: for every segment, and in each round trip each way */

#endif
