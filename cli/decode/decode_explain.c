/* Why an alert was sent: texts by who sent it, and what the capture shows about the certificates.
 * See decode_verdict.h.
 *
 * The texts of alerts.def are for the side that gets the alert: a device, most often. Alerts about
 * certificates that the client sends are about the server's certificate, so they have texts here.
 */
#include "decode_verdict.h"

#include "when.h"

#include <stdio.h>

#define SECOND 1000000000ll

#define ALERT_BAD_CERTIFICATE     42u
#define ALERT_CERTIFICATE_EXPIRED 45u
#define ALERT_CERTIFICATE_UNKNOWN 46u
#define ALERT_UNKNOWN_CA          48u

typedef struct alert_text {
    uint8_t number;
    const char *why;
    const char *todo;
} alert_text;

/* Sent by a client, about the server. */
static const alert_text ABOUT_SERVER[] = {
    {40, "The client found no cipher suite, group or signature scheme that suits it.",
     "Compare what the client offers with what the server chose; widen the client's build "
     "configuration."},
    {42,
     "The client did not accept the server's certificate: it is damaged, its signature is wrong, "
     "its name is not the one that the client connects to, or by the client's clock it is not "
     "valid yet.",
     "Look at the device's clock; compare the names in the certificate with the host that the "
     "client asks for, and the chain with the client's CA: handfast connect HOST --ca FILE says "
     "which."},
    {43, "The client does not support the type, key or purpose of the server's certificate.",
     "Check which key types and signatures the client's build has (RSA, P-256, P-384)."},
    {44, "The client takes the server's certificate for revoked.",
     "Give the server a new certificate, or the client a new revocation list."},
    {45, "By the client's clock the server's certificate has expired or is not valid yet.",
     "Set the device's clock (SNTP) before it connects: after a reset it often says 1970. If the "
     "clock is right, renew the server's certificate."},
    {46,
     "The client did not accept the server's certificate and does not say why; so do devices whose "
     "clock is not set.",
     "Look at the client's log and clock; handfast connect HOST --ca FILE checks the same chain "
     "and says what is wrong."},
    {48,
     "The client has no CA to which the server's chain leads, or the server leaves out an "
     "intermediate certificate.",
     "Give the client the root of the server's chain, and compare the chain above with what the "
     "server should send."},
    {51, "The client found the server's signature or Finished wrong.",
     "Check that the server's key and certificate belong together; look for a middlebox."},
    {80,
     "The client failed for a reason of its own; on small devices most often it had too "
     "little memory.",
     "Look at the free heap and its largest block before the handshake, and at the client's log."},
};

static bool is_about_certificate(uint8_t alert)
{
    return alert == ALERT_BAD_CERTIFICATE || alert == ALERT_CERTIFICATE_UNKNOWN ||
           alert == ALERT_UNKNOWN_CA;
}

static bool is_valid(const decode_chain *chain, const decode_alert *alert)
{
    int64_t now = alert->time / SECOND;
    return now >= chain->not_before && now <= chain->not_after;
}

/* The dates of the server's chain, by the clock of whoever has captured. */
static bool explain_dates(const decode_chain *chain, const decode_alert *alert,
                          decode_verdict *verdict)
{
    char day[CLI_WHEN_SIZE];
    int64_t now = alert->time / SECOND;
    if (!chain->seen || now <= 0) {
        return false;
    }
    if (is_valid(chain, alert)) {
        cli_when_text(chain->not_after, day);
        (void)snprintf(verdict->why, sizeof verdict->why,
                       "By the capture's clock all certificates that the server has shown are "
                       "valid, until %s: so the client's clock is wrong.",
                       day);
        verdict->todo = "Set the device's clock (SNTP) before it connects: after a reset it often "
                        "says 1970.";
        return true;
    }
    bool late = now > chain->not_after;
    cli_when_text(late ? chain->not_after : chain->not_before, day);
    (void)snprintf(verdict->why, sizeof verdict->why,
                   late ? "A certificate that the server has shown expired on %s."
                        : "A certificate that the server has shown is valid from %s on only.",
                   day);
    verdict->todo = "Give the server a certificate that is valid now.";
    return true;
}

/* What the capture itself shows about the server's certificate. */
static bool explain_chain(const decode_tls *tls, const decode_alert *alert, decode_verdict *verdict)
{
    if (alert->description == ALERT_CERTIFICATE_EXPIRED) {
        return explain_dates(&tls->chain, alert, verdict);
    }
    if (!is_about_certificate(alert->description)) {
        return false;
    }
    if (!tls->chain.other_name) {
        return !is_valid(&tls->chain, alert) && explain_dates(&tls->chain, alert, verdict);
    }
    (void)snprintf(verdict->why, sizeof verdict->why,
                   "The client asked for %s, and the server's certificate does not have this name.",
                   tls->chain.asked);
    verdict->todo = "Connect by a name that the certificate has, or give the server one for this "
                    "name.";
    return true;
}

void decode_explain_alert(const decode_tls *tls, const decode_alert *alert, bool by_client,
                          decode_verdict *verdict)
{
    const char *why = hf_alert_what(alert->description);
    verdict->todo = hf_alert_todo(alert->description);
    if (by_client && explain_chain(tls, alert, verdict)) {
        return;
    }
    for (size_t i = 0; by_client && i < sizeof ABOUT_SERVER / sizeof ABOUT_SERVER[0]; i++) {
        if (ABOUT_SERVER[i].number == alert->description) {
            why = ABOUT_SERVER[i].why;
            verdict->todo = ABOUT_SERVER[i].todo;
        }
    }
    (void)snprintf(verdict->why, sizeof verdict->why, "%s", why);
}
