/* Rules of cloud services as a table, and the step that applies those of the command line. A rule
 * that a connection can show is applied where that step is; here stand those that are known before.
 */
#include "doctor.h"

#include <string.h>
#include <strings.h>

static const doctor_host HOSTS[] = {
    {
        .suffix = ".amazonaws.com",
        .service = "AWS IoT Core",
        .alpn_443 = "x-amzn-mqtt-ca",
        .needs_certificate = true,
        .needs_sni = true,
        .no_fragment_length = true,
        .no_tickets12 = true,
        .keep_alive_min = 30,
        .keep_alive_max = 1200,
        .policy = "Attach a policy to the certificate that allows iot:Connect for "
                  "arn:aws:iot:REGION:ACCOUNT:client/CLIENT-ID, and see that the certificate is "
                  "ACTIVE: AWS IoT closes without CONNACK when the policy forbids it.",
        .chain = "Amazon Root CA 1 (RSA) or Amazon Root CA 3 (ECC), cross-signed by Starfield G2",
    },
    {
        .suffix = ".azure-devices.net",
        .service = "Azure IoT Hub",
        .needs_sni = true,
        .no_mqtt5 = true,
        .no_tls13 = true,
        .policy = "The client id must be the device id, the user name "
                  "HUB/DEVICE/?api-version=2021-04-12, and the password a SAS token that has not "
                  "expired, or empty with an X.509 device.",
        .chain = "DigiCert Global Root G2 (RSA), or G3 when only ECDSA is offered",
    },
    {
        .suffix = ".hivemq.cloud",
        .service = "HiveMQ Cloud",
        .needs_sni = true,
        .policy = "Make credentials for this device under Access Management, and give them with "
                  "--username and --password-file.",
        .chain = "ISRG Root X1 (Let's Encrypt)",
    },
};

static bool ends_with(const char *host, const char *suffix)
{
    size_t len = strlen(host);
    size_t tail = strlen(suffix);
    if (len > 0 && host[len - 1] == '.') {
        len--;
    }
    return len > tail && strncasecmp(host + len - tail, suffix, tail) == 0;
}

const doctor_host *doctor_host_find(const char *host)
{
    for (size_t i = 0; i < sizeof HOSTS / sizeof HOSTS[0]; i++) {
        if (ends_with(host, HOSTS[i].suffix)) {
            bool iot = HOSTS[i].needs_certificate; /* amazonaws.com has other services too */
            return !iot || strcasestr(host, ".iot.") != NULL ? &HOSTS[i] : NULL;
        }
    }
    return NULL;
}

static bool offers(const cli_options *tls, const char *protocol)
{
    for (size_t i = 0; i < tls->alpn_count; i++) {
        if (strcmp(tls->alpn[i], protocol) == 0) {
            return true;
        }
    }
    return false;
}

static void check_mqtt(const doctor *d, const doctor_host *rules, doctor_result *result)
{
    uint16_t keep_alive = d->options->keep_alive;
    bool low = rules->keep_alive_min > 0 && keep_alive < rules->keep_alive_min;
    bool high = rules->keep_alive_max > 0 && keep_alive > rules->keep_alive_max;
    if (d->options->mqtt && (low || high)) {
        doctor_see(result, "keep-alive of %u s, but the service takes %u to %u s", keep_alive,
                   rules->keep_alive_min, rules->keep_alive_max);
        doctor_judge(result, DOCTOR_WARNING, CAUSE_KEEP_ALIVE_OUT_OF_RANGE, HF_OK,
                     "Choose a keep-alive between %u and %u seconds.", rules->keep_alive_min,
                     rules->keep_alive_max);
    }
}

void doctor_service(doctor *d, doctor_result *result)
{
    const cli_options *tls = &d->options->tls;
    const doctor_host *rules = d->host_rules;
    if (rules == NULL) {
        doctor_skip(result, "no rules are known for this host name");
        return;
    }
    doctor_see(result, "%s; its chain leads to %s", rules->service, rules->chain);
    if (d->address.port == 443 && rules->alpn_443 != NULL && !offers(tls, rules->alpn_443)) {
        doctor_see(result, "port 443 needs ALPN %s there, which is not offered (--alpn)",
                   rules->alpn_443);
        doctor_judge(result, DOCTOR_FAULT, CAUSE_ALPN_MISSING, HF_E_NO_COMMON_PROTOCOL,
                     "Offer the ALPN protocol %s on port 443 (--alpn %s), or use port 8883.",
                     rules->alpn_443, rules->alpn_443);
    }
    if (rules->needs_certificate && tls->cert == NULL) {
        doctor_see(result, "devices show a certificate there, and none is given");
        doctor_judge(result, DOCTOR_WARNING, CAUSE_CLIENT_CERTIFICATE_MISSING, HF_OK,
                     "Give the device's certificate and key (--cert FILE --key FILE).");
    }
    if (rules->needs_sni && d->address.ip.family != 0 && tls->server_name == NULL) {
        doctor_see(result, "the service needs SNI, and an address has none");
    }
    if (rules->no_fragment_length && tls->input_buffer < HF_TLS_INPUT_MAX) {
        doctor_see(result, "it sends records of up to 16 KB whatever a device asks for");
    }
    if (rules->no_tls13 && tls->version == HF_TLS13) {
        doctor_see(result, "it speaks TLS 1.2, and --tls 1.3 excludes that");
        doctor_judge(result, DOCTOR_FAULT, CAUSE_VERSION, HF_E_VERSION,
                     "Allow TLS 1.2 (leave --tls 1.3 out).");
    }
    check_mqtt(d, rules, result);
}
