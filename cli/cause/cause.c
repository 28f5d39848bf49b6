/* Why a connection failed: where to look, and what the network's errors mean. See cause.h. */
#include "cause_part.h"
#include "report.h"

#include <inttypes.h>

/* The server ended the connection before the handshake was over, and said nothing about it. */
static void closed(const cli_scene *scene, cli_cause *cause)
{
    uint64_t came = scene->conn->stats.bytes_in;
    if (came > 0) {
        cli_cause_say(cause->what,
                      "The connection was cut in the middle of the handshake, after %" PRIu64
                      " bytes from the server; no alert says why.",
                      came);
        cli_cause_say(cause->todo,
                      "Look at the server's log. If it did not close the connection, something on "
                      "the way did (firewall, proxy): try without it.");
        return;
    }
    cli_cause_say(cause->what, "The server closed the connection when it got the ClientHello, "
                               "without a byte in answer: so do ports that do not speak TLS.");
    cli_cause_say(cause->todo,
                  "Check the port: MQTT with TLS is usually 8883 (1883 is without). If it is the "
                  "right one, look at the server's log: %s; a firewall or proxy on the way may "
                  "have ended it, too: try without it.",
                  cli_cause_sent_name(scene)
                      ? "it may not serve this name (SNI)"
                      : "it may want a host name (SNI; none was sent, so try --servername NAME)");
}

static void silent(const cli_scene *scene, cli_cause *cause)
{
    uint64_t came = scene->conn->stats.bytes_in;
    if (came > 0) {
        cli_cause_say(cause->what,
                      "The handshake began, then nothing more came: %" PRIu64
                      " bytes were received before the deadline passed.",
                      came);
        cli_cause_say(cause->todo,
                      "If it always stops at the same place, packets of full size may be lost on "
                      "the way (MTU of a tunnel or modem); else raise --timeout, or look at the "
                      "server's load.");
        return;
    }
    cli_cause_say(cause->what, "The server accepted the connection and did not answer the "
                               "ClientHello: not a byte came before the deadline passed.");
    cli_cause_say(cause->todo,
                  "Check that the port speaks TLS, and that the server is not overloaded or "
                  "stopped; raise --timeout if the link is slow.");
}

static void too_large(const cli_scene *scene, cli_cause *cause)
{
    cli_cause_say(cause->why, "a record of %u bytes came, and --input-buffer is %zu",
                  scene->error->detail, scene->setup->memory.input.cap);
    cli_cause_say(cause->todo,
                  "Give --input-buffer %u (on a device: such a buffer), or make the server send "
                  "smaller records: it was asked to, and did not do so.",
                  scene->error->detail);
}

/* In TLS 1.3 a server decides about us after our side of the handshake is done; when its socket is
 * closed with our data unread, its alert is lost on the way. */
static void cut_at_the_end(const cli_scene *scene, cli_cause *cause)
{
    const hf_tls *tls = &scene->conn->tls;
    bool is_begun = scene->mqtt != NULL && scene->conn->stats.mqtt_us > 0;
    if (scene->error->stage != HF_STAGE_TLS || hf_tls_version(tls) != HF_TLS13 || is_begun) {
        return;
    }
    cli_cause_say(cause->what,
                  "The server reset the connection as soon as our side of the handshake was done: "
                  "usually it refuses the device%s.",
                  hf_tls_sent_certificate(tls)    ? "'s certificate"
                  : hf_tls_asked_certificate(tls) ? ", which showed no certificate"
                                                  : "");
    cli_cause_say(cause->todo, "Look at the server's log: why it refuses was lost with the reset. "
                               "With --tls 1.2 it may be told.");
}

void cli_cause_find(const cli_scene *scene, cli_cause *cause)
{
    *cause = (cli_cause){.what = ""};
    switch ((hf_code)scene->error->code) {
    case HF_E_ALERT:
        cli_cause_refused(scene, cause);
        break;
    case HF_E_CLOSED_IN_HANDSHAKE:
        closed(scene, cause);
        break;
    case HF_E_NETWORK:
        cut_at_the_end(scene, cause);
        break;
    case HF_E_TLS_TIMEOUT:
        silent(scene, cause);
        break;
    case HF_E_RECORD_TOO_LARGE:
        too_large(scene, cause);
        break;
    default:
        cli_cause_certificate(scene, cause);
        break;
    }
    if (scene->mqtt != NULL && scene->error->stage == HF_STAGE_MQTT) {
        cli_cause_broker(scene, cause);
    }
}

cli_exit cli_cause_fail(const cli_scene *scene, const char *subject)
{
    cli_cause cause;
    cli_cause_find(scene, &cause);
    return cli_fail_cause(scene->error, subject, cause.what, cause.why, cause.todo);
}
