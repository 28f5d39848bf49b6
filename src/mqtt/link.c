/* The link keeper: moves bytes between the MQTT engine and a secure connection.
 *
 * In the flow: the top of the library; hf_mqtt and hf_conn know nothing of each other. Invariants:
 * one deadline, the connection's, bounds everything to CONNACK; what the broker has sent is read
 * before the end of the connection is reported, so that a CONNACK with a refusal or a last message
 * is never lost behind it.
 */
#include <handfast/link.h>

#include "mqtt/link_begin.h"
#include "mqtt/link_tell.h"
#include "net/conn.h"
#include "net/port.h"

#include <string.h>

hf_code hf_link_init(hf_link *link, const hf_link_memory *memory)
{
    memset(link, 0, sizeof *link);
    hf_error_clear(&link->error);
    hf_error_clear(&link->conn.error);
    link->tls_memory = memory->tls;
    hf_code code = hf_mqtt_init(&link->mqtt, &memory->mqtt);
    link->error = link->mqtt.error;
    return code;
}

/* The record of the part that failed becomes the link's. */
static hf_code fail(hf_link *link, const hf_error *cause, hf_code code, hf_stage stage)
{
    if (link->error.code == HF_OK) {
        link->error = *cause;
        link->error.stage = (uint8_t)stage;
    }
    bool again = link->state == HF_LINK_FAILED;
    link->state = HF_LINK_FAILED;
    code = hf_fail(&link->error, code);
    if (!again && stage == HF_STAGE_MQTT) {
        hf_link_tell_failure(link);
    }
    return code;
}

static hf_code mqtt_failed(hf_link *link, hf_code code)
{
    hf_error none;
    hf_error_clear(&none);
    const hf_error *error = &link->mqtt.error;
    return fail(link, error->code == HF_OK ? &none : error, code, HF_STAGE_MQTT);
}

/* An end without close_notify is a plain end here: MQTT's packets have lengths of their own. */
static hf_code conn_failed(hf_link *link, hf_code code)
{
    const hf_error *error = hf_conn_error(&link->conn);
    if (code == HF_E_TRUNCATED) {
        return mqtt_failed(link, HF_E_MQTT_CLOSED);
    }
    return fail(link, error, code, (hf_stage)error->stage);
}

/* Ends the MQTT engine's side of a connection that is gone, whatever still waits in it. */
static void put_down(hf_link *link)
{
    hf_mqtt_event event;
    (void)hf_mqtt_input_end(&link->mqtt);
    unsigned wants = hf_mqtt_wants(&link->mqtt);
    while ((wants & (HF_HAS_DATA | HF_HAS_EVENT)) != 0 && (wants & HF_IS_FAILED) == 0) {
        if (!hf_mqtt_get_event(&link->mqtt, &event)) {
            (void)hf_mqtt_message_done(&link->mqtt);
        }
        wants = hf_mqtt_wants(&link->mqtt);
    }
}

hf_code hf_link_begin(hf_link *link, const hf_mqtt_options *mqtt)
{
    if (link->state != HF_LINK_CLOSED) {
        return HF_E_USAGE;
    }
    hf_error_clear(&link->error);
    link->awaiting = HF_MQTT_EVENT_NONE;
    link->session_present = false;
    link->lent = false;
    memset(link->passing, 0, sizeof link->passing);
    link->told = 0;
    hf_code code = hf_mqtt_connect(&link->mqtt, mqtt);
    if (code == HF_E_MQTT_TOO_LARGE || code == HF_E_MEMORY_TOO_SMALL) {
        bool connect = code == HF_E_MQTT_TOO_LARGE; /* else hf_link_init() has failed */
        link->error.detail = connect ? hf_mqtt_needed_output(&link->mqtt) : HF_MQTT_BUFFER_MIN;
    }
    return code == HF_OK ? HF_OK : fail(link, &link->error, code, HF_STAGE_SETUP);
}

hf_code hf_link_begun(hf_link *link, hf_code code)
{
    link->state = HF_LINK_OPENING;
    return code == HF_PENDING ? HF_PENDING : conn_failed(link, code);
}

/* MQTT's output to the connection. HF_PENDING: it takes no more now. A failure is left to the
 * receiving side, which reads first what has arrived. */
static hf_code push(hf_link *link)
{
    size_t len = 0;
    const uint8_t *data = hf_mqtt_output(&link->mqtt, &len);
    hf_code code = HF_OK;
    while (code == HF_OK && len > 0) {
        size_t written = 0;
        hf_link_tell_sending(link, (hf_span){data, len});
        code = hf_conn_write(&link->conn, data, len, &written, 0);
        if (written > 0) {
            link->told -= (uint32_t)written;
            (void)hf_mqtt_output_done(&link->mqtt, written);
        }
        data = hf_mqtt_output(&link->mqtt, &len);
    }
    return code;
}

/* Received data to MQTT's input. HF_OK: some came; HF_PENDING: none, or no room for any. */
static hf_code pull(hf_link *link)
{
    size_t room = 0;
    size_t len = 0;
    uint8_t *space = hf_mqtt_input(&link->mqtt, &room);
    if (room == 0) {
        return HF_PENDING;
    }
    hf_code code = hf_conn_read(&link->conn, space, room, &len, 0);
    if (code == HF_OK && len > 0) {
        hf_link_tell(link, false, (hf_span){space, len});
        code = hf_mqtt_input_done(&link->mqtt, len);
        return code == HF_OK || code == HF_PENDING ? HF_OK : mqtt_failed(link, code);
    }
    if (code == HF_PENDING) {
        return HF_PENDING;
    }
    (void)hf_mqtt_input_end(&link->mqtt);
    return HF_PENDING; /* the engine fails when what has arrived is taken */
}

/* The engine has failed. If only because the connection ended, the connection knows why. */
static hf_code explain(hf_link *link)
{
    hf_code code = (hf_code)link->mqtt.error.code;
    hf_code cause = (hf_code)hf_conn_error(&link->conn)->code;
    return code == HF_E_MQTT_CLOSED && cause != HF_OK ? conn_failed(link, cause)
                                                      : mqtt_failed(link, code);
}

/* Moves bytes both ways until nothing moves. HF_OK, or the link's error. */
static hf_code move(hf_link *link)
{
    hf_code code = HF_OK;
    while (code == HF_OK) {
        (void)push(link);
        code = pull(link);
    }
    if (code != HF_PENDING) {
        return code;
    }
    (void)push(link);
    bool failed = (hf_mqtt_wants(&link->mqtt) & HF_IS_FAILED) != 0;
    return failed ? explain(link) : HF_OK;
}

static hf_code tick(hf_link *link, uint64_t now)
{
    link->ticked = (uint32_t)(now / 1000u);
    hf_code code = hf_mqtt_tick(&link->mqtt, link->ticked);
    return code == HF_OK ? HF_OK : mqtt_failed(link, code);
}

/* The CONNECTED event is the link's; HF_PENDING until it is there. */
static hf_code greet(hf_link *link, uint64_t now)
{
    hf_mqtt_event event;
    bool waits = (hf_mqtt_wants(&link->mqtt) & HF_HAS_EVENT) != 0;
    if (waits && hf_mqtt_get_event(&link->mqtt, &event)) {
        uint64_t spent = now - link->greeting_began;
        link->conn.stats.mqtt_us = spent < UINT32_MAX ? (uint32_t)spent : UINT32_MAX;
        link->session_present = event.session_present;
        link->state = HF_LINK_OPEN;
        if (event.code != HF_OK) {
            return mqtt_failed(link, event.code);
        }
        hf_link_tell_stage(link, HF_OK);
        return HF_OK;
    }
    if (hf_deadline_passed(link->conn.deadline, now)) {
        return mqtt_failed(link, HF_E_MQTT_TIMEOUT);
    }
    return HF_PENDING;
}

/* A CONNACK that refuses has made the engine fail: its code stands there already. */
static hf_code step_open(hf_link *link)
{
    hf_code code = move(link);
    code = code == HF_OK ? tick(link, hf_net_now(&link->conn)) : code;
    if (code == HF_OK) {
        (void)push(link);
        code = link->state == HF_LINK_GREETING ? greet(link, hf_net_now(&link->conn)) : HF_OK;
    }
    return code;
}

hf_code hf_link_step(hf_link *link)
{
    if (link->state == HF_LINK_CLOSED) {
        return HF_E_CLOSED;
    }
    if (link->state == HF_LINK_FAILED) {
        return (hf_code)link->error.code;
    }
    if (link->state == HF_LINK_OPENING) {
        hf_code code = hf_conn_step(&link->conn);
        if (code != HF_OK) {
            return code == HF_PENDING ? HF_PENDING : conn_failed(link, code);
        }
        link->state = HF_LINK_GREETING;
        link->greeting_began = hf_net_now(&link->conn);
        hf_link_tell_stage(link, HF_PENDING);
    }
    return step_open(link);
}

int hf_link_fd(const hf_link *link)
{
    return hf_conn_fd(&link->conn);
}

int hf_link_timeout(const hf_link *link)
{
    if (link->state == HF_LINK_CLOSED || link->state == HF_LINK_FAILED) {
        return -1;
    }
    int wait = hf_conn_timeout(&link->conn);
    if (link->state == HF_LINK_OPENING) {
        return wait;
    }
    uint64_t now = hf_net_now(&link->conn);
    uint32_t next = hf_mqtt_next_tick(&link->mqtt);
    if (next != HF_MQTT_NO_TICK) {
        uint32_t since = (uint32_t)(now / 1000u) - link->ticked;
        uint32_t left = next > since ? next - since : 0;
        int ms = left < INT32_MAX ? (int)left : INT32_MAX;
        wait = wait < 0 || ms < wait ? ms : wait;
    }
    if (link->state == HF_LINK_GREETING && link->conn.deadline != 0) {
        int ms = hf_wait_ms(link->conn.deadline, now);
        wait = wait < 0 || ms < wait ? ms : wait;
    }
    return wait;
}

const hf_error *hf_link_error(const hf_link *link)
{
    return &link->error;
}

/* Says DISCONNECT and waits for the broker's end. */
static hf_code say_goodbye(hf_link *link, uint32_t timeout_ms)
{
    uint64_t deadline = hf_deadline(hf_net_now(&link->conn), timeout_ms);
    hf_code code = hf_mqtt_disconnect(&link->mqtt);
    if (code != HF_OK) {
        return code;
    }
    code = push(link);
    while (code == HF_PENDING && !hf_deadline_passed(deadline, hf_net_now(&link->conn))) {
        hf_conn_sleep(&link->conn, deadline);
        code = hf_conn_step(&link->conn);
        code = code == HF_OK ? push(link) : code;
    }
    if (code != HF_OK) {
        return code == HF_PENDING ? HF_E_TIMEOUT : code;
    }
    uint64_t now = hf_net_now(&link->conn);
    uint32_t left = timeout_ms;
    if (deadline != 0) {
        left = deadline > now ? (uint32_t)((deadline - now + 999u) / 1000u) : 0u;
    }
    code = hf_conn_shutdown(&link->conn, left);
    if (code == HF_E_NETWORK) {
        return HF_OK; /* a broker may end with a reset: DISCONNECT was the last word */
    }
    return code == HF_PENDING ? HF_E_TIMEOUT : code;
}

hf_code hf_link_close(hf_link *link, uint32_t timeout_ms)
{
    hf_code code = (hf_code)link->error.code;
    if (link->state == HF_LINK_CLOSED) {
        return code;
    }
    if (link->state == HF_LINK_OPEN) {
        code = say_goodbye(link, timeout_ms);
    }
    hf_conn_close(&link->conn);
    put_down(link);
    link->state = HF_LINK_CLOSED;
    return code;
}
