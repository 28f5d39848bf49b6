/* One MQTT connection, 3.1.1 or 5. See doctor_broker.h.
 *
 * The packets are made here and not by the library's engine, because a question is asked that no
 * client asks: both versions, a ping at once, and what a broker says when it is not content.
 */
#include "doctor_broker.h"
#include "verdict.h"

#include "wire/reader.h"
#include "wire/writer.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PACKET_ROOM   8192u
#define CONNECT_FIXED 64u   /* more than a CONNECT has besides its three texts */
#define GAP_MS        1100u /* between two CONNECTs */

enum { CONNACK = 2, PINGRESP = 13, DISCONNECT = 14 };

typedef struct talk {
    broker_try *try;
    hf_conn *conn;
    uint32_t timeout;
    uint8_t bytes[PACKET_ROOM];
    size_t have;
    size_t skip; /* bytes of a packet that is too long to be looked at */
} talk;

/* MQTT 3.1.1 2.2.3: seven bits a byte, the low ones first */
static void write_length(hf_writer *w, size_t len)
{
    while (len > 127) {
        hf_write_u8(w, (uint8_t)(len % 128 + 128));
        len /= 128;
    }
    hf_write_u8(w, (uint8_t)len);
}

static void write_connect_body(hf_writer *w, const broker_try *try)
{
    static const uint8_t NAME[] = {0, 4, 'M', 'Q', 'T', 'T'};
    bool user = try->user.ptr != NULL;
    bool password = try->password.ptr != NULL;
    hf_write_bytes(w, NAME, sizeof NAME);
    hf_write_u8(w, try->level);
    hf_write_u8(w, (uint8_t)(2u | (user ? 0x80u : 0u) | (password ? 0x40u : 0u))); /* clean */
    hf_write_u16(w, try->keep_alive);
    if (try->level == MQTT_5) {
        hf_write_u8(w, 0); /* no properties */
    }
    hf_write_vec(w, 2, (hf_span){(const uint8_t *)try->client_id, strlen(try->client_id)});
    if (user) {
        hf_write_vec(w, 2, try->user);
    }
    if (password) {
        hf_write_vec(w, 2, try->password);
    }
}

static hf_code send_connect(talk *t)
{
    uint8_t head[5];
    broker_try *try = t->try;
    size_t cap = CONNECT_FIXED + strlen(try->client_id) + try->user.len + try->password.len;
    uint8_t *room = malloc(cap);
    if (room == NULL) {
        return HF_E_MEMORY_TOO_SMALL;
    }
    hf_writer body = hf_write_to(room + sizeof head, cap - sizeof head);
    hf_writer header = hf_write_to(head, sizeof head);
    write_connect_body(&body, try);
    hf_write_u8(&header, 0x10);
    write_length(&header, body.len);
    uint8_t *begin = room + sizeof head - header.len;
    memcpy(begin, head, header.len);
    try->out = header.len + body.len;
    size_t written = 0;
    hf_code code = body.bad ? HF_E_MQTT_TOO_LARGE
                            : hf_conn_write(t->conn, begin, try->out, &written, t->timeout);
    explicit_bzero(room, cap);
    free(room);
    return code;
}

/* The length of the whole packet at the front; 0: not known yet; SIZE_MAX: malformed. */
static size_t packet_length(const talk *t)
{
    size_t len = 0;
    for (size_t i = 1; i < t->have && i < 5; i++) {
        len |= (size_t)(t->bytes[i] & 127u) << (7u * (i - 1));
        if ((t->bytes[i] & 128u) == 0) {
            return 1 + i + len;
        }
    }
    return t->have >= 5 ? SIZE_MAX : 0;
}

static void drop(talk *t, size_t len)
{
    size_t now = len < t->have ? len : t->have;
    memmove(t->bytes, t->bytes + now, t->have - now);
    t->have -= now;
    t->skip = len - now;
}

/* HF_OK: a packet is at the front, *len bytes; HF_E_TIMEOUT: none within `ms`; or the end. */
static hf_code next_packet(talk *t, size_t *len, uint32_t ms)
{
    uint32_t begin = cli_verdict_clock();
    hf_code code = HF_OK;
    while (code == HF_OK) {
        drop(t, t->skip);
        *len = packet_length(t);
        if (*len == SIZE_MAX) {
            return HF_E_MQTT_MALFORMED;
        }
        if (*len != 0 && *len <= t->have) {
            return HF_OK;
        }
        if (*len > PACKET_ROOM) {
            drop(t, *len);
            continue;
        }
        uint32_t spent = cli_verdict_clock() - begin;
        size_t more = 0;
        if (spent >= ms) {
            return HF_E_TIMEOUT;
        }
        code = hf_conn_read(t->conn, t->bytes + t->have, PACKET_ROOM - t->have, &more, ms - spent);
        t->have += code == HF_OK ? more : 0;
        code = code == HF_OK && more == 0 ? HF_E_CLOSED : code;
    }
    return code;
}

/* ---- MQTT 5 properties (2.2.2) */

static void take_text(hf_reader *properties, char text[BROKER_TEXT])
{
    hf_span value = hf_read_vec(properties, 2, 0, UINT16_MAX);
    if (!properties->bad) {
        (void)snprintf(text, BROKER_TEXT, "%.*s", (int)value.len, (const char *)value.ptr);
    }
}

/* Those of CONNACK (3.2.2.3) and DISCONNECT (3.14.2.2), by the size of their values. */
static void read_properties(hf_reader *packet, broker_try *try)
{
    hf_reader list = hf_read_sub(packet, 1, 0, 127); /* longer ones are not looked at */
    while (hf_read_left(&list) > 0 && !list.bad) {
        switch (hf_read_u8(&list)) {
        case 0x13:
            try->server_keep_alive = hf_read_u16(&list);
            try->has_server_keep_alive = !list.bad;
            break;
        case 0x12:
            take_text(&list, try->assigned);
            break;
        case 0x1f:
            take_text(&list, try->text);
            break;
        case 0x11: /* four bytes */
        case 0x27:
            (void)hf_read_u32(&list);
            break;
        case 0x21: /* two */
        case 0x22:
            (void)hf_read_u16(&list);
            break;
        case 0x24: /* one */
        case 0x25:
        case 0x28:
        case 0x29:
        case 0x2a:
            (void)hf_read_u8(&list);
            break;
        case 0x26: /* user property: two texts */
            (void)hf_read_vec(&list, 2, 0, UINT16_MAX);
            (void)hf_read_vec(&list, 2, 0, UINT16_MAX);
            break;
        default: /* texts and data */
            (void)hf_read_vec(&list, 2, 0, UINT16_MAX);
            break;
        }
    }
}

static hf_reader body_of(const talk *t, size_t len)
{
    size_t head = 2;
    while (head < len && (t->bytes[head - 1] & 128u) != 0) {
        head++;
    }
    return hf_read_from(t->bytes + head, len - head);
}

/* ---- the course of it */

static bool is_connack(const talk *t, size_t len)
{
    return len >= 4 && t->bytes[0] == CONNACK << 4;
}

static bool log_in(talk *t)
{
    broker_try *try = t->try;
    size_t len = 0;
    uint32_t begin = cli_verdict_clock();
    hf_code code = send_connect(t);
    code = code == HF_OK || code == HF_E_NETWORK ? next_packet(t, &len, t->timeout) : code;
    try->connack_ms = cli_verdict_clock() - begin;
    try->first = t->have > 0 ? t->bytes[0] : 0;
    try->code = code;
    if (code == HF_OK && is_connack(t, len)) {
        hf_reader body = body_of(t, len);
        (void)hf_read_u8(&body);
        try->reason = hf_read_u8(&body);
        try->in = len;
        if (try->level == MQTT_5 && hf_read_left(&body) > 0) {
            read_properties(&body, try);
        }
        try->end = try->reason == 0 ? BROKER_KEPT : BROKER_REFUSED;
        drop(t, len);
        return try->reason == 0;
    }
    if (code == HF_E_MQTT_TOO_LARGE || code == HF_E_MEMORY_TOO_SMALL) {
        try->end = BROKER_NO_LOGIN; /* nothing was sent */
        return false;
    }
    try->end = t->have > 0 ? BROKER_OTHER : code == HF_E_TIMEOUT ? BROKER_SILENT : BROKER_CLOSED;
    return false;
}

static void take_packet(talk *t, size_t len, uint32_t since_ping)
{
    broker_try *try = t->try;
    unsigned type = t->bytes[0] >> 4;
    if (type == PINGRESP && !try->pinged) {
        try->pinged = true;
        try->ping_ms = since_ping;
    } else if (type == DISCONNECT) {
        hf_reader body = body_of(t, len);
        try->bye = hf_read_left(&body) > 0 ? hf_read_u8(&body) : 0;
        if (hf_read_left(&body) > 0) {
            read_properties(&body, try);
        }
    }
    drop(t, len);
}

static hf_code ping(talk *t)
{
    static const uint8_t PING[] = {0xc0, 0};
    size_t len = 0;
    hf_code code = hf_conn_write(t->conn, PING, sizeof PING, &len, t->timeout);
    return code == HF_E_NETWORK ? HF_OK : code; /* a broken link has its reason still to read */
}

/* Milliseconds from the first ping to the next one. */
static uint32_t ping_period(const broker_try *try)
{
    return try->keep_alive == 0 ? UINT32_MAX : try->keep_alive * 875u;
}

/* Pings at once and as often as a device does, and stays; whatever comes is taken. */
static void stay(talk *t)
{
    static const uint8_t GOODBYE[] = {0xe0, 0};
    broker_try *try = t->try;
    size_t len = 0;
    uint32_t begin = cli_verdict_clock();
    uint32_t next = ping_period(try);
    uint32_t most = try->hold_ms > t->timeout ? try->hold_ms : t->timeout; /* for PINGRESP */
    uint32_t spent = 0;
    hf_code code = ping(t);
    while (code == HF_OK && spent < (try->pinged ? try->hold_ms : most)) {
        uint32_t until = try->pinged ? try->hold_ms : most;
        code = next_packet(t, &len, (until < next ? until : next) - spent);
        spent = cli_verdict_clock() - begin;
        if (code == HF_OK) {
            take_packet(t, len, spent);
        } else if (code == HF_E_TIMEOUT) {
            code = spent >= next ? ping(t) : HF_OK;
            next += spent >= next ? ping_period(try) : 0u;
        }
    }
    try->held_ms = spent;
    try->end = code == HF_OK && try->bye == 0 ? BROKER_KEPT : BROKER_ENDED;
    try->code = code;
    if (try->end == BROKER_KEPT) {
        (void)hf_conn_write(t->conn, GOODBYE, sizeof GOODBYE, &len, t->timeout);
    }
}

static void use(void *ctx, hf_conn *conn, uint32_t timeout)
{
    talk *t = ctx;
    t->conn = conn;
    t->timeout = timeout;
    if (log_in(t)) {
        stay(t);
    }
}

static void keep_the_gap(doctor *d)
{
    uint32_t since = cli_verdict_clock() - d->connect_began;
    if (d->has_connected && since < GAP_MS) {
        (void)poll(NULL, 0, (int)(GAP_MS - since));
    }
    d->has_connected = true;
    d->connect_began = cli_verdict_clock();
}

void doctor_broker(doctor *d, broker_try *attempt)
{
    talk t = {.try = attempt};
    doctor_seen seen;
    const doctor_ask ask = {.use = use, .use_ctx = &t};
    keep_the_gap(d);
    doctor_probe(d, &ask, &seen);
    if (!seen.open) {
        attempt->code = (hf_code)seen.error.code;
    } else if (attempt->end == BROKER_CLOSED && seen.error.code != HF_OK) {
        attempt->code = (hf_code)seen.error.code;
    }
    doctor_seen_release(&seen);
}
