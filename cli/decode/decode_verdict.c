/* Verdicts. See decode_verdict.h; why alerts are sent is in decode_explain.c. */
#include "decode_verdict.h"

#include "trace/dissect.h"

#include <stdio.h>
#include <string.h>

#define ALERT13 24u /* bytes of a sealed alert of TLS 1.3 without padding */
#define FATAL   2u
#define BIG     4096u /* a record that small devices may have no buffer for */

static const char *const SIDES[] = {"client", "server"};

const char *decode_version_text(uint16_t version)
{
    switch (version) {
    case HF_TLS13:
        return "TLS 1.3";
    case HF_TLS12:
        return "TLS 1.2";
    case 0x0302:
        return "TLS 1.1";
    case 0x0301:
        return "TLS 1.0";
    case 0:
        return "TLS";
    default:
        return version >> 8 == 3 ? "SSL 3.0" : "a draft of TLS";
    }
}

/* Milliseconds with one more digit than is needed to tell network from computing. */
static double ms(int64_t from, int64_t to)
{
    return (double)(to - from) / 1e6;
}

/* ---- alerts */

static bool judge_alert(const decode_tls *tls, decode_verdict *verdict)
{
    const decode_alert *first = NULL;
    for (unsigned i = 0; i < 2; i++) {
        const decode_alert *alert = &tls->sides[i].alert;
        bool fatal = !alert->readable || alert->level == FATAL || tls->version == HF_TLS13;
        if (alert->seen && fatal && alert->readable &&
            (first == NULL || alert->time < first->time)) {
            first = alert;
            verdict->alert_by = (uint8_t)i;
        }
    }
    if (first == NULL) {
        return false;
    }
    verdict->outcome = "alert";
    verdict->alert = first;
    (void)snprintf(verdict->what, sizeof verdict->what,
                   "The %s ended the connection %s the handshake, after %.1f ms, with the alert %s "
                   "(%u).",
                   SIDES[verdict->alert_by], tls->complete ? "behind" : "in",
                   ms(tls->begun, first->time), hf_alert_name(first->description),
                   first->description);
    decode_explain_alert(tls, first, verdict->alert_by == DECODE_CLIENT, verdict);
    return true;
}

/* Sealed, so only its size is known: a client's first sealed record of TLS 1.3 would be its
 * Finished or longer. In TLS 1.2 the type is readable. */
static bool judge_sealed_alert(const decode_tls *tls, decode_verdict *verdict)
{
    const decode_side *client = &tls->sides[DECODE_CLIENT];
    bool sealed13 = tls->version == HF_TLS13 && client->unread > 0 &&
                    client->first_sealed == ALERT13 && client->early == 0;
    bool sealed12 = tls->version == HF_TLS12 && !tls->complete &&
                    (client->alert.seen || tls->sides[DECODE_SERVER].alert.seen);
    if (!sealed13 && !sealed12) {
        return false;
    }
    unsigned by = sealed13 || client->alert.seen ? DECODE_CLIENT : DECODE_SERVER;
    verdict->outcome = "alert";
    verdict->alert_by = (uint8_t)by;
    (void)snprintf(verdict->what, sizeof verdict->what,
                   "The %s ended the handshake with an alert that cannot be read without the "
                   "connection's secrets.",
                   SIDES[by]);
    (void)snprintf(verdict->why, sizeof verdict->why, "%s",
                   sealed13 ? "Its only sealed record behind the server's flight has the size of "
                              "an alert: most often the client did not accept the server's "
                              "certificate."
                            : "");
    verdict->todo = "Look at that side's log, or capture again with a key log (--keylog).";
    return true;
}

/* ---- handshakes that are over */

static bool is_over(const decode_half *half)
{
    return half->fin || half->rst;
}

static const char *ending(const decode_tls *tls, const decode_flow *flow, unsigned client)
{
    const decode_half *ours = &flow->halves[client];
    const decode_half *theirs = &flow->halves[1 - client];
    bool closed_client = tls->sides[DECODE_CLIENT].closed.seen;
    bool closed_server = tls->sides[DECODE_SERVER].closed.seen;
    if (closed_client || closed_server) {
        bool both = closed_client && closed_server;
        return both            ? "both sides closed it in order"
               : closed_client ? "the client closed it in order"
                               : "the server closed it in order";
    }
    if (ours->rst || theirs->rst) {
        return ours->rst ? "the client reset the TCP connection"
                         : "the server reset the TCP connection";
    }
    if (ours->fin || theirs->fin) {
        bool first = ours->fin && (!theirs->fin || ours->fin_time <= theirs->fin_time);
        return first ? "the client ended the TCP connection"
                     : "the server ended the TCP connection";
    }
    return "the capture ends while it is open";
}

/* MQTT 3.1.1's return codes are errors of the library. */
static bool judge_connack(const decode_tls *tls, decode_verdict *verdict)
{
    static const hf_code CODES[] = {HF_OK,
                                    HF_E_MQTT_REFUSED_VERSION,
                                    HF_E_MQTT_REFUSED_CLIENT_ID,
                                    HF_E_MQTT_REFUSED_UNAVAILABLE,
                                    HF_E_MQTT_REFUSED_LOGIN,
                                    HF_E_MQTT_REFUSED_AUTHORITY};
    if (!tls->has_connack || tls->connack == 0) {
        return false;
    }
    bool known = tls->connack < sizeof CODES / sizeof CODES[0];
    verdict->outcome = "refused";
    (void)snprintf(verdict->what, sizeof verdict->what,
                   "The handshake was completed, but the broker refused the client: CONNACK with "
                   "code %u.",
                   tls->connack);
    if (known) {
        (void)snprintf(verdict->why, sizeof verdict->why, "%s", hf_error_what(CODES[tls->connack]));
        verdict->todo = hf_error_todo(CODES[tls->connack]);
    } else {
        (void)snprintf(verdict->why, sizeof verdict->why,
                       "It is a reason code of MQTT 5: handfast explain mqtt5:%u", tls->connack);
        verdict->todo = "Look at the broker's log.";
    }
    return true;
}

static void judge_completed(const decode_tls *tls, const decode_flow *flow, unsigned client,
                            decode_verdict *verdict)
{
    verdict->outcome = "completed";
    (void)snprintf(verdict->what, sizeof verdict->what,
                   "The handshake was completed after %.1f ms: %s, %s%s; %s.",
                   ms(tls->begun, tls->completed), decode_version_text(tls->version),
                   hf_any_suite_name(tls->suite), tls->has_connack ? "; MQTT was accepted" : "",
                   ending(tls, flow, client));
    (void)judge_connack(tls, verdict);
}

/* ---- and those that are not, or that cannot be read */

/* What sizes tell of TLS 1.3. A server's refusal of the client's certificate comes behind the
 * client's Finished (RFC 8446 E.1.2). */
static const char *guess(const decode_tls *tls, const decode_flow *flow, unsigned client)
{
    const decode_side *ours = &tls->sides[DECODE_CLIENT];
    const decode_side *theirs = &tls->sides[DECODE_SERVER];
    bool servers = is_over(&flow->halves[1 - client]) &&
                   (!is_over(&flow->halves[client]) ||
                    flow->halves[1 - client].fin_time <= flow->halves[client].fin_time);
    if (tls->version == HF_TLS13 && theirs->last_sealed == ALERT13 && servers) {
        return "The server's last record before it closed has the size of an alert: close_notify, "
               "or that it refuses the client's certificate.";
    }
    if (ours->sealed > 1 && theirs->sealed > 1) {
        return "Both sides went on behind the client's Finished, so the handshake was completed, "
               "as it seems.";
    }
    return "";
}

static void judge_sealed(const decode_tls *tls, const decode_flow *flow, unsigned client,
                         decode_verdict *verdict)
{
    const decode_side *ours = &tls->sides[DECODE_CLIENT];
    const decode_side *theirs = &tls->sides[DECODE_SERVER];
    verdict->outcome = "sealed";
    (void)snprintf(verdict->what, sizeof verdict->what,
                   "What follows the hellos cannot be read without the connection's secrets: %u "
                   "sealed records of the client, %u of the server; %s.",
                   ours->sealed, theirs->sealed, ending(tls, flow, client));
    (void)snprintf(verdict->why, sizeof verdict->why, "%s", guess(tls, flow, client));
    verdict->todo = decode_suite(tls->suite) == NULL
                        ? "Records of this suite are not opened by this program."
                        : "Capture again with a key log, and give it with --keylog.";
}

static void judge_cut(const decode_tls *tls, const decode_flow *flow, unsigned client,
                      decode_verdict *verdict)
{
    const decode_side *ours = &tls->sides[DECODE_CLIENT];
    const decode_side *theirs = &tls->sides[DECODE_SERVER];
    bool answered = theirs->records > 0;
    const decode_flight *last =
        tls->flights_count > 0 ? &tls->flights[tls->flights_count - 1] : NULL;
    verdict->outcome = "cut";
    (void)snprintf(verdict->what, sizeof verdict->what,
                   "The handshake was not completed, and no alert says why: %s. The last message "
                   "was %s, from the %s.",
                   ending(tls, flow, client),
                   last == NULL ? "none" : hf_message_name(tls->sides[last->side].last_message),
                   last == NULL ? "client" : SIDES[last->side]);
    if (!answered) {
        (void)snprintf(verdict->why, sizeof verdict->why,
                       "The server did not answer the ClientHello within %.1f ms.",
                       ms(tls->begun, flow->last_time));
        verdict->todo = "Check that the port is that of a TLS server, and look for a firewall or "
                        "a TLS inspection in between that drops it.";
    } else if (last->side == DECODE_SERVER && is_over(&flow->halves[client])) {
        bool big = theirs->largest > BIG;
        (void)snprintf(verdict->why, sizeof verdict->why,
                       "The client gave up %.1f ms after the server's flight.%s",
                       ms(last->last, flow->last_time),
                       big ? " The server's longest record may not fit into its buffer." : "");
        verdict->todo = "Look at the client's log: too little memory, a record larger than its "
                        "buffer, a timeout, or a certificate that it does not accept.";
    } else {
        (void)snprintf(verdict->why, sizeof verdict->why,
                       "The longest records: %u bytes of the client, %u of the server.",
                       ours->largest, theirs->largest);
        verdict->todo = "Look at the log of the side that ended it; a timeout of either side and "
                        "a middlebox look the same from here.";
    }
}

static void judge_late(const decode_tls *tls, const decode_flow *flow, unsigned client,
                       decode_verdict *verdict)
{
    verdict->outcome = "late";
    (void)snprintf(verdict->what, sizeof verdict->what,
                   "The capture lacks the beginning of this connection, so its handshake cannot be "
                   "read; %s.",
                   ending(tls, flow, client));
    verdict->todo = "Start the capture before the device connects.";
}

void decode_judge(const decode_tls *tls, const decode_flow *flow, unsigned client,
                  decode_verdict *verdict)
{
    const decode_side *ours = &tls->sides[DECODE_CLIENT];
    const decode_side *theirs = &tls->sides[DECODE_SERVER];
    memset(verdict, 0, sizeof *verdict);
    verdict->todo = "";
    if (judge_alert(tls, verdict) || judge_sealed_alert(tls, verdict)) {
        return;
    }
    if (tls->complete) {
        judge_completed(tls, flow, client, verdict);
    } else if (tls->client_hellos == 0) {
        judge_late(tls, flow, client, verdict);
    } else if (tls->version != 0 && ours->unread + theirs->unread > 0 && ours->sealed > 0 &&
               theirs->sealed > 0) {
        judge_sealed(tls, flow, client, verdict);
    } else {
        judge_cut(tls, flow, client, verdict);
    }
}
