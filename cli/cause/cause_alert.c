/* Why a server refused with an alert: the same alert means one thing in answer to the ClientHello
 * and another in answer to the device's certificate. See cause_part.h.
 */
#include "cause_part.h"

/* AlertDescription (RFC 8446 6) */
enum alert {
    HANDSHAKE_FAILURE = 40,
    BAD_CERTIFICATE = 42,
    UNSUPPORTED_CERTIFICATE = 43,
    CERTIFICATE_EXPIRED = 45,
    CERTIFICATE_UNKNOWN = 46,
    UNKNOWN_CA = 48,
    DECRYPT_ERROR = 51,
    PROTOCOL_VERSION = 70,
    UNRECOGNIZED_NAME = 112,
    UNKNOWN_PSK_IDENTITY = 115,
    CERTIFICATE_REQUIRED = 116,
    NO_APPLICATION_PROTOCOL = 120,
};

#define OUR_SUITES                                                                                 \
    "TLS_AES_128_GCM_SHA256 in TLS 1.3, ECDHE with AES-GCM or ChaCha20-Poly1305 in TLS 1.2"

static bool is_one_version(const hf_config *config)
{
    return config->version_min == config->version_max;
}

static void nothing_in_common(const cli_scene *scene, cli_cause *cause)
{
    const hf_config *config = &scene->setup->config;
    cli_cause_say(cause->what,
                  "The server has no cipher suite, key exchange group or signature scheme in "
                  "common with this client.");
    cli_cause_say(cause->why,
                  "the alert came in answer to the ClientHello, so no certificate has a part in it"
                  "%s%s",
                  is_one_version(config) ? "; only one version was offered (--tls)" : "",
                  cli_cause_sent_name(scene) ? "" : "; no host name (SNI) was sent");
    cli_cause_say(cause->todo,
                  "Let the server have a suite of ours (" OUR_SUITES "), a group of ours (X25519, "
                  "P-256, P-384), and a certificate with a P-256, P-384 or RSA key; handfast "
                  "doctor tells which of them it is%s.",
                  cli_cause_sent_name(scene)
                      ? ""
                      : "; if it has, connect by its name, or give --servername NAME");
}

static void no_version(const cli_scene *scene, cli_cause *cause)
{
    const hf_config *config = &scene->setup->config;
    if (is_one_version(config)) {
        bool is_13 = config->version_min == HF_TLS13;
        cli_cause_say(cause->what,
                      "The server does not speak TLS %s, and nothing else was offered (--tls).",
                      is_13 ? "1.3" : "1.2");
        cli_cause_say(cause->todo, "Leave --tls out, or switch TLS %s on at the server.",
                      is_13 ? "1.3" : "1.2");
        return;
    }
    cli_cause_say(cause->what, "The server speaks neither TLS 1.3 nor TLS 1.2, only older versions "
                               "");
    cli_cause_say(cause->todo, "Switch TLS 1.2 or 1.3 on at the server: what is older is not "
                               "spoken here, for it is broken.");
}

static void no_name(const cli_scene *scene, cli_cause *cause)
{
    if (!cli_cause_sent_name(scene)) {
        cli_cause_say(cause->what, "The server wants to be asked for by name (SNI), and none was "
                                   "sent, because the host is an address.");
        cli_cause_say(cause->todo,
                      "Connect by the server's name, or give it with --servername NAME.");
    }
}

static void no_protocol(const cli_scene *scene, cli_cause *cause)
{
    const hf_config *config = &scene->setup->config;
    char offered[256] = "none was offered";
    size_t used = 0;
    for (size_t i = 0; i < config->alpn_count && used < sizeof offered; i++) {
        int n = snprintf(offered + used, sizeof offered - used, "%s%s", i == 0 ? "offered: " : ", ",
                         config->alpn[i]);
        used += n > 0 ? (size_t)n : sizeof offered;
    }
    cli_cause_say(cause->why, "%s", offered);
    cli_cause_say(cause->todo, "Offer the server's protocol with --alpn: on AWS port 443 it is "
                               "x-amzn-mqtt-ca, for brokers usually mqtt.");
}

static void no_shared_key(const hf_psk *psk, uint8_t alert, cli_cause *cause)
{
    char identity[CLI_CAUSE_NAME];
    size_t used = 0;
    if (alert != HANDSHAKE_FAILURE && alert != DECRYPT_ERROR && alert != UNKNOWN_PSK_IDENTITY) {
        return;
    }
    for (size_t i = 0; i < psk->identity.len && used + 1 < sizeof identity; i++) {
        uint8_t byte = psk->identity.ptr[i];
        identity[used++] = (char)(byte >= ' ' && byte < 0x7f ? byte : '?');
    }
    identity[used] = 0;
    cli_cause_say(cause->what,
                  "The server has no pre-shared key for the identity %s, or another one.",
                  identity);
    cli_cause_say(cause->todo,
                  "Check identity, key, hash (--psk-hash) and import (--psk-plain or not) on both "
                  "ends; servers that do not import keys (RFC 9258) need plain ones.");
}

/* Whether the alert is one with which servers answer a client without a certificate. */
static bool may_miss_certificate(uint8_t alert)
{
    return alert == CERTIFICATE_REQUIRED || alert == HANDSHAKE_FAILURE ||
           alert == BAD_CERTIFICATE || alert == CERTIFICATE_UNKNOWN;
}

static void missing_certificate(const cli_scene *scene, cli_cause *cause)
{
    if (scene->setup->cert.bytes == NULL) {
        cli_cause_say(cause->what,
                      "The server requires a client certificate, and none is given here.");
        cli_cause_say(cause->todo,
                      "Give this device's certificate and key: --cert FILE --key FILE.");
    } else {
        cli_cause_say(cause->what, "The server requires a client certificate, and takes none with "
                                   "a key like the one given here.");
        cli_cause_say(cause->todo, "Use a device certificate with another kind of key (P-256 is "
                                   "accepted nearly everywhere), or widen the server's choice.");
    }
}

/* What the file of --cert holds. */
typedef struct ours {
    hf_certificate leaf; /* copied: dates and purposes only */
    char subject[CLI_CAUSE_NAME];
    char issuer[CLI_CAUSE_NAME]; /* of the last one */
    size_t count;
} ours;

static bool note_ours(void *ctx, const hf_certificate *certificate)
{
    ours *it = ctx;
    if (it->count == 0) {
        it->leaf = *certificate;
        (void)cli_cause_name(certificate->subject, it->subject);
    }
    (void)cli_cause_name(certificate->issuer, it->issuer);
    it->count++;
    return true;
}

static void refused_ours(const cli_scene *scene, cli_cause *cause)
{
    ours it = {.count = 0};
    cli_cause_each(&scene->setup->cert, note_ours, &it);
    if (it.count == 0) {
        return;
    }
    if (scene->error->alert == UNKNOWN_CA) {
        cli_cause_say(cause->why, "sent: %s%s, issued by %s", it.subject,
                      it.count == 1 ? "" : " and what stands above it", it.issuer);
        cli_cause_say(cause->todo,
                      "Register %s at the server as a CA of devices; or, if it is an "
                      "intermediate, append its certificate to the file of --cert.",
                      it.issuer);
    }
    if (scene->error->alert == CERTIFICATE_EXPIRED) {
        FILE *out = cli_cause_open(cause->why);
        if (out != NULL) {
            (void)fprintf(out, "%s is valid ", it.subject);
            cli_chain_dates(out, it.leaf.not_before, it.leaf.not_after,
                            cli_setup_now(scene->setup));
            cli_cause_close(out, cause->why);
        }
    }
}

void cli_cause_refused(const cli_scene *scene, cli_cause *cause)
{
    const hf_tls *tls = &scene->conn->tls;
    uint8_t alert = scene->error->alert;
    bool answers_hello = hf_tls_suite(tls) == 0;
    if (!answers_hello && hf_tls_asked_certificate(tls)) {
        if (hf_tls_sent_certificate(tls)) {
            refused_ours(scene, cause);
        } else if (may_miss_certificate(alert)) {
            missing_certificate(scene, cause);
        }
        return;
    }
    if (answers_hello && scene->setup->config.psk != NULL) {
        no_shared_key(scene->setup->config.psk, alert, cause);
        return;
    }
    switch (alert) {
    case HANDSHAKE_FAILURE:
        if (answers_hello) {
            nothing_in_common(scene, cause);
        }
        break;
    case PROTOCOL_VERSION:
        no_version(scene, cause);
        break;
    case UNRECOGNIZED_NAME:
        no_name(scene, cause);
        break;
    case NO_APPLICATION_PROTOCOL:
        no_protocol(scene, cause);
        break;
    default:
        break;
    }
}
