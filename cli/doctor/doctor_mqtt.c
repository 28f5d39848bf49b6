/* MQTT: does the broker let this device in, does it answer a ping, and does it keep the connection?
 * Where it does not, a second question tells causes apart that look the same: another version of
 * MQTT, whose codes say more, or another client id.
 */
#include "doctor_broker.h"
#include "explain_codes.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

/* Reason codes of MQTT 5 (2.4) */
enum {
    REASON_KEEP_ALIVE = 0x8d,
    REASON_TAKEN_OVER = 0x8e,
};

static const char *make_id(char text[32])
{
    uint32_t random = 0;
    (void)getrandom(&random, sizeof random, 0);
    (void)snprintf(text, 32, "handfast-doctor-%04x", random & 0xffffu);
    return text;
}

static broker_try new_try(const doctor *d, uint8_t level, const char *id)
{
    const char *user = d->options->user;
    return (broker_try){
        .level = level,
        .client_id = id,
        .user = {(const uint8_t *)user, user == NULL ? 0 : strlen(user)},
        .password = {d->password.bytes, d->password.len},
        .keep_alive = d->options->keep_alive,
        .hold_ms = d->options->hold_ms,
    };
}

static const foreign_code *find_reason(uint8_t reason)
{
    const code_stack *stack = &CODE_STACKS[STACK_MQTT5];
    for (size_t i = 0; i < stack->count; i++) {
        if (stack->codes[i].number == reason) {
            return &stack->codes[i];
        }
    }
    return NULL;
}

/* CONNACK's code as an error of the library. */
static hf_code code_of(const broker_try *try)
{
    if (try->level == MQTT_311) {
        return try->reason >= 1 && try->reason <= 5
                   ? (hf_code)(HF_E_MQTT_REFUSED_VERSION + try->reason - 1)
                   : HF_E_MQTT_REFUSED;
    }
    switch (try->reason) {
    case 0x84:
        return HF_E_MQTT_REFUSED_VERSION;
    case 0x85:
        return HF_E_MQTT_REFUSED_CLIENT_ID;
    case 0x86:
        return HF_E_MQTT_REFUSED_LOGIN;
    case 0x87:
        return HF_E_MQTT_REFUSED_AUTHORITY;
    case 0x88:
    case 0x89:
        return HF_E_MQTT_REFUSED_UNAVAILABLE;
    default:
        return HF_E_MQTT_REFUSED;
    }
}

static void see_reason(doctor_result *result, uint8_t reason, const char *text)
{
    const foreign_code *known = find_reason(reason);
    doctor_see(result, "reason code 0x%02x: %s%s%s", reason,
               known == NULL ? "not known" : known->what,
               text[0] == '\0' ? "" : "; it says: ", text);
}

static void see_refusal(doctor_result *result, const broker_try *try)
{
    doctor_see(result, "MQTT %s, client id %s: CONNACK %u: %s",
               try->level == MQTT_5 ? "5" : "3.1.1", try->client_id, try->reason,
               hf_error_what(code_of(try)));
    if (try->level == MQTT_5) {
        see_reason(result, try->reason, try->text);
    }
}

/* ---- refused by CONNACK */

/* MQTT 3.1.1 has no word for it: mosquitto's max_keepalive answers "client id refused" (2). */
static void refused_id(doctor *d, const char *id, doctor_result *result)
{
    broker_try five = new_try(d, MQTT_5, id);
    doctor_broker(d, &five);
    bool shorter = five.end >= BROKER_ENDED && five.has_server_keep_alive &&
                   (five.server_keep_alive < five.keep_alive || five.keep_alive == 0);
    if (shorter) {
        doctor_see(result,
                   "MQTT 5 under the same id is let in, with a keep-alive of %u s instead "
                   "of %u",
                   five.server_keep_alive, five.keep_alive);
        doctor_judge(result, DOCTOR_FAULT, CAUSE_KEEP_ALIVE_TOO_LONG, HF_E_MQTT_REFUSED_CLIENT_ID,
                     "The keep-alive is longer than the broker allows: at most %u s (--keepalive "
                     "%u), or raise max_keepalive at the broker.",
                     five.server_keep_alive, five.server_keep_alive);
        return;
    }
    if (five.end == BROKER_REFUSED) {
        see_refusal(result, &five);
    }
    doctor_judge(result, DOCTOR_FAULT, CAUSE_MQTT_CLIENT_ID, HF_E_MQTT_REFUSED_CLIENT_ID,
                 "Choose another client id than %s: letters and digits, at most 23, and one that "
                 "the broker's rules allow (--client-id).",
                 id);
}

static void refused_version(doctor *d, const char *id, doctor_result *result)
{
    broker_try five = new_try(d, MQTT_5, id);
    doctor_broker(d, &five);
    bool good = five.end >= BROKER_ENDED;
    if (good) {
        doctor_see(result, "MQTT 5 is let in");
    }
    doctor_judge(result, DOCTOR_FAULT, CAUSE_MQTT_VERSION, HF_E_MQTT_REFUSED_VERSION, "%s",
                 good ? "Switch MQTT 3.1.1 on at the broker, or use a device that speaks MQTT 5."
                      : hf_error_todo(HF_E_MQTT_REFUSED_VERSION));
}

static void refused_authority(const doctor *d, hf_code code, doctor_result *result)
{
    const char *policy = d->host_rules == NULL ? NULL : d->host_rules->policy;
    bool wrong = code == HF_E_MQTT_REFUSED_LOGIN;
    if (wrong || d->options->password_file != NULL) {
        doctor_judge(result, DOCTOR_FAULT, CAUSE_MQTT_CREDENTIALS, code,
                     "Check user name and password (--username, --password-file) against the "
                     "broker's.%s",
                     wrong ? ""
                           : " Some brokers say \"not authorised\" for a wrong password; if it is "
                             "right, look at the access list for this client.");
    } else if (policy != NULL) {
        doctor_judge(result, DOCTOR_FAULT, CAUSE_MQTT_NOT_AUTHORISED, code, "%s", policy);
    } else {
        doctor_judge(result, DOCTOR_FAULT, CAUSE_MQTT_NOT_AUTHORISED, code, "%s%s",
                     hf_error_todo(code),
                     d->options->user == NULL ? " It may want a user name and a password "
                                                "(--username, --password-file)."
                                              : "");
    }
}

static void refused(doctor *d, const char *id, const broker_try *try, doctor_result *result)
{
    hf_code code = code_of(try);
    see_refusal(result, try);
    switch (code) {
    case HF_E_MQTT_REFUSED_VERSION:
        refused_version(d, id, result);
        break;
    case HF_E_MQTT_REFUSED_CLIENT_ID:
        refused_id(d, id, result);
        break;
    case HF_E_MQTT_REFUSED_LOGIN:
    case HF_E_MQTT_REFUSED_AUTHORITY:
        refused_authority(d, code, result);
        break;
    default:
        doctor_judge(result, DOCTOR_FAULT,
                     code == HF_E_MQTT_REFUSED_UNAVAILABLE ? CAUSE_MQTT_UNAVAILABLE
                                                           : CAUSE_MQTT_REFUSED,
                     code, "%s", hf_error_todo(code));
        break;
    }
}

/* ---- no CONNACK, or ended afterwards */

static void not_answered(doctor *d, const char *id, const broker_try *try, doctor_result *result)
{
    const char *policy = d->host_rules == NULL ? NULL : d->host_rules->policy;
    if (try->end == BROKER_OTHER) {
        doctor_see(result, "the answer to CONNECT begins with 0x%02x, which is no CONNACK%s",
                   try->first, try->first == 'H' ? ": it is HTTP" : "");
        doctor_judge(result, DOCTOR_FAULT, CAUSE_NOT_MQTT, HF_E_MQTT_MALFORMED,
                     "Connect to the port where the broker speaks MQTT over TLS (usually 8883), or "
                     "offer the ALPN protocol that selects it.");
        return;
    }
    if (try->end == BROKER_SILENT) {
        doctor_see(result, "no CONNACK within the time");
        doctor_judge(result, DOCTOR_FAULT, CAUSE_MQTT_SILENT, HF_E_MQTT_TIMEOUT, "%s",
                     hf_error_todo(HF_E_MQTT_TIMEOUT));
        return;
    }
    doctor_see(result, "the broker closes the connection instead of sending CONNACK");
    broker_try five = new_try(d, MQTT_5, id);
    if (policy == NULL) {
        doctor_broker(d, &five);
    }
    if (five.end >= BROKER_ENDED) {
        doctor_see(result, "MQTT 5 is let in");
        doctor_judge(result, DOCTOR_FAULT, CAUSE_MQTT_VERSION, HF_E_MQTT_REFUSED_VERSION,
                     "Switch MQTT 3.1.1 on at the broker, or use a device that speaks MQTT 5.");
        return;
    }
    if (five.end == BROKER_REFUSED) {
        see_refusal(result, &five);
    }
    doctor_judge(result, DOCTOR_FAULT, CAUSE_MQTT_CLOSED, HF_E_MQTT_CLOSED, "%s",
                 policy != NULL ? policy
                                : "Look at the broker's log: it does so when this client is not "
                                  "allowed, or when the port does not speak MQTT.");
}

static bool other_id_is_kept(doctor *d)
{
    char text[32];
    broker_try other = new_try(d, MQTT_311, make_id(text));
    doctor_broker(d, &other);
    return other.end == BROKER_KEPT;
}

/* MQTT 5's DISCONNECT says why; else a stranger's client id that is kept tells it. */
static void ended(doctor *d, const char *id, const broker_try *try, doctor_result *result)
{
    broker_try five = new_try(d, MQTT_5, id);
    doctor_see(result, "let in, and %u.%u s later the broker ends the connection",
               try->held_ms / 1000u, try->held_ms / 100u % 10u);
    if (d->host_rules == NULL || !d->host_rules->no_mqtt5) {
        doctor_broker(d, &five);
    }
    if (five.bye != 0) {
        see_reason(result, five.bye, five.text);
    }
    if (five.bye == REASON_KEEP_ALIVE) {
        doctor_judge(result, DOCTOR_FAULT, CAUSE_KEEP_ALIVE_MISSED, HF_E_MQTT_CLOSED,
                     "Send something, or PINGREQ, more often than every keep-alive.");
        return;
    }
    bool told = five.bye != 0;
    if (five.bye == REASON_TAKEN_OVER || (!told && other_id_is_kept(d))) {
        if (!told) {
            doctor_see(result, "under another client id the connection is kept");
        }
        doctor_judge(result, DOCTOR_FAULT, CAUSE_TAKEN_OVER, HF_E_MQTT_CLOSED,
                     "Another client connects under the client id %s and takes over: give every "
                     "device an id of its own, or stop the other one.",
                     id);
        return;
    }
    doctor_judge(result, DOCTOR_FAULT, CAUSE_MQTT_ENDED, HF_E_MQTT_CLOSED, "%s",
                 hf_error_todo(HF_E_MQTT_CLOSED));
}

static void kept(doctor *d, const broker_try *try, doctor_result *result)
{
    doctor_see(result, "MQTT 3.1.1, client id %s: CONNACK 0 after %u ms; kept for %u.%u s",
               try->client_id, try->connack_ms, try->held_ms / 1000u, try->held_ms / 100u % 10u);
    d->mqtt_out = (uint32_t)try->out;
    d->mqtt_in = (uint32_t)try->in;
    d->mqtt_done = true;
}

static void see_ping(doctor *d, const broker_try *try)
{
    doctor_result *result = &d->results[STEP_KEEP_ALIVE];
    if (try->pinged) {
        doctor_see(result, "PINGREQ was answered after %u ms", try->ping_ms);
        return;
    }
    doctor_see(result, "PINGREQ was not answered");
    doctor_judge(result, DOCTOR_FAULT, CAUSE_NO_PINGRESP, HF_E_MQTT_NO_PINGRESP, "%s",
                 hf_error_todo(HF_E_MQTT_NO_PINGRESP));
}

void doctor_mqtt(doctor *d, doctor_result *result)
{
    char made_up[32];
    const char *id = d->options->client_id != NULL ? d->options->client_id : make_id(made_up);
    if (d->options->password_file != NULL && d->password.bytes == NULL) {
        doctor_skip(result, "the password file cannot be read");
        return;
    }
    broker_try try = new_try(d, MQTT_311, id);
    doctor_broker(d, &try);
    if (try.end >= BROKER_ENDED && (try.pinged || try.end == BROKER_KEPT)) {
        see_ping(d, &try);
    }
    switch ((broker_end)try.end) {
    case BROKER_NO_LOGIN:
        doctor_see(result, "%s", hf_error_what(try.code));
        doctor_judge(result, DOCTOR_FAULT, CAUSE_CONNECTION, try.code, "%s",
                     hf_error_todo(try.code));
        break;
    case BROKER_REFUSED:
        refused(d, id, &try, result);
        break;
    case BROKER_ENDED:
        ended(d, id, &try, result);
        break;
    case BROKER_KEPT:
        kept(d, &try, result);
        break;
    default:
        not_answered(d, id, &try, result);
        break;
    }
}

/* ---- keep-alive */

void doctor_keep_alive(doctor *d, doctor_result *result)
{
    char made_up[32];
    const char *id = d->options->client_id != NULL ? d->options->client_id : make_id(made_up);
    if (!d->mqtt_done) {
        doctor_skip(result, "the broker has not let us in");
        return;
    }
    if (d->host_rules != NULL && d->host_rules->no_mqtt5) {
        doctor_see(result,
                   "the broker's own keep-alive is told in MQTT 5 only, which %s does not "
                   "speak",
                   d->host_rules->service);
        return;
    }
    broker_try five = new_try(d, MQTT_5, id);
    five.hold_ms = 1;
    doctor_broker(d, &five);
    if (five.end < BROKER_ENDED) {
        doctor_see(result, "MQTT 5 is not spoken, so the broker's own keep-alive is not told");
    } else if (five.has_server_keep_alive) {
        doctor_see(result, "asked for %u s, the broker keeps to %u s (MQTT 5)", five.keep_alive,
                   five.server_keep_alive);
        doctor_judge(result, DOCTOR_WARNING, CAUSE_SERVER_KEEP_ALIVE, HF_OK,
                     "Ask for at most %u s: MQTT 3.1.1 has no way to tell a device, and it may be "
                     "thrown out.",
                     five.server_keep_alive);
    } else {
        doctor_see(result, "the broker takes the keep-alive of %u s (MQTT 5)", five.keep_alive);
    }
}
