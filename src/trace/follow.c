/* What is known of a connection. See follow.h. */
#include "trace/follow.h"

#include "tls/message/message.h"

#include <handfast/config.h>
#include <stdio.h>
#include <string.h>

#define LEVELS 4u /* of fields that are looked at */

static bool from_server(const hf_follow *follow, bool sent)
{
    return sent == follow->server;
}

/* Where in a server's message the dissector is. */
typedef struct hello {
    hf_follow *follow;
    const char *names[LEVELS];
} hello;

static bool is(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

static uint16_t number_of(hf_span bytes)
{
    return bytes.len == 2 ? (uint16_t)((unsigned)bytes.ptr[0] << 8 | bytes.ptr[1]) : 0;
}

static void take_extension(hf_follow *follow, const char *name)
{
    if (is(name, "extended_master_secret")) {
        follow->extended_secret = true;
    } else if (is(name, "pre_shared_key")) {
        follow->psk = true;
    }
}

/* Fields of a server_hello or of encrypted_extensions. */
static void take_field(void *ctx, const hf_field *field)
{
    hello *at = ctx;
    hf_follow *follow = at->follow;
    if (field->level >= LEVELS) {
        return;
    }
    at->names[field->level] = field->name;
    const char *above = field->level == 0 ? "" : at->names[field->level - 1];
    if (field->level == 0 && is(field->name, "cipher_suite")) {
        follow->suite = number_of(field->bytes);
    } else if (field->level == 0 &&
               (is(field->name, "server_version") || is(field->name, "legacy_version"))) {
        follow->version = number_of(field->bytes);
    } else if (is(field->name, "selected_version")) {
        follow->version = number_of(field->bytes);
    } else if (is(field->name, "group") || is(field->name, "namedcurve")) {
        follow->group = number_of(field->bytes);
    } else if (is(above, "client_certificate_type") && field->bytes.len == 1) {
        follow->raw_keys[0] = field->bytes.ptr[0] == HF_TYPE_RAW_PUBLIC_KEY;
    } else if (is(above, "server_certificate_type") && field->bytes.len == 1) {
        follow->raw_keys[1] = field->bytes.ptr[0] == HF_TYPE_RAW_PUBLIC_KEY;
    } else if (is(above, "extensions")) {
        take_extension(follow, field->name);
    }
}

static void take_message(hf_follow *follow, const hf_event *event, hf_span body)
{
    if (event->type == HF_CERTIFICATE && from_server(follow, event->sent)) {
        follow->full = true;
    }
    if (event->type != HF_SERVER_HELLO && event->type != HF_ENCRYPTED_EXTENSIONS &&
        event->type != HF_SERVER_KEY_EXCHANGE) {
        return;
    }
    hello at = {.follow = follow};
    const hf_dissect_as as = hf_follow_as(follow, event);
    const hf_field_out out = {take_field, &at};
    hf_dissect_message(event->type, body, &as, &out);
}

/* A new attempt: nothing of the last one counts. */
static void begin_anew(hf_follow *follow)
{
    *follow = (hf_follow){.gather = follow->gather, .server = follow->server};
}

bool hf_follow_event(hf_follow *follow, const hf_event *event, hf_span *body)
{
    if (event->kind == HF_EVENT_STAGE && event->type == HF_STAGE_TLS &&
        event->number == HF_PENDING) {
        begin_anew(follow);
    }
    if (event->kind == HF_EVENT_KEYS) {
        follow->changes[event->sent ? 1 : 0]++;
    }
    bool whole = hf_gather_message(&follow->gather, event, body);
    if (whole) {
        take_message(follow, event, *body);
    }
    return whole;
}

hf_dissect_as hf_follow_as(const hf_follow *follow, const hf_event *event)
{
    bool server = from_server(follow, event->sent);
    return (hf_dissect_as){.version = follow->version,
                           .from_server = server,
                           .raw_keys = follow->raw_keys[server ? 1 : 0],
                           .suite = follow->suite};
}

const char *hf_follow_message(const hf_event *event, hf_span body)
{
    bool retry =
        event->type == HF_SERVER_HELLO && body.len >= 34 && hf_is_retry_random(body.ptr + 2);
    return retry ? "hello_retry_request" : hf_message_name(event->type);
}

void hf_follow_secret(const hf_follow *follow, bool sent, char text[HF_SECRET_TEXT])
{
    const char *side = from_server(follow, sent) ? "server" : "client";
    unsigned changes = follow->changes[sent ? 1 : 0];
    text[0] = 0;
    if (changes == 0) {
        return;
    }
    if (follow->version != HF_TLS13) {
        (void)snprintf(text, HF_SECRET_TEXT, "%s_write_key", side);
    } else if (changes == 1) {
        (void)snprintf(text, HF_SECRET_TEXT, "%s_handshake_traffic_secret", side);
    } else {
        (void)snprintf(text, HF_SECRET_TEXT, "%s_application_traffic_secret_%u", side, changes - 2);
    }
}
