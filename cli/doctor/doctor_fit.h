/* What a connection to this server costs a device; see doctor_fit.c. */
#ifndef HF_CLI_DOCTOR_FIT_H
#define HF_CLI_DOCTOR_FIT_H

#include "doctor.h"
#include "doctor_links.h"

#define DOCTOR_LINKS_COUNT (sizeof DOCTOR_LINKS / sizeof DOCTOR_LINKS[0])

/* Bytes of TLS and MQTT, with TCP's own round trip. */
typedef struct doctor_cost {
    uint32_t up;
    uint32_t down;
    uint32_t round_trips;
    uint32_t ms[DOCTOR_LINKS_COUNT];
} doctor_cost;

/* Sizes in bytes. */
typedef struct doctor_fit_result {
    size_t engine;
    size_t input;
    size_t output;
    size_t certificate;
    size_t names;
    size_t mqtt;
    size_t session;
    size_t total;
    bool input_limited; /* the server keeps its records within the input buffer */
    bool has_resumed;
    doctor_cost first;
    doctor_cost resumed;
} doctor_fit_result;

/* Needs a first connection that was open. */
void doctor_fit_compute(const doctor *d, doctor_fit_result *fit);

#endif
