/* Why a broker refuses or leaves: the codes of MQTT 3.1.1 are few, so brokers use one for several
 * reasons, and for most reasons they only close. See cause_part.h.
 */
#include "cause_part.h"

#include <inttypes.h>

/* Where a broker shares its port with a web server, as on 443, ALPN tells who is meant. */
static bool lacks_alpn(const cli_scene *scene)
{
    return hf_tls_alpn(&scene->conn->tls) == NULL;
}

#define GIVE_ALPN                                                                                  \
    "where it shares a port with a web server, as on 443, say so with --alpn (x-amzn-mqtt-ca on "  \
    "AWS IoT, else usually mqtt)"

static void not_authorised(const cli_scene *scene, cli_cause *cause)
{
    const cli_cause_mqtt *mqtt = scene->mqtt;
    if (mqtt->has_user) {
        cli_cause_say(cause->what,
                      "The broker refused user name and password, or this client may not connect: "
                      "it answers 'not authorised' (5) to both.");
        cli_cause_say(cause->todo,
                      "Check user name and password first (-u, --password-file), then the broker's "
                      "access list for client id %s.",
                      mqtt->client_id);
        return;
    }
    cli_cause_say(cause->what,
                  "The broker refused the connection: this client is not authorised; no user name "
                  "was given%s.",
                  hf_tls_sent_certificate(&scene->conn->tls) ? "" : ", nor a client certificate");
    cli_cause_say(cause->todo,
                  "Give user name and password if the broker wants them (-u, --password-file); "
                  "else check its access list for client id %s; on AWS IoT: the policy of the "
                  "certificate must allow iot:Connect for it.",
                  mqtt->client_id);
}

static void closed_at_once(const cli_scene *scene, cli_cause *cause)
{
    cli_cause_say(cause->what, "The server closed the connection instead of answering CONNECT%s.",
                  lacks_alpn(scene) ? "; no application protocol (ALPN) was agreed" : "");
    cli_cause_say(cause->todo,
                  "Check the port: MQTT over TLS is usually 8883; %s. Then look at the broker's "
                  "log: it may not take this client (on AWS IoT: certificate not active, or the "
                  "policy does not allow iot:Connect for client id %s).",
                  lacks_alpn(scene) ? GIVE_ALPN : "HTTPS and WebSockets are something else",
                  scene->mqtt->client_id);
}

static void no_mqtt(const cli_scene *scene, cli_cause *cause)
{
    cli_cause_say(cause->what,
                  "The server speaks TLS, but what it answers to CONNECT is not "
                  "MQTT%s.",
                  lacks_alpn(scene) ? "; no application protocol (ALPN) was agreed" : "");
    cli_cause_say(cause->todo, "Check the port: MQTT over TLS is usually 8883; %s.",
                  lacks_alpn(scene) ? GIVE_ALPN : "HTTPS and WebSockets are something else");
}

static void left(const cli_scene *scene, cli_cause *cause)
{
    const cli_cause_mqtt *mqtt = scene->mqtt;
    if (mqtt->awaiting != NULL) {
        cli_cause_say(cause->what,
                      "The broker closed the connection when it got the message: usually because "
                      "this client may not publish to %s.",
                      mqtt->awaiting);
        cli_cause_say(cause->todo, "Allow the topic in the broker's access list (on AWS IoT: "
                                   "iot:Publish in the policy of the certificate).");
        return;
    }
    if (!mqtt->shared) {
        return;
    }
    cli_cause_say(cause->what,
                  "The broker closed the connection; most likely another client has connected "
                  "with the same client id, %s.",
                  mqtt->client_id);
    cli_cause_say(cause->why,
                  "it was open for %" PRIu64 ".%" PRIu64
                  " s, and keep-alive was kept; MQTT 3.1.1 has no way to say more",
                  mqtt->open_ms / 1000u, mqtt->open_ms / 100u % 10u);
    cli_cause_say(cause->todo, "Give every client an id of its own (-i). If it has one, look at "
                               "the broker's log: it may have been stopped.");
}

static void no_answer(const cli_scene *scene, cli_cause *cause)
{
    if (scene->conn->stats.mqtt_us == 0) {
        cli_cause_say(cause->what, "The server speaks TLS, but did not answer MQTT's CONNECT "
                                   "before the deadline passed.");
    }
}

void cli_cause_broker(const cli_scene *scene, cli_cause *cause)
{
    const cli_cause_mqtt *mqtt = scene->mqtt;
    bool is_greeted = scene->conn->stats.mqtt_us > 0;
    switch ((hf_code)scene->error->code) {
    case HF_E_MQTT_REFUSED_AUTHORITY:
        not_authorised(scene, cause);
        break;
    case HF_E_MQTT_REFUSED_CLIENT_ID:
        cli_cause_say(cause->why, "client id: %s", mqtt->client_id);
        break;
    case HF_E_MQTT_CLOSED:
        if (is_greeted) {
            left(scene, cause);
        } else {
            closed_at_once(scene, cause);
        }
        break;
    case HF_E_MQTT_MALFORMED:
    case HF_E_MQTT_PROTOCOL:
        if (!is_greeted) {
            no_mqtt(scene, cause);
        }
        break;
    case HF_E_MQTT_TIMEOUT:
        no_answer(scene, cause);
        break;
    default:
        break;
    }
}
