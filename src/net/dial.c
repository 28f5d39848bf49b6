/* Tries the peer's addresses as RFC 8305 says: families alternate, 250 ms between two attempts, the
 * next at once when one fails, the first that connects wins.
 *
 * Invariant: hf_net_is_trying() exactly for the dial.running attempts that are under way.
 */
#include "net/dial.h"

#include "tls/tell.h"

#include <string.h>

#define ATTEMPT_DELAY_US 250000u /* RFC 8305 5: Connection Attempt Delay */

void hf_answers_add(hf_answers *answers, const hf_ip *ip)
{
    if (ip->family != 4 && ip->family != 6) {
        return;
    }
    uint8_t family = ip->family == 6 ? 0 : 1;
    uint8_t count = answers->count[family];
    for (uint8_t i = 0; i < count; i++) {
        const hf_ip *known = &answers->list[family][i];
        if (known->scope == ip->scope && memcmp(known->bytes, ip->bytes, sizeof ip->bytes) == 0) {
            return;
        }
    }
    if (count == HF_ADDRESSES_MAX) {
        return;
    }
    if (answers->count[0] + answers->count[1] == 0) {
        answers->first = family;
    }
    answers->list[family][count] = *ip;
    answers->count[family]++;
}

static bool left_of(const hf_answers *answers, uint8_t family)
{
    return answers->next[family] < answers->count[family];
}

bool hf_answers_left(const hf_answers *answers)
{
    return left_of(answers, 0) || left_of(answers, 1);
}

/* How much an error tells about the peer; of several attempts the one that tells most is kept. */
static unsigned weight(hf_code code)
{
    switch (code) {
    case HF_E_CONNECT_REFUSED:
        return 4;
    case HF_E_CONNECT_TIMEOUT:
        return 3;
    case HF_E_SOCKET:
        return 2;
    case HF_OK:
        return 0;
    default:
        return 1;
    }
}

static void keep_error(hf_dial *dial, hf_code code, int32_t system)
{
    if (weight(code) > weight((hf_code)dial->code)) {
        dial->code = (uint16_t)code;
        dial->system = system;
    }
}

static bool may_try(const hf_conn *conn)
{
    return conn->dial.count < HF_ADDRESSES_MAX && hf_answers_left(&conn->answers);
}

bool hf_dial_waits(const hf_conn *conn)
{
    return may_try(conn) && conn->dial.running > 0;
}

/* RFC 8305 4: the first family, then the other one, and so on while both have addresses. */
static const hf_ip *pick(hf_conn *conn)
{
    hf_answers *answers = &conn->answers;
    uint8_t family = conn->dial.count == 0 ? answers->first : (uint8_t)(1u - conn->dial.last);
    if (!left_of(answers, family)) {
        family = (uint8_t)(1u - family);
    }
    conn->dial.last = family;
    return &answers->list[family][answers->next[family]++];
}

static void tell(const hf_conn *conn, size_t index, hf_code code)
{
    const hf_ip *to = &conn->dial.to[index];
    if (hf_tells(conn->tls.config)) {
        hf_tell_event(&conn->tls, (hf_event){.kind = HF_EVENT_ADDRESS,
                                             .type = to->family,
                                             .number = code,
                                             .size = conn->address.port,
                                             .body = {to->bytes, to->family == 4 ? 4u : 16u}});
    }
}

static void win(hf_conn *conn, size_t index)
{
    conn->stats.peer = conn->dial.to[index];
    tell(conn, index, HF_OK);
    hf_net_adopt(conn, index);
    hf_dial_cancel(conn);
}

void hf_dial_cancel(hf_conn *conn)
{
    for (size_t i = 0; i < HF_ADDRESSES_MAX; i++) {
        hf_net_abandon(conn, i);
    }
    conn->dial.running = 0;
    conn->dial.ready = 0;
}

/* Begins one attempt. */
static hf_code begin(hf_conn *conn, uint64_t now)
{
    hf_dial *dial = &conn->dial;
    size_t index = dial->count;
    dial->to[index] = *pick(conn);
    dial->count++;
    conn->stats.attempts = dial->count;
    dial->next_at = now + ATTEMPT_DELAY_US;
    int32_t system = 0;
    tell(conn, index, HF_PENDING);
    hf_code code = hf_net_connect(conn, index, &system);
    if (code == HF_PENDING) {
        dial->running++;
    } else if (code == HF_OK) {
        win(conn, index);
    } else {
        keep_error(dial, code, system);
        tell(conn, index, code);
        dial->next_at = now;
    }
    return code;
}

/* Looks at one attempt that has news. */
static hf_code settle(hf_conn *conn, size_t index, uint64_t now)
{
    hf_dial *dial = &conn->dial;
    dial->ready &= ~(1u << index);
    if (!hf_net_is_trying(conn, index)) {
        return HF_PENDING;
    }
    int32_t system = 0;
    hf_code code = hf_net_connected(conn, index, &system);
    if (code == HF_OK) {
        win(conn, index);
    } else if (code != HF_PENDING) {
        keep_error(dial, code, system);
        tell(conn, index, code);
        dial->running--;
        dial->next_at = now; /* RFC 8305 5: a failure lets the next begin at once */
    }
    return code;
}

hf_code hf_dial_step(hf_conn *conn, uint64_t now)
{
    hf_dial *dial = &conn->dial;
    for (size_t i = 0; i < dial->count; i++) {
        if ((dial->ready & 1u << i) != 0 && settle(conn, i, now) == HF_OK) {
            return HF_OK;
        }
    }
    while (may_try(conn) && (dial->running == 0 || now >= dial->next_at)) {
        if (begin(conn, now) == HF_OK) {
            return HF_OK;
        }
    }
    bool hope = dial->running > 0 || (conn->lookup.running > 0 && dial->count < HF_ADDRESSES_MAX);
    return hope ? HF_PENDING : (hf_code)dial->code;
}
