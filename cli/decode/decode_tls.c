/* Records of both directions, one after the other. See decode_tls.h; messages are in
 * decode_hello.c.
 *
 * A client's sealed records wait until the ServerHello was read, even when the capture has them
 * first: early data, and packets that were captured out of order.
 */
#include "decode_tls.h"

#include "tls/message/message.h"
#include "tls/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALERT_BYTES 2u

static const char *side_text(const decode_side *side)
{
    return side->name == DECODE_CLIENT ? "client" : "server";
}

static void note(decode_tls *tls, const char *text)
{
    tls->sink.note(tls->sink.ctx, tls->time, text);
}

/* ---- content */

static void tell_stage(decode_tls *tls, hf_stage stage, hf_code code)
{
    hf_event event = {.kind = HF_EVENT_STAGE, .type = (uint8_t)stage, .number = code};
    tls->sink.event(tls->sink.ctx, &event, tls->time);
}

static void take_alert(decode_tls *tls, decode_side *side, hf_span content, bool readable)
{
    if (readable && content.len != ALERT_BYTES) {
        return;
    }
    decode_alert alert = {.time = tls->time, .seen = true, .readable = readable};
    if (readable) {
        alert.level = content.ptr[0];
        alert.description = content.ptr[1];
    }
    decode_alert *to = readable && alert.description == 0 ? &side->closed : &side->alert;
    if (!to->seen) {
        *to = alert;
    }
}

/* The MQTT return code that a broker gives: byte 2 of CONNACK, in 3.1.1 and 5. */
static void take_packets(decode_tls *tls, decode_side *side, hf_span content)
{
    decode_packet packet;
    while (decode_mqtt_next(&side->mqtt, &content, &packet)) {
        if (packet.first >> 4 == 2 && side->name == DECODE_SERVER && packet.body.len >= 2) {
            tls->has_connack = true;
            tls->connack = packet.body.ptr[1];
        }
        decode_tell(tls, side,
                    (hf_event){.kind = HF_EVENT_PACKET,
                               .type = packet.first,
                               .size = packet.size,
                               .body = packet.body});
    }
}

static void take_data(decode_tls *tls, decode_side *side, hf_span content)
{
    if (side->data == 0 && side->name == DECODE_CLIENT && content.len > 0) {
        tls->is_mqtt = decode_is_mqtt(content);
        if (tls->is_mqtt) {
            tell_stage(tls, HF_STAGE_MQTT, HF_PENDING);
        }
    }
    side->data += content.len;
    if (tls->is_mqtt) {
        take_packets(tls, side, content);
    }
}

static bool keep(decode_tls *tls, decode_side *side, hf_span content)
{
    size_t wanted = side->message_len + content.len;
    if (wanted > side->message_room) {
        size_t room = wanted < 4096 ? 4096 : wanted * 2;
        uint8_t *larger = realloc(side->message, room);
        if (larger == NULL) {
            tls->no_memory = true;
            return false;
        }
        side->message = larger;
        side->message_room = room;
    }
    if (content.len > 0) {
        memcpy(side->message + side->message_len, content.ptr, content.len);
    }
    side->message_len = wanted;
    return true;
}

static void take_handshake(decode_tls *tls, decode_side *side, hf_span content)
{
    if (!keep(tls, side, content)) {
        return;
    }
    size_t at = 0;
    while (side->message_len - at >= HF_MESSAGE_HEADER) {
        const uint8_t *head = side->message + at;
        size_t len = (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
        if (len > DECODE_MESSAGE_MAX) {
            note(tls, "A handshake message is longer than 256 KB: it is passed over.");
            at = side->message_len;
            break;
        }
        if (side->message_len - at < HF_MESSAGE_HEADER + len) {
            break;
        }
        decode_take_message(tls, side, head[0], (hf_span){head + HF_MESSAGE_HEADER, len});
        at += HF_MESSAGE_HEADER + len;
    }
    if (at > 0) {
        memmove(side->message, side->message + at, side->message_len - at);
    }
    side->message_len -= at;
}

static void take_content(decode_tls *tls, decode_side *side, uint8_t type, hf_span content)
{
    switch (type) {
    case HF_CONTENT_HANDSHAKE:
        take_handshake(tls, side, content);
        break;
    case HF_CONTENT_ALERT:
        take_alert(tls, side, content, true);
        break;
    case HF_CONTENT_DATA:
        take_data(tls, side, content);
        break;
    case HF_CHANGE_CIPHER_SPEC:
        if (tls->version != 0 && tls->version != HF_TLS13) {
            decode_take_ccs(tls, side);
        }
        break;
    default:
        break;
    }
}

/* ---- records */

static bool is_sealed(const decode_tls *tls, const decode_side *side, const decode_record *record)
{
    uint8_t type = record->bytes[0];
    bool hello = tls->client_hellos > 0 || tls->version != 0;
    if (tls->version == HF_TLS13 || (tls->version == 0 && hello)) {
        return type == HF_CONTENT_DATA;
    }
    if (!hello && !side->any_message && type != HF_CONTENT_HANDSHAKE) {
        return type != HF_CHANGE_CIPHER_SPEC; /* the capture begins in the middle */
    }
    return side->opener.epoch != DECODE_CLEAR || type == HF_CONTENT_DATA;
}

static void tell_gap(decode_tls *tls, decode_side *side, uint64_t lost)
{
    char text[160];
    (void)snprintf(text, sizeof text,
                   "%llu bytes of the %s are missing in the capture: reading goes on behind them.",
                   (unsigned long long)lost, side_text(side));
    note(tls, text);
    side->message_len = 0;
}

/* Bytes of content in a sealed record that is not opened; with TLS 1.3 the padding counts. */
static size_t sealed_content(const decode_side *side, size_t record)
{
    const hf_suite *suite = side->opener.suite;
    size_t around = HF_RECORD_HEADER + HF_TAG_SIZE;
    if (suite == NULL) {
        return 0;
    }
    around += suite->version == HF_TLS13 ? 1 : 0;
    around += suite->explicit_nonce ? 8 : 0;
    return record > around ? record - around : 0;
}

static void tell_record(decode_tls *tls, const decode_side *side, hf_event event, hf_span content)
{
    bool shown = event.type == HF_CONTENT_ALERT || event.type == HF_CHANGE_CIPHER_SPEC;
    event.kind = HF_EVENT_RECORD;
    event.content = (uint32_t)content.len;
    if (content.ptr == NULL) {
        event.content = (uint32_t)sealed_content(side, event.size);
    } else if (shown && content.len <= ALERT_BYTES) {
        event.body = content;
    }
    decode_tell(tls, side, event);
}

static void take_unread(decode_tls *tls, decode_side *side, uint8_t type)
{
    side->unread++;
    if (side->opener.epoch == DECODE_EARLY || (tls->version == 0 && tls->retry)) {
        side->early++;
        return;
    }
    if (type == HF_CONTENT_ALERT) {
        take_alert(tls, side, (hf_span){NULL, 0}, false);
    }
    side->handshake12 += type == HF_CONTENT_HANDSHAKE ? 1 : 0;
    if (side->opener.keys.active && !side->wrong_keys) {
        char text[200];
        (void)snprintf(text, sizeof text,
                       "Record %u of the %s does not open with the secrets that were given: it is "
                       "damaged, or records before it are missing.",
                       side->records - 1, side_text(side));
        note(tls, text);
        side->wrong_keys = true;
    }
}

static void count_flight(decode_tls *tls, const decode_side *side, size_t size)
{
    size_t count = tls->flights_count;
    if (count == 0 || tls->flights[count - 1].side != side->name) {
        if (count == DECODE_FLIGHTS_MAX || tls->complete) {
            return;
        }
        tls->flights[tls->flights_count++] =
            (decode_flight){.first = tls->time, .side = side->name};
    } else if (tls->complete && tls->time > tls->completed) {
        return;
    }
    decode_flight *flight = &tls->flights[tls->flights_count - 1];
    flight->last = tls->time;
    flight->bytes += size;
    flight->records++;
}

/* Both Finished were sent, as far as can be seen: whoever takes the last one offence at sends an
 * alert. */
static void judge_complete(decode_tls *tls)
{
    const decode_side *client = &tls->sides[DECODE_CLIENT];
    const decode_side *server = &tls->sides[DECODE_SERVER];
    bool read = client->finished && server->finished;
    bool sealed12 = tls->version == HF_TLS12 && client->handshake12 > 0 && server->handshake12 > 0;
    if (!tls->complete && (read || sealed12)) {
        tls->complete = true;
        tls->completed = tls->time;
        tell_stage(tls, HF_STAGE_TLS, HF_OK);
    }
    if (tls->has_connack && tls->connack == 0 && !tls->mqtt_open) {
        tls->mqtt_open = true;
        tell_stage(tls, HF_STAGE_MQTT, HF_OK);
    }
}

static void begin_record(decode_tls *tls, decode_side *side, const decode_record *record)
{
    uint8_t type = record->bytes[0];
    tls->time = record->time;
    if (tls->begun == 0) {
        tls->begun = record->time;
        tell_stage(tls, HF_STAGE_TLS, HF_PENDING);
    }
    if (record->lost > 0) {
        tell_gap(tls, side, record->lost);
        if (tls->version == HF_TLS12 && type == HF_CONTENT_DATA && side->told == DECODE_CLEAR) {
            decode_take_ccs(tls, side); /* it was lost, too */
        }
    }
    side->bytes += record->len;
    side->largest = record->len > side->largest ? (uint32_t)record->len : side->largest;
    count_flight(tls, side, record->len);
}

static void count_sealed(decode_side *side, const decode_record *record)
{
    side->sealed++;
    side->first_sealed = side->sealed == 1 ? (uint32_t)record->len : side->first_sealed;
    side->last_sealed = (uint32_t)record->len;
}

/* In the order in which a client has them: records that it gets before what is in them, those that
 * it sends behind it. */
static void take_record(decode_tls *tls, decode_side *side)
{
    const decode_record *record = &side->stream.record;
    uint8_t type = record->bytes[0];
    bool sent = side->name == DECODE_CLIENT;
    hf_span content = {record->bytes + HF_RECORD_HEADER, record->len - HF_RECORD_HEADER};
    begin_record(tls, side, record);
    bool sealed = is_sealed(tls, side, record);
    bool readable = !sealed || decode_opener_open(&side->opener, record, &type, &content);
    if (sealed) {
        count_sealed(side, record);
        if (readable || side->opener.epoch == DECODE_HANDSHAKE) {
            decode_tell_keys(tls, side);
        }
    }
    const hf_event event = {
        .type = type, .sealed = sealed, .number = side->records++, .size = (uint32_t)record->len};
    if (!sent || !readable) {
        tell_record(tls, side, event, readable ? content : (hf_span){NULL, 0});
    }
    if (sealed && readable && side->opener.epoch == DECODE_APPLICATION &&
        (tls->version == HF_TLS13 || type == HF_CONTENT_DATA)) {
        side->finished = true; /* also when its Finished was lost */
    }
    if (readable) {
        take_content(tls, side, type, content);
    } else {
        take_unread(tls, side, type);
    }
    if (sent && readable) {
        tell_record(tls, side, event, content);
    }
    if (side->name == DECODE_SERVER || side->opener.epoch != DECODE_HANDSHAKE) {
        decode_tell_keys(tls, side);
    }
    judge_complete(tls);
    decode_stream_take(&side->stream);
}

/* ---- both directions */

/* Records of a client that only the ServerHello, which is there, makes readable. */
static bool is_early(const decode_tls *tls, const decode_side *client)
{
    uint8_t type = client->stream.record.bytes[0];
    bool between = tls->retry && tls->client_hellos < 2; /* early data that were refused */
    return tls->version == 0 && tls->client_hellos > 0 && !between &&
           (type == HF_CONTENT_DATA || type == HF_CHANGE_CIPHER_SPEC);
}

static bool step(decode_tls *tls)
{
    decode_side *client = &tls->sides[DECODE_CLIENT];
    decode_side *server = &tls->sides[DECODE_SERVER];
    decode_ready from_client = decode_stream_peek(&client->stream);
    decode_ready from_server = decode_stream_peek(&server->stream);
    if (from_client != DECODE_RECORD && from_server != DECODE_RECORD) {
        client->cut = from_client == DECODE_STREAM_CUT;
        server->cut = from_server == DECODE_STREAM_CUT;
        client->lost_track = from_client == DECODE_STREAM_LOST;
        server->lost_track = from_server == DECODE_STREAM_LOST;
        return false;
    }
    bool servers =
        from_client != DECODE_RECORD ||
        (from_server == DECODE_RECORD &&
         (server->stream.record.order < client->stream.record.order || is_early(tls, client)));
    take_record(tls, servers ? server : client);
    return !tls->no_memory;
}

bool decode_tls_run(decode_tls *tls, const decode_flow *flow, unsigned client,
                    const hf_crypto *crypto, const decode_secrets *secrets, const decode_sink *sink)
{
    memset(tls, 0, sizeof *tls);
    tls->crypto = crypto;
    tls->secrets = secrets;
    tls->sink = *sink;
    for (unsigned i = 0; i < 2; i++) {
        decode_side *side = &tls->sides[i];
        side->name = (uint8_t)i;
        side->opener.crypto = crypto;
        decode_stream_begin(&side->stream, &flow->halves[i == DECODE_CLIENT ? client : 1 - client]);
    }
    while (step(tls)) {
    }
    return !tls->no_memory;
}

void decode_tls_release(decode_tls *tls)
{
    for (unsigned i = 0; i < 2; i++) {
        decode_opener_release(&tls->sides[i].opener);
        free(tls->sides[i].message);
        tls->sides[i].message = NULL;
    }
}
