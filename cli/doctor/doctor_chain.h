/* The server's certificates as they were sent, and what the files about them share. */
#ifndef HF_CLI_DOCTOR_CHAIN_H
#define HF_CLI_DOCTOR_CHAIN_H

#include "doctor.h"

typedef struct doctor_sent {
    hf_span list[CLI_CHAIN_MAX];
    hf_certificate parsed[CLI_CHAIN_MAX];
    bool good[CLI_CHAIN_MAX]; /* it parses */
    size_t count;
} doctor_sent;

typedef struct doctor_walked {
    hf_code code;
    uint8_t depth;
} doctor_walked;

/* The library's own walk from list[0] to the CAs of --ca, without the name. */
doctor_walked doctor_walk(const doctor *d, const hf_span *list, size_t count, hf_time now);

/* A time at which no date of these certificates is wrong: HF_TIME_AT_LEAST leaves the begin of
 * their validity alone, and it is early enough for every end. */
hf_time doctor_any_time(const doctor_sent *chain);

bool doctor_date_error(hf_code code);
bool doctor_self_issued(const hf_certificate *certificate);

/* The last certificate that the names lead to from the leaf, in whatever order they were sent. */
size_t doctor_top(const doctor_sent *chain);

/* ---- doctor_issuer.c: no path leads to a CA that is trusted (HF_E_CERT_UNKNOWN_CA): why? */
void doctor_no_path(const doctor *d, const doctor_sent *chain, doctor_result *result);

#endif
