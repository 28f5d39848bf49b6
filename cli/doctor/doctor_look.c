/* Why the first connection failed before the server's certificate.
 *
 * When the answer to our ClientHello is no ServerHello, other questions narrow it down, the
 * cheapest first: is it another protocol, is it the compatibility mode, the version, the suites,
 * the groups, the name? Each is one short connection, and the first that explains it ends the
 * search.
 */
#include "doctor_raw.h"

#include "tls/keys/suite.h"
#include "trace/dissect.h"

#include <string.h>

/* ---- another protocol */

/* CONNECT of MQTT 3.1.1 without any credential: client id "handfast-doctor", clean session */
static const uint8_t PLAIN_CONNECT[] = {0x10, 27,  0,   4,   'M', 'Q', 'T', 'T', 4,   2,
                                        0,    60,  0,   15,  'h', 'a', 'n', 'd', 'f', 'a',
                                        's',  't', '-', 'd', 'o', 'c', 't', 'o', 'r'};
static const char PLAIN_HTTP[] = "HEAD / HTTP/1.0\r\n\r\n";

static bool any_byte(const doctor_reply *reply)
{
    return reply->len >= 4;
}

static void wrong_protocol(doctor_result *result, doctor_cause cause, hf_code code,
                           const char *what)
{
    doctor_see(result, "this port speaks %s, not TLS", what);
    doctor_judge(result, DOCTOR_FAULT, cause, code,
                 "Connect to the port that speaks TLS (MQTT over TLS is usually 8883), or switch "
                 "TLS on in the server's listener for this port.");
}

/* What the server says before anything is sent to it. */
static bool look_at_greeting(doctor *d, doctor_result *result)
{
    doctor_reply reply;
    uint32_t ms = 300u + d->rtt_us / 1000u * 2u;
    doctor_exchange(d, (hf_span){NULL, 0}, ms, any_byte, &reply);
    if (reply.len > 0) {
        doctor_see(result, "the server speaks first: \"%.*s\"",
                   (int)(reply.len < 60 ? reply.len : 60), (const char *)reply.bytes);
        wrong_protocol(result, CAUSE_NOT_TLS, HF_E_NOT_TLS, "another protocol");
        return true;
    }
    if (reply.end == RAW_CLOSED || reply.end == RAW_RESET) {
        doctor_see(result, "the server %s the connection at once, before anything was sent",
                   reply.end == RAW_RESET ? "resets" : "closes");
        doctor_judge(result, DOCTOR_FAULT, CAUSE_CLOSED_AT_ONCE, HF_E_CLOSED_IN_HANDSHAKE,
                     "Look at the server's log and limits: a list of allowed addresses, too many "
                     "connections, a load balancer without a server behind it, or one that awaits "
                     "the PROXY protocol.");
        return true;
    }
    return false;
}

static bool look_for_plain(doctor *d, doctor_result *result)
{
    doctor_reply reply;
    doctor_exchange(d, (hf_span){PLAIN_CONNECT, sizeof PLAIN_CONNECT}, DOCTOR_SHORT_MS, any_byte,
                    &reply);
    if (reply.len >= 4 && reply.bytes[0] == 0x20 && reply.bytes[1] == 2) {
        doctor_see(result, "an MQTT CONNECT without TLS got CONNACK %u", reply.bytes[3]);
        wrong_protocol(result, CAUSE_PLAIN_MQTT, HF_E_NOT_TLS, "MQTT without TLS");
        return true;
    }
    bool http = reply.len >= 5 && memcmp(reply.bytes, "HTTP/", 5) == 0;
    if (!http) {
        doctor_exchange(d, (hf_span){(const uint8_t *)PLAIN_HTTP, sizeof PLAIN_HTTP - 1},
                        DOCTOR_SHORT_MS, any_byte, &reply);
        http = reply.len >= 4 && memcmp(reply.bytes, "HTTP", 4) == 0;
    }
    if (http) {
        wrong_protocol(result, CAUSE_PLAIN_HTTP, HF_E_HTTP, "plain HTTP");
    }
    return http;
}

/* ---- TLS, but not for our ClientHello */

static bool takes(doctor *d, const doctor_ask *ask)
{
    doctor_seen seen;
    doctor_probe(d, ask, &seen);
    bool taken = seen.version != 0;
    doctor_seen_release(&seen);
    return taken;
}

/* Without a word, or with an alert: in the words of the first connection. */
static void see_first(const doctor *d, doctor_result *result)
{
    const hf_error *error = &d->first.error;
    if (error->code == HF_E_ALERT) {
        doctor_see(result, "the server answers our ClientHello with the alert %s (%u)",
                   hf_alert_name(error->alert), error->alert);
    } else {
        doctor_see(result, "our ClientHello: %s", hf_error_what((hf_code)error->code));
    }
}

static bool look_for_compatibility(doctor *d)
{
    const doctor_ask ask = {
        .unchecked = true, .compatibility = true, .hello_only = true, .short_time = true};
    if (!takes(d, &ask)) {
        return false;
    }
    doctor_result *result = &d->results[STEP_PATH];
    see_first(d, result);
    doctor_see(result, "with TLS 1.3's compatibility mode the server answers");
    doctor_judge(result, DOCTOR_FAULT, CAUSE_COMPATIBILITY_MODE_NEEDED,
                 (hf_code)d->first.error.code,
                 "Switch compatibility mode on (hf_config.compatibility_mode; other stacks: "
                 "middlebox compatibility), or take the middlebox out that drops TLS 1.3 without "
                 "it.");
    return true;
}

static bool look_for_old_version(doctor *d)
{
    const doctor_ask ask = {
        .version = HF_TLS12, .unchecked = true, .hello_only = true, .short_time = true};
    uint16_t only = d->options->tls.version;
    if (only == HF_TLS12 || !takes(d, &ask)) {
        return false;
    }
    if (only == HF_TLS13) {
        doctor_result *result = &d->results[STEP_VERSIONS];
        see_first(d, result);
        doctor_see(result, "TLS 1.2 alone is taken");
        doctor_judge(result, DOCTOR_FAULT, CAUSE_VERSION, HF_E_VERSION,
                     "Allow TLS 1.2 here (leave --tls 1.3 out), or switch TLS 1.3 on at the "
                     "server.");
        return true;
    }
    doctor_result *result = &d->results[STEP_PATH];
    see_first(d, result);
    doctor_see(result, "a ClientHello that offers only TLS 1.2 is answered");
    doctor_judge(result, DOCTOR_FAULT, CAUSE_TLS13_BREAKS, (hf_code)d->first.error.code,
                 "Something on the way, or the server, does not bear a ClientHello of TLS 1.3: "
                 "update or bypass that middlebox; until then offer only TLS 1.2 (--tls 1.2).");
    return true;
}

static bool is_ours(uint16_t group)
{
    return group == 0 || group == HF_X25519 || group == HF_SECP256R1 || group == HF_SECP384R1;
}

/* A hello that offers everything was answered: what of it do we not have? */
static bool explain_answer(doctor *d, doctor_hello_kind kind, const doctor_answer *answer)
{
    doctor_result *result = &d->results[STEP_VERSIONS];
    if (answer->version == 0) {
        return false;
    }
    if (answer->version < HF_TLS12) {
        see_first(d, result);
        doctor_see(result, "the server speaks only TLS 1.%u", answer->version - 0x0301u);
        doctor_judge(result, DOCTOR_FAULT, CAUSE_OLD_VERSION, HF_E_VERSION,
                     "Update the server or its configuration to TLS 1.2 or 1.3: older versions are "
                     "insecure (RFC 8996) and not spoken here.");
        return true;
    }
    const char *version = answer->version == HF_TLS13 ? "1.3" : "1.2";
    if (hf_suite_find(answer->suite) == NULL) {
        see_first(d, result);
        doctor_see(result, "offered everything, the server takes TLS %s with %s (0x%04x)", version,
                   hf_any_suite_name(answer->suite), answer->suite);
        doctor_judge(result, DOCTOR_FAULT, CAUSE_NO_COMMON_SUITE, HF_E_NO_COMMON_SUITE,
                     "Allow a suite with ECDHE and AES-GCM, AES-CCM or ChaCha20-Poly1305 on the "
                     "server%s.",
                     kind == HELLO_TLS12 ? ", and TLS 1.3 if it can" : "");
        return true;
    }
    if (!is_ours(answer->group)) {
        see_first(d, result);
        doctor_see(result, "offered everything, the server takes TLS %s with the group %s (0x%04x)",
                   version, hf_any_group_name(answer->group), answer->group);
        doctor_judge(result, DOCTOR_FAULT, CAUSE_NO_COMMON_GROUP, HF_E_NO_COMMON_GROUP,
                     "Allow X25519, P-256 or P-384 on the server.");
        return true;
    }
    return false;
}

/* Versions, suites and groups are not it: what is left is how the server can sign. */
static bool explain_scheme(doctor *d)
{
    const hf_error *error = &d->first.error;
    if (error->code != HF_E_ALERT || error->alert != ALERT_HANDSHAKE_FAILURE) {
        return false;
    }
    doctor_result *result = &d->results[STEP_VERSIONS];
    see_first(d, result);
    doctor_see(result,
               "offered everything, it answers, with a suite and a group that we have: what "
               "is left is the signature scheme, by the kind of its key");
    doctor_judge(result, DOCTOR_FAULT, CAUSE_NO_COMMON_SCHEME, HF_E_NO_COMMON_SCHEME,
                 "Give the server a certificate with a P-256, P-384 or RSA key (2048 bits or "
                 "more).");
    return true;
}

static bool look_with_everything(doctor *d, const char *name)
{
    bool answered = false;
    static const doctor_hello_kind KINDS[] = {HELLO_TLS13, HELLO_TLS12, HELLO_TLS11};
    uint16_t only = d->options->tls.version;
    for (size_t i = 0; i < sizeof KINDS / sizeof KINDS[0]; i++) {
        doctor_answer answer;
        doctor_hello(d, KINDS[i], name, &answer);
        if (explain_answer(d, KINDS[i], &answer)) {
            return true;
        }
        answered = answered || answer.version >= HF_TLS12;
        bool silent = !answer.heard && answer.end == RAW_SILENT;
        if (silent && d->first.error.code == HF_E_TLS_TIMEOUT && only == 0) {
            return false; /* it says nothing to anybody */
        }
    }
    return answered && explain_scheme(d);
}

/* The server answers in TLS, so the name is what is left when the host is an address. */
static bool look_at_name(doctor *d)
{
    const hf_error *error = &d->first.error;
    bool unknown = error->code == HF_E_ALERT && error->alert == ALERT_UNRECOGNIZED_NAME;
    bool none = d->address.ip.family != 0 && d->options->tls.server_name == NULL;
    bool refused = error->code == HF_E_ALERT;
    if (!unknown && !(none && refused)) {
        return false;
    }
    doctor_result *result = &d->results[STEP_SNI];
    see_first(d, result);
    if (none) {
        doctor_see(result, "no name was sent (SNI), for the host is an address");
        doctor_judge(result, DOCTOR_FAULT, CAUSE_SNI_REQUIRED, HF_E_UNKNOWN_NAME,
                     "Connect by the server's full host name, or give it with --servername NAME.");
    } else {
        doctor_see(result, "the server does not serve %s (SNI)", doctor_name(d));
        doctor_judge(result, DOCTOR_FAULT, CAUSE_SNI_UNKNOWN, HF_E_UNKNOWN_NAME,
                     "Use the server's full endpoint name, or give the server an identity for this "
                     "name.");
    }
    return true;
}

static bool look_at_alpn(doctor *d)
{
    static const char *const OTHERS[] = {"", "mqtt", "x-amzn-mqtt-ca", "http/1.1", "h2"};
    const hf_error *error = &d->first.error;
    if (error->code != HF_E_ALERT || error->alert != ALERT_NO_APPLICATION_PROTOCOL) {
        return false;
    }
    doctor_result *result = &d->results[STEP_ALPN];
    bool offered = d->options->tls.alpn_count > 0;
    see_first(d, result);
    const char *taken = NULL;
    for (size_t i = offered ? 0 : 1; i < sizeof OTHERS / sizeof OTHERS[0] && taken == NULL; i++) {
        const doctor_ask ask = {.alpn = OTHERS[i], .unchecked = true, .short_time = true};
        doctor_seen seen;
        doctor_probe(d, &ask, &seen);
        bool fits = OTHERS[i][0] == '\0' ? seen.open : strcmp(seen.alpn, OTHERS[i]) == 0;
        taken = fits ? OTHERS[i] : NULL;
        doctor_seen_release(&seen);
    }
    doctor_cause cause = offered ? CAUSE_ALPN_NOT_MATCHED : CAUSE_ALPN_REQUIRED;
    if (taken == NULL) {
        doctor_judge(result, DOCTOR_FAULT, cause, HF_E_NO_COMMON_PROTOCOL,
                     "Ask the server's operator which ALPN protocol it serves, and offer that "
                     "(--alpn NAME).");
    } else if (taken[0] == '\0') {
        doctor_judge(result, DOCTOR_FAULT, cause, HF_E_NO_COMMON_PROTOCOL,
                     "Offer no ALPN protocol (leave --alpn out): the server takes that.");
    } else {
        doctor_see(result, "it takes %s", taken);
        doctor_judge(result, DOCTOR_FAULT, cause, HF_E_NO_COMMON_PROTOCOL,
                     "Offer the ALPN protocol %s (--alpn %s).", taken, taken);
    }
    return true;
}

void doctor_unexplained(const doctor *d, doctor_result *result)
{
    const hf_error *error = &d->first.error;
    see_first(d, result);
    switch ((hf_code)error->code) {
    case HF_E_TLS_TIMEOUT:
        doctor_see(result, "the server accepts the connection and says nothing");
        doctor_judge(result, DOCTOR_FAULT, CAUSE_SERVER_SILENT, HF_E_TLS_TIMEOUT,
                     "Check that this port speaks TLS and that the server is not hung: restart it, "
                     "look at its log; a load balancer may accept for a server that is down.");
        break;
    case HF_E_NETWORK:
    case HF_E_CLOSED_IN_HANDSHAKE:
    case HF_E_TRUNCATED:
        doctor_see(result, "the server %s as soon as it is spoken to in TLS",
                   error->code == HF_E_NETWORK ? "resets" : "closes");
        doctor_judge(result, DOCTOR_FAULT, CAUSE_CLOSED_AT_HELLO, (hf_code)error->code,
                     "Look at the server's log: it may speak another protocol on this port, want "
                     "SNI, or refuse this address; a firewall on the way may do the same.");
        break;
    case HF_E_ALERT:
        doctor_judge(result, DOCTOR_FAULT, CAUSE_ALERT, HF_E_ALERT, "%s",
                     hf_alert_todo(error->alert));
        break;
    default:
        doctor_judge(result, DOCTOR_FAULT, CAUSE_TLS_ERROR, (hf_code)error->code, "%s (%s)",
                     hf_error_todo((hf_code)error->code), hf_error_name((hf_code)error->code));
        break;
    }
}

static bool is_silent_or_closed(hf_code code)
{
    return code == HF_E_TLS_TIMEOUT || code == HF_E_NETWORK || code == HF_E_CLOSED_IN_HANDSHAKE ||
           code == HF_E_TRUNCATED || code == HF_E_NOT_TLS;
}

void doctor_find_cause(doctor *d)
{
    doctor_result *tls = &d->results[STEP_TLS];
    hf_code code = (hf_code)d->first.error.code;
    bool plain_address = d->address.ip.family != 0 && d->options->tls.server_name == NULL;
    const char *name = plain_address ? NULL : doctor_name(d);
    if (code == HF_E_HTTP) {
        wrong_protocol(tls, CAUSE_PLAIN_HTTP, code, "plain HTTP");
        return;
    }
    if (look_at_alpn(d)) {
        return;
    }
    bool alerted = code == HF_E_ALERT;
    if (alerted && d->first.error.alert == ALERT_UNRECOGNIZED_NAME && look_at_name(d)) {
        return;
    }
    if (is_silent_or_closed(code) && (look_at_greeting(d, tls) || look_for_plain(d, tls))) {
        return;
    }
    if (look_for_compatibility(d) || look_for_old_version(d) || look_with_everything(d, name) ||
        look_at_name(d)) {
        return;
    }
    doctor_unexplained(d, tls);
}
