/* Blocking calls of the link keeper: each makes a request and waits for its answer.
 *
 * In the flow: loops around hf_link_step(). Invariant: at most one request is awaited; its answer
 * is noted whenever it comes, also inside hf_link_receive().
 */
#include <handfast/link.h>

#include "net/conn.h"
#include "net/port.h"

static void sleep_until(hf_link *link, uint64_t deadline)
{
    uint64_t now = hf_net_now(&link->conn);
    int due = hf_link_timeout(link);
    int limit = hf_wait_ms(deadline, now);
    uint64_t at = deadline;
    if (due >= 0 && (limit < 0 || due < limit)) {
        at = now + (uint64_t)due * 1000u;
    }
    hf_conn_sleep(&link->conn, at);
}

hf_code hf_link_wait(hf_link *link)
{
    hf_code code = hf_link_step(link);
    while (code == HF_PENDING) {
        sleep_until(link, 0);
        code = hf_link_step(link);
    }
    return code;
}

static void note(hf_link *link, const hf_mqtt_event *event)
{
    if (event->kind == HF_MQTT_EVENT_UNACKNOWLEDGED && event->resend) {
        (void)hf_mqtt_forget(&link->mqtt, event->id); /* its call has failed already */
    }
    if (event->kind != link->awaiting || event->id != link->awaited || link->answers == 0) {
        return;
    }
    link->answers--;
    if (event->code != HF_OK && link->outcome == HF_OK) {
        link->outcome = (uint16_t)event->code;
        link->refused = event->index;
    }
}

/* One round: bytes, time, events. */
static hf_code go_on(hf_link *link)
{
    if (link->lent) {
        link->lent = false;
        (void)hf_mqtt_message_done(&link->mqtt); /* an error stands in wants() and the next step */
    }
    hf_mqtt_event event;
    hf_code code = hf_link_step(link);
    while (code == HF_OK && hf_mqtt_get_event(&link->mqtt, &event)) {
        note(link, &event);
        if ((hf_mqtt_wants(&link->mqtt) & HF_HAS_EVENT) == 0) {
            code = hf_link_step(link);
        }
    }
    return code == HF_PENDING ? HF_E_USAGE : code; /* not open yet */
}

static void await(hf_link *link, uint8_t kind, uint16_t id, size_t answers)
{
    link->awaiting = kind;
    link->awaited = id;
    link->answers = (uint8_t)answers;
    link->outcome = HF_OK;
    link->refused = 0;
}

static bool is_sent(const hf_link *link)
{
    return ((hf_mqtt_wants(&link->mqtt) | hf_conn_wants(&link->conn)) & HF_WANT_OUTPUT) == 0;
}

/* HF_PENDING: a message stands in the way. */
static hf_code finish_by(hf_link *link, uint64_t deadline)
{
    hf_code code = go_on(link);
    while (code == HF_OK && (link->answers > 0 || !is_sent(link))) {
        if ((hf_mqtt_wants(&link->mqtt) & HF_HAS_DATA) != 0 && link->answers > 0) {
            return HF_PENDING;
        }
        if (hf_deadline_passed(deadline, hf_net_now(&link->conn))) {
            return HF_E_MQTT_TIMEOUT;
        }
        sleep_until(link, deadline);
        code = go_on(link);
    }
    return code == HF_OK ? (hf_code)link->outcome : code;
}

hf_code hf_link_finish(hf_link *link, uint32_t timeout_ms)
{
    return finish_by(link, hf_deadline(hf_net_now(&link->conn), timeout_ms));
}

/* Until the output has room for the request that returned HF_PENDING. */
static hf_code wait_for_room(hf_link *link, uint64_t deadline)
{
    hf_code code = go_on(link);
    if (code != HF_OK || (hf_mqtt_wants(&link->mqtt) & HF_HAS_ROOM) != 0) {
        return code;
    }
    if (hf_deadline_passed(deadline, hf_net_now(&link->conn))) {
        return HF_E_MQTT_TIMEOUT;
    }
    sleep_until(link, deadline);
    return HF_OK;
}

hf_code hf_link_publish(hf_link *link, const hf_mqtt_publication *publication, hf_span payload,
                        uint32_t timeout_ms)
{
    uint64_t deadline = hf_deadline(hf_net_now(&link->conn), timeout_ms);
    uint16_t id = 0;
    hf_code code = go_on(link);
    while (code == HF_OK) {
        code = hf_mqtt_publish(&link->mqtt, publication, payload, &id);
        if (code != HF_PENDING) {
            break;
        }
        code = wait_for_room(link, deadline);
    }
    if (code != HF_OK) {
        return code;
    }
    await(link, HF_MQTT_EVENT_PUBLISHED, id, publication->qos == 0 ? 0 : 1);
    return finish_by(link, deadline);
}

typedef hf_code filter_request(hf_mqtt *m, const hf_mqtt_filter *filters, size_t count,
                               uint16_t *id);

static hf_code request(hf_link *link, filter_request *make, const hf_mqtt_filter *filters,
                       size_t count, uint64_t deadline, uint16_t *id)
{
    hf_code code = go_on(link);
    while (code == HF_OK) {
        code = make(&link->mqtt, filters, count, id);
        if (code != HF_PENDING) {
            break;
        }
        code = wait_for_room(link, deadline);
    }
    return code;
}

hf_code hf_link_subscribe(hf_link *link, const hf_mqtt_filter *filters, size_t count,
                          uint32_t timeout_ms)
{
    uint64_t deadline = hf_deadline(hf_net_now(&link->conn), timeout_ms);
    uint16_t id = 0;
    if (count > UINT8_MAX) {
        return HF_E_USAGE;
    }
    hf_code code = request(link, hf_mqtt_subscribe, filters, count, deadline, &id);
    if (code != HF_OK) {
        return code;
    }
    await(link, HF_MQTT_EVENT_SUBSCRIBED, id, count);
    return finish_by(link, deadline);
}

hf_code hf_link_unsubscribe(hf_link *link, const hf_mqtt_filter *filters, size_t count,
                            uint32_t timeout_ms)
{
    uint64_t deadline = hf_deadline(hf_net_now(&link->conn), timeout_ms);
    uint16_t id = 0;
    hf_code code = request(link, hf_mqtt_unsubscribe, filters, count, deadline, &id);
    if (code != HF_OK) {
        return code;
    }
    await(link, HF_MQTT_EVENT_UNSUBSCRIBED, id, 1);
    return finish_by(link, deadline);
}

hf_code hf_link_receive(hf_link *link, hf_mqtt_message *message, uint32_t timeout_ms)
{
    uint64_t deadline = hf_deadline(hf_net_now(&link->conn), timeout_ms);
    hf_code code = go_on(link);
    while (code == HF_OK && !hf_mqtt_get_message(&link->mqtt, message)) {
        if (timeout_ms == 0) {
            return HF_PENDING;
        }
        if (hf_deadline_passed(deadline, hf_net_now(&link->conn))) {
            return HF_E_TIMEOUT;
        }
        sleep_until(link, deadline);
        code = go_on(link);
    }
    link->lent = code == HF_OK;
    return code;
}
