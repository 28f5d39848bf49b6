/* The server's name: for which names is its certificate, and is the one that the device connects to
 * among them? By the library's own comparison, whose header is internal to it. */
#include "doctor.h"

#include "x509/host.h"

#include <stdio.h>
#include <string.h>

#define NAMES_MAX  12 /* that are shown */
#define NAME_WIDTH 256

typedef struct names {
    doctor_result *result;
    char first[NAME_WIDTH];
    unsigned count;
} names;

static bool see_name(void *ctx, unsigned kind, hf_span value)
{
    names *all = ctx;
    if (kind == 2 && all->count < NAMES_MAX) {
        doctor_see(all->result, "the certificate is for %.*s", (int)value.len,
                   (const char *)value.ptr);
        if (all->first[0] == '\0') {
            (void)snprintf(all->first, sizeof all->first, "%.*s", (int)value.len,
                           (const char *)value.ptr);
        }
    } else if (kind == 7 && value.len == 4 && all->count < NAMES_MAX) {
        doctor_see(all->result, "the certificate is for %u.%u.%u.%u", value.ptr[0], value.ptr[1],
                   value.ptr[2], value.ptr[3]);
    }
    all->count++;
    return true;
}

void doctor_name_step(doctor *d, doctor_result *result)
{
    const doctor_seen *seen = doctor_best(d);
    hf_certificate leaf;
    hf_host host;
    names all = {.result = result};
    if (seen == NULL ||
        hf_x509_parse(&leaf, (hf_span){seen->chain.der[0], seen->chain.len[0]}, NULL) != HF_OK) {
        doctor_skip(result, "no certificate of the server was seen");
        return;
    }
    if (d->results[STEP_CHAIN].cause == CAUSE_WRONG_ORDER && leaf.is_ca) {
        doctor_skip(result, "the first certificate is not the server's own");
        return;
    }
    hf_code code = hf_host_parse(&host, doctor_name(d));
    code = code == HF_OK ? hf_host_check(&host, &leaf) : code;
    hf_x509_alt_names(&leaf, see_name, &all);
    if (code == HF_OK) {
        doctor_see(result, "%s is one of them", doctor_name(d));
        return;
    }
    doctor_see(result, "%s: %s", doctor_name(d), hf_error_what(code));
    if (code == HF_E_CERT_NAME && all.first[0] != '\0') {
        doctor_judge(result, DOCTOR_FAULT, CAUSE_WRONG_NAME, code,
                     "Connect by a name that the certificate has, such as %s (or --servername), or "
                     "issue the certificate for %s. A star stands for one whole label.",
                     all.first, doctor_name(d));
    } else {
        doctor_judge(result, DOCTOR_FAULT,
                     code == HF_E_CERT_NO_NAME ? CAUSE_NO_NAME : CAUSE_WRONG_NAME, code, "%s",
                     hf_error_todo(code));
    }
}
