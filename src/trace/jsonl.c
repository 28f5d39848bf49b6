/* A connection as JSON lines. See jsonl.h. */
#include "trace/jsonl.h"

#include "tls/record.h"
#include "trace/address.h"
#include "trace/words.h"

#include <handfast/config.h>
#include <stdio.h>

#define MQTT_VERSION 4u /* 3.1.1: what this library speaks */

void hf_jsonl_init(hf_jsonl *lines, const hf_sink *sink, bool server, hf_space memory)
{
    *lines = (hf_jsonl){.sink = *sink, .follow = {.gather = {.memory = memory}, .server = server}};
    lines->json.sink = &lines->sink;
}

hf_json *hf_jsonl_begin(hf_jsonl *lines, const char *event)
{
    hf_json *json = &lines->json;
    hf_json_open(json, NULL, '{');
    hf_json_number(json, "schema", HF_JSONL_SCHEMA);
    hf_json_text(json, "event", event);
    if (lines->clock == NULL) {
        hf_json_null(json, "us");
    } else {
        hf_json_number(json, "us", (int64_t)lines->clock(lines->clock_ctx));
    }
    return json;
}

void hf_jsonl_end(hf_jsonl *lines)
{
    hf_json_close(&lines->json, '}');
    hf_json_end_line(&lines->json);
}

static void put_direction(hf_json *json, const hf_event *event)
{
    hf_json_text(json, "direction", event->sent ? "sent" : "received");
}

static void text_or_null(hf_json *json, const char *key, const char *text)
{
    if (text == NULL || text[0] == 0) {
        hf_json_null(json, key);
    } else {
        hf_json_text(json, key, text);
    }
}

/* ---- fields of a message: objects inside of each other */

typedef struct tree {
    hf_json *json;
    unsigned depth; /* objects that are open */
} tree;

static void close_to(tree *at, unsigned level)
{
    while (at->depth > level) {
        hf_json_close(at->json, ']');
        hf_json_close(at->json, '}');
        at->depth--;
    }
}

static void put_field(void *ctx, const hf_field *field)
{
    tree *at = ctx;
    hf_json *json = at->json;
    close_to(at, field->level);
    hf_json_open(json, NULL, '{');
    hf_json_text(json, "name", field->name);
    hf_json_text(json, "meaning", field->meaning);
    hf_json_number(json, "offset", field->offset);
    hf_json_number(json, "length", (int64_t)field->bytes.len);
    if (field->parent) {
        hf_json_null(json, "bytes"); /* those of its parts */
    } else {
        hf_json_bytes(json, "bytes", field->bytes);
    }
    hf_json_open(json, "fields", '[');
    at->depth++;
    if (!field->parent) {
        close_to(at, field->level);
    }
}

/* ---- one kind of event after the other */

static void put_state(hf_json *json, uint32_t number)
{
    bool over = number == HF_OK || number == HF_PENDING;
    hf_json_text(json, "state", number == HF_PENDING ? "begin" : over ? "end" : "failed");
    text_or_null(json, "error", over ? NULL : hf_error_name((hf_code)number));
}

static void put_address(hf_json *json, const hf_event *event)
{
    char ip[HF_IP_TEXT];
    hf_ip_text(event->body, ip);
    hf_json_text(json, "address", ip);
    hf_json_number(json, "port", event->size);
    put_state(json, event->number);
}

static void put_record(hf_jsonl *lines, hf_json *json, const hf_event *event)
{
    char secret[HF_SECRET_TEXT];
    tree at = {.json = json};
    const hf_field_out out = {put_field, &at};
    put_direction(json, event);
    hf_follow_secret(&lines->follow, event->sent, secret);
    hf_json_number(json, "number", event->number);
    hf_json_number(json, "type", event->type);
    hf_json_text(json, "name", hf_content_name(event->type));
    hf_json_number(json, "length", event->size);
    hf_json_number(json, "content_length", event->content);
    hf_json_bool(json, "encrypted", event->sealed);
    text_or_null(json, "secret_name", event->sealed ? secret : NULL);
    hf_json_bytes(json, "bytes", event->body);
    hf_json_open(json, "fields", '[');
    if (event->body.len > 0) {
        hf_dissect_record(event->type, event->body, &out);
        close_to(&at, 0);
    }
    hf_json_close(json, ']');
}

static void put_message(hf_jsonl *lines, hf_json *json, const hf_event *event, hf_span body)
{
    tree at = {.json = json};
    const hf_field_out out = {put_field, &at};
    const hf_dissect_as as = hf_follow_as(&lines->follow, event);
    put_direction(json, event);
    hf_json_number(json, "type", event->type);
    hf_json_text(json, "name", hf_follow_message(event, body));
    if (event->pieces) {
        hf_json_null(json, "length");
    } else {
        hf_json_number(json, "length", event->size);
    }
    hf_json_bool(json, "whole", !event->pieces && body.len == event->size);
    hf_json_bytes(json, "bytes", body);
    hf_json_open(json, "fields", '[');
    if (!event->pieces) {
        hf_dissect_message(event->type, body, &as, &out);
        close_to(&at, 0);
    }
    hf_json_close(json, ']');
}

/* What was chosen, by name; NULL: it is a number and no more. */
static const char *value_of(const hf_event *event, char store[HF_DECISION_TEXT])
{
    uint16_t number = (uint16_t)event->number;
    switch (event->type) {
    case HF_DECIDED_VERSION:
        return hf_version_text(number, store);
    case HF_DECIDED_SUITE:
        return hf_any_suite_name(number);
    case HF_DECIDED_GROUP:
    case HF_DECIDED_RETRY:
        return number == 0 ? NULL : hf_any_group_name(number);
    case HF_DECIDED_OUR_SCHEME:
    case HF_DECIDED_PEER_SCHEME:
        return number == 0 ? NULL : hf_any_scheme_name(number);
    case HF_DECIDED_ALPN:
        (void)snprintf(store, HF_DECISION_TEXT, "%.*s", (int)(event->body.len & 0x7fu),
                       event->body.len == 0 ? "" : (const char *)event->body.ptr);
        return store;
    default:
        return NULL;
    }
}

static void put_decision(hf_json *json, const hf_event *event)
{
    char text[HF_DECISION_TEXT];
    hf_json_text(json, "decided", hf_decided_name(event->type));
    hf_json_number(json, "number", event->number);
    text_or_null(json, "value", value_of(event, text));
    hf_json_text(json, "reason", hf_reason_name(event->reason));
    hf_decision_text(event, text);
    hf_json_text(json, "text", text);
    text_or_null(json, "why", hf_reason_text(event->reason));
}

static void put_work(hf_json *json, const hf_event *event)
{
    bool group = event->type == HF_WORK_MAKE_KEY || event->type == HF_WORK_AGREE;
    uint16_t number = (uint16_t)event->number;
    hf_json_text(json, "work", hf_work_name(event->type));
    hf_json_number(json, "number", number);
    text_or_null(json, "value",
                 number == 0 ? NULL
                 : group     ? hf_any_group_name(number)
                             : hf_any_scheme_name(number));
}

static void put_keys(hf_jsonl *lines, hf_json *json, const hf_event *event)
{
    char secret[HF_SECRET_TEXT];
    put_direction(json, event);
    hf_follow_secret(&lines->follow, event->sent, secret);
    hf_json_text(json, "epoch", hf_epoch_name(event->type));
    hf_json_number(json, "suite", event->number);
    hf_json_text(json, "suite_name", hf_any_suite_name((uint16_t)event->number));
    hf_json_text(json, "secret_name", secret);
}

static void put_packet(hf_json *json, const hf_event *event)
{
    tree at = {.json = json};
    const hf_field_out out = {put_field, &at};
    put_direction(json, event);
    hf_json_number(json, "type", event->type);
    hf_json_text(json, "name", hf_packet_name(event->type));
    hf_json_number(json, "length", event->size);
    hf_json_bytes(json, "bytes", event->body);
    hf_json_open(json, "fields", '[');
    if (event->body.len > 0) {
        hf_dissect_packet(event->type, event->body, MQTT_VERSION, &out);
        close_to(&at, 0);
    }
    hf_json_close(json, ']');
}

static void put_certificate(hf_json *json, const hf_event *event)
{
    hf_certificate certificate;
    char name[512];
    char day[HF_DAY_TEXT];
    bool read = event->body.len > 0 && hf_x509_parse(&certificate, event->body, NULL) == HF_OK;
    hf_json_number(json, "depth", event->number);
    hf_json_bool(json, "looked_at", event->body.len > 0);
    hf_json_number(json, "length", (int64_t)event->body.len);
    name[0] = day[0] = 0;
    if (read) {
        (void)hf_x509_name_text(certificate.subject, name, sizeof name);
    }
    text_or_null(json, "subject", name);
    if (read) {
        (void)hf_x509_name_text(certificate.issuer, name, sizeof name);
    }
    text_or_null(json, "issuer", name);
    if (read) {
        hf_day_text(certificate.not_before, day);
    }
    text_or_null(json, "not_before", day);
    if (read) {
        hf_day_text(certificate.not_after, day);
    }
    text_or_null(json, "not_after", day);
    hf_json_bytes(json, "der", event->body);
}

static const char *class_name(hf_error_class class)
{
    static const char *const NAMES[] = {"none",         "usage",       "local",
                                        "network",      "invalid",     "misbehaved",
                                        "incompatible", "certificate", "refused"};
    return (size_t) class < sizeof NAMES / sizeof NAMES[0] ? NAMES[class] : "unknown";
}

static void put_alert(hf_json *json, const hf_error *error)
{
    if (error->alert_by == HF_ALERT_NONE) {
        hf_json_null(json, "alert");
        hf_json_null(json, "alert_name");
        hf_json_null(json, "alert_by");
    } else {
        hf_json_number(json, "alert", error->alert);
        hf_json_text(json, "alert_name", hf_alert_name(error->alert));
        hf_json_text(json, "alert_by", error->alert_by == HF_ALERT_SENT ? "us" : "peer");
    }
}

void hf_jsonl_error(hf_json *json, const hf_error *error)
{
    hf_code code = (hf_code)error->code;
    bool refused = code == HF_E_ALERT;
    hf_json_number(json, "code", error->code);
    hf_json_text(json, "name", hf_error_name(code));
    hf_json_text(json, "class", class_name(hf_error_class_of(code)));
    hf_json_text(json, "stage", hf_stage_name((hf_stage)error->stage));
    hf_json_text(json, "what", refused ? hf_alert_what(error->alert) : hf_error_what(code));
    hf_json_text(json, "todo", refused ? hf_alert_todo(error->alert) : hf_error_todo(code));
    put_alert(json, error);
    if (error->step == HF_STEP_NONE) {
        hf_json_null(json, "step");
    } else {
        hf_json_number(json, "step", error->step);
    }
    if (error->depth == HF_DEPTH_NONE) {
        hf_json_null(json, "depth");
    } else {
        hf_json_number(json, "depth", error->depth);
    }
    hf_json_number(json, "offset", error->offset);
    hf_json_number(json, "detail", error->detail);
    hf_json_number(json, "system", error->system);
    hf_json_bool(json, "may_retry", hf_error_may_retry(code));
}

static void put_error(hf_json *json, const hf_event *event)
{
    hf_error only;
    hf_error_clear(&only);
    only.code = (uint16_t)event->number;
    hf_jsonl_error(json, event->error == NULL ? &only : event->error);
}

/* The word that a kind's lines have; NULL: it has none. */
static const char *kind_name(uint8_t kind)
{
    static const char *const NAMES[] = {
        [HF_EVENT_CERTIFICATE] = "certificate",
        [HF_EVENT_STAGE] = "stage",
        [HF_EVENT_ADDRESS] = "address",
        [HF_EVENT_BYTES] = "bytes",
        [HF_EVENT_RECORD] = "record",
        [HF_EVENT_MESSAGE] = "message",
        [HF_EVENT_DECISION] = "decision",
        [HF_EVENT_WORK] = "work",
        [HF_EVENT_KEYS] = "keys",
        [HF_EVENT_PACKET] = "packet",
        [HF_EVENT_ERROR] = "error",
    };
    return kind < sizeof NAMES / sizeof NAMES[0] ? NAMES[kind] : NULL;
}

static void put_event(hf_jsonl *lines, hf_json *json, const hf_event *event, hf_span body)
{
    switch (event->kind) {
    case HF_EVENT_CERTIFICATE:
        put_certificate(json, event);
        break;
    case HF_EVENT_STAGE:
        hf_json_text(json, "stage", hf_stage_name((hf_stage)event->type));
        put_state(json, event->number);
        break;
    case HF_EVENT_ADDRESS:
        put_address(json, event);
        break;
    case HF_EVENT_BYTES:
        put_direction(json, event);
        hf_json_number(json, "length", (int64_t)event->body.len);
        break;
    case HF_EVENT_RECORD:
        put_record(lines, json, event);
        break;
    case HF_EVENT_MESSAGE:
        put_message(lines, json, event, body);
        break;
    case HF_EVENT_DECISION:
        put_decision(json, event);
        break;
    case HF_EVENT_WORK:
        put_work(json, event);
        break;
    case HF_EVENT_KEYS:
        put_keys(lines, json, event);
        break;
    case HF_EVENT_PACKET:
        put_packet(json, event);
        break;
    default:
        put_error(json, event);
        break;
    }
}

void hf_jsonl_event(void *ctx, const hf_event *event)
{
    hf_jsonl *lines = ctx;
    hf_span body;
    bool whole = hf_follow_event(&lines->follow, event, &body);
    const char *kind = kind_name(event->kind);
    if (kind != NULL && (event->kind != HF_EVENT_MESSAGE || whole)) {
        put_event(lines, hf_jsonl_begin(lines, kind), event, body);
        hf_jsonl_end(lines);
    }
}
