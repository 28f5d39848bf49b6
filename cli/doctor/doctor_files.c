/* What can be known before anything is sent: the device's files. */
#include "doctor.h"
#include "report.h"
#include "when.h"

#include "x509/link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY  86400
#define SOON (30 * DAY)

/* ---- files */

static void take_failure(doctor_result *result, hf_code code)
{
    const cli_failure *failure = cli_last_failure();
    doctor_cause cause = code == HF_E_KEY_MISMATCH      ? CAUSE_KEY_MISMATCH
                         : code == HF_E_KEY_UNSUPPORTED ? CAUSE_KEY_UNSUPPORTED
                         : code == HF_E_NO_ANCHORS      ? CAUSE_NO_CA
                                                        : CAUSE_FILES;
    doctor_see(result, "%s", failure == NULL ? hf_error_what(code) : failure->what);
    if (failure != NULL && failure->why[0] != '\0') {
        doctor_see(result, "%s", failure->why);
    }
    doctor_judge(result, DOCTOR_FAULT, cause, code, "%s",
                 failure == NULL ? hf_error_todo(code) : failure->todo);
}

static void read_password(doctor *d, doctor_result *result)
{
    cli_fail_silently(true);
    if (cli_file_read_password(d->options->password_file, &d->password) != CLI_OK) {
        take_failure(result, HF_E_FILE);
    }
    cli_fail_silently(false);
}

static bool make_setup(doctor *d, doctor_result *result)
{
    d->has_setup = true;
    cli_fail_silently(true);
    cli_exit code = cli_setup_make(&d->setup, &d->options->tls);
    cli_fail_silently(false);
    if (code != CLI_OK) {
        hf_code why = (hf_code)d->setup.config.error.code;
        take_failure(result, why == HF_OK ? HF_E_FILE : why);
    }
    return code == CLI_OK;
}

/* A certificate that is in our hands was made in the past: one that "is not valid yet" tells of the
 * clock, which is a step of its own. */
static void judge_dates(const doctor *d, const hf_certificate *leaf, int64_t now,
                        doctor_result *result)
{
    if (now > leaf->not_after && !doctor_clock_is_ahead(d)) {
        doctor_judge(result, DOCTOR_FAULT, CAUSE_CLIENT_CERTIFICATE_EXPIRED, HF_E_CERT_UNREADABLE,
                     "Renew the device's certificate; if it is valid, set this machine's clock.");
    } else if (leaf->not_after != HF_TIME_NEVER && now <= leaf->not_after &&
               leaf->not_after - now < SOON) {
        doctor_judge(result, DOCTOR_WARNING, CAUSE_CLIENT_CERTIFICATE_EXPIRES_SOON, HF_OK,
                     "Renew the device's certificate.");
    }
}

static void look_at_own(doctor *d, doctor_result *result)
{
    const hf_identity *ours = &d->setup.config.identity;
    hf_certificate leaf;
    char text[256];
    char until[CLI_WHEN_SIZE];
    size_t bytes = 0;
    for (size_t i = 0; i < ours->chain_count; i++) {
        bytes += ours->chain[i].len;
    }
    if (ours->chain_count == 0 || hf_x509_parse(&leaf, ours->chain[0], NULL) != HF_OK) {
        return;
    }
    (void)hf_x509_name_text(leaf.subject, text, sizeof text);
    cli_when_text(leaf.not_after, until);
    doctor_see(result, "device: %s, until %s; %zu certificate%s, %zu bytes", text, until,
               ours->chain_count, ours->chain_count == 1 ? "" : "s", bytes);
    int64_t now = cli_setup_now(&d->setup);
    judge_dates(d, &leaf, now, result);
    if (hf_link_end_entity(&leaf, HF_FOR_CLIENT_AUTH) != HF_OK) {
        doctor_see(result, "the device's certificate is not for clients (extendedKeyUsage or "
                           "keyUsage)");
        doctor_judge(result, DOCTOR_WARNING, CAUSE_CLIENT_CERTIFICATE_PURPOSE, HF_OK,
                     "Issue it with extendedKeyUsage clientAuth and keyUsage digitalSignature.");
    }
    if (leaf.signature_kind == HF_SIGNATURE_NONE) {
        doctor_see(result, "it is signed with an algorithm that is too weak");
        doctor_judge(result, DOCTOR_WARNING, CAUSE_CLIENT_CERTIFICATE_WEAK, HF_OK,
                     "Issue it with SHA-256 or better.");
    }
}

void doctor_files(doctor *d, doctor_result *result)
{
    if (!make_setup(d, result)) {
        return;
    }
    if (d->options->password_file != NULL) {
        read_password(d, result);
    }
    const hf_anchor_list *anchors = &d->setup.config.anchor_list;
    doctor_see(result, "%zu trusted CA%s", anchors->count, anchors->count == 1 ? "" : "s");
    if (d->setup.config.identity.chain_count == 0) {
        doctor_see(result, "no device certificate is given (--cert, --key)");
    }
    look_at_own(d, result);
}
