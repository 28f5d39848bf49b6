/* What the server takes: versions and suites, the device's certificate, application protocols, and
 * a hello without a name. Each question is one connection, and those about suites end with the
 * ServerHello.
 */
#include "doctor_raw.h"
#include "report.h"

#include "tls/keys/suite.h"
#include "trace/dissect.h"

#include <stdio.h>
#include <string.h>

/* ---- versions and suites */

/* TLS 1.2: which of its suites go with the server's key; 0: not known. */
static uint8_t kinds_of(const doctor *d)
{
    const doctor_seen *seen = doctor_best(d);
    hf_certificate leaf;
    if (seen == NULL ||
        hf_x509_parse(&leaf, (hf_span){seen->chain.der[0], seen->chain.len[0]}, NULL) != HF_OK) {
        return HF_SUITE_ECDSA | HF_SUITE_RSA;
    }
    return leaf.key.kind == HF_KEY_RSA ? HF_SUITE_RSA : HF_SUITE_ECDSA;
}

typedef enum taken {
    TAKEN,
    NOT_TAKEN,
    WRONG_VERSION,
} taken;

static taken try_suite(doctor *d, const hf_suite *suite)
{
    doctor_seen seen;
    if (d->first.version == suite->version && d->first.suite == suite->id) {
        return TAKEN; /* seen already */
    }
    const doctor_ask ask = {.version = suite->version,
                            .suite = suite->id,
                            .unchecked = true,
                            .hello_only = true,
                            .short_time = true};
    doctor_probe(d, &ask, &seen);
    taken result = seen.version == suite->version ? TAKEN : NOT_TAKEN;
    bool version = seen.error.code == HF_E_VERSION ||
                   (seen.error.code == HF_E_ALERT && seen.error.alert == ALERT_PROTOCOL_VERSION);
    doctor_seen_release(&seen);
    return result == NOT_TAKEN && version ? WRONG_VERSION : result;
}

static bool try_version(doctor *d, uint16_t version, doctor_result *result)
{
    char list[512] = "";
    size_t len = 0;
    uint8_t kinds = kinds_of(d);
    const hf_suite *suite = hf_suite_at(0);
    for (size_t i = 0; suite != NULL && len < sizeof list; suite = hf_suite_at(++i)) {
        if (suite->version != version || (suite->key_kinds & kinds) == 0) {
            continue;
        }
        taken answer = try_suite(d, suite);
        if (answer == WRONG_VERSION) {
            break;
        }
        if (answer == TAKEN) {
            int more = snprintf(list + len, sizeof list - len, "%s%s", len == 0 ? "" : ", ",
                                hf_any_suite_name(suite->id));
            len += more > 0 ? (size_t)more : 0u;
        }
    }
    doctor_see(result, "TLS 1.%u: %s", version == HF_TLS13 ? 3u : 2u, len == 0 ? "no" : list);
    return len > 0;
}

void doctor_versions(doctor *d, doctor_result *result)
{
    uint16_t only = d->options->tls.version;
    if (d->first.version == 0) {
        doctor_skip(result, "the server answers no ClientHello");
        return;
    }
    bool has13 = only != HF_TLS12 && try_version(d, HF_TLS13, result);
    bool has12 = only != HF_TLS13 && try_version(d, HF_TLS12, result);
    if (only == 0 && !has13 && has12) {
        doctor_judge(result, DOCTOR_NOTE, CAUSE_NO_TLS13, HF_OK,
                     "TLS 1.3 saves a round trip and hides certificates: switch it on at the "
                     "server if it can.");
    }
    if (only == 0 && has13 && !has12) {
        doctor_judge(result, DOCTOR_NOTE, CAUSE_NO_TLS12, HF_OK,
                     "Devices in the field that speak only TLS 1.2 do not reach this server.");
    }
}

/* ---- the device's certificate */

static void see_refusal(const hf_error *error, doctor_result *result)
{
    if (error->code == HF_E_ALERT) {
        doctor_see(result, "the server refuses with the alert %s (%u): %s",
                   hf_alert_name(error->alert), error->alert, hf_alert_what(error->alert));
    } else {
        doctor_see(result, "the server ends the connection without an alert: %s",
                   hf_error_what((hf_code)error->code));
    }
}

static void refused(const doctor *d, doctor_result *result)
{
    static const struct {
        uint8_t alert;
        doctor_cause cause;
    } CAUSES[] = {
        {48, CAUSE_CLIENT_CA_UNKNOWN_TO_SERVER},
        {45, CAUSE_CLIENT_CERTIFICATE_EXPIRED},
        {44, CAUSE_CLIENT_CERTIFICATE_REVOKED},
        {51, CAUSE_CLIENT_SIGNATURE_REFUSED},
        {42, CAUSE_CLIENT_CERTIFICATE_BAD},
        {43, CAUSE_CLIENT_CERTIFICATE_UNSUPPORTED},
        {49, CAUSE_CLIENT_DENIED},
        {46, CAUSE_CLIENT_CERTIFICATE_UNKNOWN},
    };
    const hf_error *error = &d->first.error;
    doctor_cause cause = CAUSE_CLIENT_CERTIFICATE_REFUSED;
    for (size_t i = 0; i < sizeof CAUSES / sizeof CAUSES[0]; i++) {
        bool fits = error->code == HF_E_ALERT && CAUSES[i].alert == error->alert;
        cause = fits ? CAUSES[i].cause : cause;
    }
    const char *policy = d->host_rules == NULL ? NULL : d->host_rules->policy;
    const cli_cause *known = &d->first.cause;
    const char *todo = known->todo[0] != '\0' ? known->todo
                       : error->code == HF_E_ALERT
                           ? hf_alert_todo(error->alert)
                           : "Look at the server's log: does it know the CA "
                             "of the device, and is the device registered?";
    see_refusal(error, result);
    if (known->why[0] != '\0') {
        doctor_see(result, "%s", known->why);
    }
    doctor_judge(result, DOCTOR_FAULT, cause, HF_E_ALERT, "%s%s%s", todo, policy == NULL ? "" : " ",
                 policy == NULL ? "" : policy);
}

/* The server has done nothing: our own key did not sign. */
static void not_signed(hf_code code, doctor_result *result)
{
    const char *why = cli_signer_why();
    const char *todo = cli_signer_todo();
    doctor_see(result, "%s", why == NULL ? hf_error_what(code) : why);
    doctor_judge(result, DOCTOR_FAULT, CAUSE_SIGNER_FAILED, code, "%s",
                 todo == NULL ? hf_error_todo(code) : todo);
}

static void missing(const doctor *d, doctor_result *result)
{
    see_refusal(&d->first.error, result);
    doctor_see(result, "it asks for a certificate, and none was sent%s",
               d->options->tls.cert == NULL ? "" : ": the device's is not of a kind that it takes");
    if (d->options->tls.cert == NULL) {
        doctor_judge(result, DOCTOR_FAULT, CAUSE_CLIENT_CERTIFICATE_MISSING, HF_E_ALERT,
                     "Give the device's certificate and key (--cert FILE --key FILE).");
    } else {
        doctor_judge(result, DOCTOR_FAULT, CAUSE_CLIENT_CERTIFICATE_KIND, HF_E_ALERT,
                     "Give the device a certificate with another kind of key: P-256 is accepted "
                     "nearly everywhere.");
    }
}

/* What the server does with a device that shows nothing. */
static void try_without(doctor *d, doctor_result *result)
{
    const doctor_ask ask = {.no_identity = true, .short_time = true};
    doctor_seen seen;
    doctor_probe(d, &ask, &seen);
    if (seen.open && seen.verdict != NULL) {
        doctor_see(result, "without a certificate it lets us in too: asked for, not required");
    } else if (seen.error.code == HF_E_ALERT) {
        doctor_see(result, "without one it refuses with the alert %s (%u)",
                   hf_alert_name(seen.error.alert), seen.error.alert);
    } else {
        doctor_see(result, "without one: %s", hf_error_what((hf_code)seen.error.code));
    }
    doctor_seen_release(&seen);
}

static void let_in(doctor *d, doctor_result *result)
{
    const doctor_seen *first = &d->first;
    if (first->sent) {
        doctor_see(result, "the server asks for a certificate; ours: %s", first->verdict);
        try_without(d, result);
    } else if (first->asked) {
        doctor_see(result, "the server asks for a certificate and does without: %s",
                   first->verdict);
    } else {
        doctor_see(result, "the server does not ask for a certificate%s",
                   d->options->tls.cert == NULL ? "" : ", so ours was not shown");
    }
    if (first->authorities > 0) {
        doctor_see(result, "it names %zu CAs that it takes", first->authorities);
    }
}

void doctor_client(doctor *d, doctor_result *result)
{
    const doctor_seen *first = &d->first;
    if (!d->verified) {
        if (d->look.tried) {
            doctor_see(result, "the server %s for a certificate",
                       d->look.asked ? "asks" : "does not ask");
        }
        doctor_skip(result, "the server is not verified, so the device's certificate is not shown");
    } else if (d->works) {
        let_in(d, result);
    } else if (first->error.code == HF_E_RECORD_TOO_LARGE) {
        doctor_see(result, "the server sends data after the handshake, so it has let us in");
    } else if (cli_is_of_signer((hf_code)first->error.code)) {
        not_signed((hf_code)first->error.code, result);
    } else if (first->sent) {
        refused(d, result);
    } else if (first->asked) {
        missing(d, result);
    } else {
        see_refusal(&first->error, result);
        doctor_judge(result, DOCTOR_FAULT, CAUSE_REFUSED, (hf_code)first->error.code,
                     "Look at the server's log.");
    }
}

/* ---- ALPN and SNI */

void doctor_alpn(doctor *d, doctor_result *result)
{
    const cli_options *tls = &d->options->tls;
    if (d->first.version == 0) {
        doctor_skip(result, "no handshake got that far");
    } else if (tls->alpn_count == 0) {
        doctor_see(result, "none offered (--alpn), and the server does not insist");
    } else if (d->first.alpn[0] != '\0') {
        doctor_see(result, "the server chose %s", d->first.alpn);
    } else if (d->first.open) {
        doctor_see(result, "%s offered, the server ignores it", tls->alpn[0]);
        doctor_judge(result, DOCTOR_NOTE, CAUSE_ALPN_IGNORED, HF_OK,
                     "Harmless, unless this port is to serve several protocols.");
    }
}

static bool same_leaf(const doctor_seen *a, const doctor_seen *b)
{
    return b->chain.count > 0 && b->chain.der[0] != NULL && a->chain.len[0] == b->chain.len[0] &&
           memcmp(a->chain.der[0], b->chain.der[0], a->chain.len[0]) == 0;
}

void doctor_sni(doctor *d, doctor_result *result)
{
    const doctor_seen *best = doctor_best(d);
    if (result->verdict == DOCTOR_FAULT) {
        return;
    }
    if (best == NULL) {
        doctor_skip(result, "no handshake got that far");
        return;
    }
    if (d->address.ip.family != 0 && d->options->tls.server_name == NULL) {
        doctor_see(result, "the host is an address, so no name was sent");
        return;
    }
    const doctor_ask ask = {.name = "192.0.2.1", .unchecked = true, .short_time = true};
    doctor_seen seen;
    doctor_probe(d, &ask, &seen);
    if (same_leaf(best, &seen)) {
        doctor_see(result, "the same certificate comes without a name: SNI is not needed here");
    } else {
        doctor_see(result, "without a name (SNI) %s",
                   seen.chain.count > 0 ? "the server shows another certificate"
                                        : hf_error_what((hf_code)seen.error.code));
        doctor_judge(result, DOCTOR_NOTE, CAUSE_SNI_NEEDED, HF_OK,
                     "Devices have to send the host's name (some stacks leave it out when the name "
                     "check is off or the host is an address).");
    }
    doctor_seen_release(&seen);
}
