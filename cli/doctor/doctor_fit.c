/* "Fits your device?": memory, bytes, and seconds over slow links, from what was observed.
 *
 * Seconds are the round trips times the link's, and the bytes each way divided by its rate; the
 * device's computing is not in them. See doctor_links.h and docs/doctor.md for the arithmetic.
 */
#include "doctor_fit.h"

#include <handfast/link.h>
#include <string.h>

#define TLS_RECORD 22u /* around a packet: header, tag, and the type byte of TLS 1.3 */

static uint32_t with_headers(uint64_t bytes, uint32_t trips)
{
    uint64_t segments = (bytes + DOCTOR_SEGMENT - 1) / DOCTOR_SEGMENT;
    return (uint32_t)(bytes + (segments + trips) * DOCTOR_HEADERS);
}

static void cost_of(const doctor *d, const doctor_seen *seen, doctor_cost *cost)
{
    uint64_t up = seen->stats.bytes_out;
    uint64_t down = seen->stats.bytes_in;
    uint32_t trips = seen->round_trips;
    if (d->mqtt_done) {
        up += d->mqtt_out + TLS_RECORD;
        down += d->mqtt_in + TLS_RECORD;
        trips++;
    }
    cost->up = (uint32_t)up;
    cost->down = (uint32_t)down;
    cost->round_trips = trips;
    for (size_t i = 0; i < DOCTOR_LINKS_COUNT; i++) {
        const doctor_link *link = &DOCTOR_LINKS[i];
        cost->ms[i] = trips * link->rtt_ms +
                      (uint32_t)((uint64_t)with_headers(up, trips) * 8000u / link->up_bits) +
                      (uint32_t)((uint64_t)with_headers(down, trips) * 8000u / link->down_bits);
    }
}

/* What the forward walk keeps of the certificate before, in front of the one at work. */
static size_t certificate_room(const doctor *d)
{
    const doctor_seen *seen = doctor_best(d);
    size_t largest = 0;
    size_t kept = 0;
    for (size_t i = 0; seen != NULL && i < seen->chain.count && i < CLI_CHAIN_MAX; i++) {
        hf_certificate one;
        hf_span der = {seen->chain.der[i], seen->chain.len[i]};
        largest = der.len > largest ? der.len : largest;
        if (der.ptr != NULL && hf_x509_parse(&one, der, NULL) == HF_OK) {
            size_t residue =
                one.signature.len + (i == 0 ? one.key.point.len + one.key.exponent.len : 0);
            kept += i == 0 ? residue : 0;
            kept = residue > kept ? residue : kept;
        }
    }
    size_t room = largest + kept;
    return room > HF_TLS_CERTIFICATE_MIN ? room : HF_TLS_CERTIFICATE_MIN;
}

void doctor_fit_compute(const doctor *d, doctor_fit_result *fit)
{
    memset(fit, 0, sizeof *fit);
    size_t data = d->first.data_max + 22u;
    fit->engine = d->options->mqtt ? sizeof(hf_link) : sizeof(hf_conn);
    fit->input = d->small.limit_kind != 0 || data <= DOCTOR_SMALL ? DOCTOR_SMALL : data;
    fit->input_limited = d->small.limit_kind != 0;
    fit->output = HF_TLS_OUTPUT_SIZE;
    fit->certificate = certificate_room(d);
    fit->names = HF_TLS_NAMES_SIZE;
    fit->mqtt = d->options->mqtt ? 2u * HF_MQTT_BUFFER_SIZE : 0;
    fit->session = d->session.len;
    fit->total = fit->engine + fit->input + fit->output + fit->certificate + fit->names +
                 fit->mqtt + fit->session;
    cost_of(d, &d->first, &fit->first);
    fit->has_resumed = d->resumed.resumed && d->resumed.open;
    if (fit->has_resumed) {
        cost_of(d, &d->resumed, &fit->resumed);
    }
}

static void see_cost(doctor_result *result, const char *name, const doctor_cost *cost)
{
    doctor_see(result, "%s connection: %u bytes up, %u down, %u round trips", name, cost->up,
               cost->down, cost->round_trips);
    for (size_t i = 0; i < DOCTOR_LINKS_COUNT; i++) {
        doctor_see(result, "  %-10s %4u.%02u s", DOCTOR_LINKS[i].name, cost->ms[i] / 1000u,
                   cost->ms[i] / 10u % 100u);
    }
}

void doctor_fit(doctor *d, doctor_result *result)
{
    doctor_fit_result fit;
    if (!d->first.open) {
        doctor_skip(result,
                    "the first connection was not made, so there is nothing to compute from");
        return;
    }
    doctor_fit_compute(d, &fit);
    doctor_see(result,
               "RAM %zu bytes: connection %zu (64-bit here, less on 32-bit), input buffer %zu, "
               "output buffer %zu, certificate %zu, names %zu, MQTT %zu, session %zu",
               fit.total, fit.engine, fit.input, fit.output, fit.certificate, fit.names, fit.mqtt,
               fit.session);
    if (!fit.input_limited) {
        doctor_see(result,
                   "the input buffer is enough for messages of up to %zu bytes only: the "
                   "server does not limit its records",
                   fit.input - 22u);
    }
    see_cost(result, "first", &fit.first);
    if (fit.has_resumed) {
        see_cost(result, "resumed", &fit.resumed);
    }
}
