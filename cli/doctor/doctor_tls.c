/* The first connection: a device's own. Where it fails is looked into by others: before the
 * server's certificate by doctor_look.c, at it by the steps chain, name and clock, at the server's
 * verdict about us by the step client.
 */
#include "doctor_raw.h"

#include "trace/dissect.h"

#include <stdlib.h>

#define SESSION_ROOM (2u * (HF_SESSION_HEAD + 65535u))

bool doctor_certificate_error(const hf_error *error)
{
    return hf_error_class_of((hf_code)error->code) == HF_CLASS_CERTIFICATE ||
           error->code == HF_E_CERT_SYNTAX || error->code == HF_E_CLOCK_IMPLAUSIBLE ||
           error->code == HF_E_CERT_EXTENSION_TWICE || error->code == HF_E_CERT_NAMES_AREA;
}

static void look_further(doctor *d, doctor_result *result)
{
    const doctor_ask ask = {.unchecked = true};
    doctor_see(result, "the certificate is not acceptable; to see more, one connection is made "
                       "without that check, and without showing anything of the device");
    doctor_probe(d, &ask, &d->look);
}

static void see_agreed(doctor_result *result, const doctor_seen *seen)
{
    doctor_see(result, "TLS %s, %s, group %s%s", seen->version == HF_TLS13 ? "1.3" : "1.2",
               hf_any_suite_name(seen->suite), hf_any_group_name(seen->group),
               seen->retried ? ", after a HelloRetryRequest" : "");
    if (seen->retried) {
        doctor_judge(result, DOCTOR_NOTE, CAUSE_RETRY, HF_OK,
                     "A HelloRetryRequest costs a round trip: put %s first in the device's groups.",
                     hf_any_group_name(seen->group));
    }
}

/* The handshake was ended by the server, once it was verified: that is its verdict about us, in TLS
 * 1.2 as part of the handshake, in 1.3 right behind it. */
static bool refused_by_a_known_server(const doctor_seen *seen)
{
    hf_code code = (hf_code)seen->error.code;
    return seen->trusted && (code == HF_E_ALERT || code == HF_E_CLOSED_IN_HANDSHAKE ||
                             code == HF_E_NETWORK || code == HF_E_TRUNCATED);
}

void doctor_tls(doctor *d, doctor_result *result)
{
    d->session = (hf_session){.ptr = malloc(SESSION_ROOM), .cap = SESSION_ROOM};
    const doctor_ask ask = {.session = d->session.ptr == NULL ? NULL : &d->session};
    doctor_probe(d, &ask, &d->first);
    const doctor_seen *first = &d->first;
    if (!first->open && first->version == 0) {
        doctor_find_cause(d);
        if (result->verdict == DOCTOR_OK) {
            doctor_see(result, "the server does not accept our ClientHello; see below");
        }
        return;
    }
    see_agreed(result, first);
    if (first->version == HF_TLS12 && first->open && !first->extended_secret) {
        doctor_see(result, "without the extended master secret (RFC 7627)");
        doctor_judge(result, DOCTOR_WARNING, CAUSE_NO_EXTENDED_MASTER_SECRET, HF_OK,
                     "Update the server: without it sessions are not resumed, and devices may "
                     "refuse it.");
    }
    d->verified = first->open || first->sent || refused_by_a_known_server(first);
    d->works = first->open && first->verdict != NULL;
    if (!first->open && doctor_certificate_error(&first->error)) {
        look_further(d, result);
    } else if (!first->open && !d->verified) {
        doctor_unexplained(d, result);
    }
}
