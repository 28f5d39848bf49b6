/* The ladder of a connection: which line for which event. See ladder.h.
 *
 * A received record is told before what is in it, a sent one behind it: that is the order in which
 * things happen on our side.
 */
#include "trace/ladder.h"

#include "tls/record.h"
#include "trace/address.h"
#include "trace/ladder_parts.h"
#include "trace/words.h"

#include <stdio.h>
#include <string.h>

#define WIDTH 80u
#define TEXT  2u /* columns between the rail and a text */

static void release(hf_ladder_held *held)
{
    if (held->len > 0) {
        held->out.put(held->out.ctx, (const char *)held->memory.ptr, held->len);
    }
    held->len = 0;
}

static void put_or_hold(void *ctx, const char *text, size_t len)
{
    hf_ladder_held *held = ctx;
    if (held->on && len <= held->memory.cap - held->len) {
        memcpy(held->memory.ptr + held->len, text, len);
        held->len += len;
        return;
    }
    if (held->on) {
        release(held); /* in order, at least */
    }
    held->out.put(held->out.ctx, text, len);
}

void hf_ladder_init(hf_ladder *ladder, const hf_ladder_options *options)
{
    *ladder = (hf_ladder){
        .pen = {.sink = {put_or_hold, &ladder->held},
                .clock = options->clock,
                .clock_ctx = options->clock_ctx,
                .width = options->width == 0 ? WIDTH : options->width,
                .color = options->color},
        .follow = {.gather = {.memory = options->memory}, .server = options->server},
        .held = {.out = options->sink, .memory = options->held},
        .level = (uint8_t)options->level,
    };
}

static void begin(hf_ladder *t)
{
    if (!t->begun) {
        hf_pen_sides(&t->pen, t->follow.server ? "server" : "client",
                     t->follow.server ? "client" : "server");
        t->begun = true;
    }
}

static void take_stage(hf_ladder *t, const hf_event *event)
{
    const char *name = hf_stage_name((hf_stage)event->type);
    bool begins = event->number == HF_PENDING;
    t->mqtt = t->mqtt || event->type == HF_STAGE_MQTT;
    t->dialling = event->type == HF_STAGE_TCP && begins;
    if (begins) {
        hf_pen_rail(&t->pen);
        hf_pen_head(&t->pen, name);
        if (event->type == HF_STAGE_TLS) {
            t->has_early = t->has_master = t->has_resumption = false;
            release(&t->held);
        }
    } else if (event->number != HF_OK) {
        t->held.len = 0; /* it is never sent */
        hf_pen_text(&t->pen, HF_INK_BAD, TEXT, 2, "%s has failed: %s", name,
                    hf_error_name((hf_code)event->number));
    } else if (event->type == HF_STAGE_TLS) {
        hf_pen_text(&t->pen, HF_INK_HEAD, TEXT, 2, "Our side of the handshake is done");
    } else if (event->type == HF_STAGE_MQTT) {
        hf_pen_text(&t->pen, HF_INK_HEAD, TEXT, 2, "The MQTT session is open");
    } else {
        hf_pen_text(&t->pen, HF_INK_PLAIN, TEXT, 2, "done");
    }
}

static void take_address(hf_ladder *t, const hf_event *event)
{
    char address[HF_ADDRESS_TEXT];
    char label[HF_ADDRESS_TEXT + 32];
    hf_address_text(event, address);
    if (event->number == HF_PENDING) {
        (void)snprintf(label, sizeof label, "connect to %s", address);
        hf_pen_arrow(&t->pen, true, label, "");
    } else if (event->number == HF_OK) {
        (void)snprintf(label, sizeof label, "%s has answered", address);
        hf_pen_arrow(&t->pen, false, label, "");
    } else {
        hf_pen_text(&t->pen, HF_INK_BAD, TEXT, 2, "%s: %s: %s", address,
                    hf_error_name((hf_code)event->number), hf_error_what((hf_code)event->number));
    }
}

static void say_record(hf_ladder *t, const hf_event *event)
{
    char secret[HF_SECRET_TEXT];
    hf_follow_secret(&t->follow, event->sent, secret);
    bool named = event->sealed && secret[0] != 0;
    hf_pen_text(&t->pen, HF_INK_FAINT, TEXT, 3, "%s record %u, %u bytes, %sencrypted%s%s",
                event->sent ? "->" : "<-", (unsigned)event->number, (unsigned)event->size,
                event->sealed ? "" : "not ", named ? ": " : "", named ? secret : "");
}

static void arrow(hf_ladder *t, const hf_event *event, const char *label, uint32_t bytes)
{
    char size[24];
    (void)snprintf(size, sizeof size, "%u byte%s", (unsigned)bytes, bytes == 1 ? "" : "s");
    hf_pen_arrow(&t->pen, event->sent, label, size);
}

/* The arrow of a record that is no part of the handshake; none for MQTT, whose packets have it. */
static void draw_record(hf_ladder *t, const hf_event *event)
{
    char label[96];
    if (event->type == HF_CONTENT_ALERT && event->body.len == 2) {
        (void)snprintf(label, sizeof label, "alert: %s", hf_alert_name(event->body.ptr[1]));
        arrow(t, event, label, event->content);
        hf_ladder_content(t, event);
    } else if (event->type == HF_CHANGE_CIPHER_SPEC) {
        arrow(t, event, hf_content_name(event->type), event->content);
        hf_ladder_content(t, event);
    } else if (event->type != HF_CONTENT_DATA || !t->mqtt) {
        arrow(t, event, hf_content_name(event->type), event->content);
    }
}

/* A packet that is sent is told behind its record, as its bytes leave. */
static void say_packed(hf_ladder *t)
{
    if (t->packed.kind == HF_EVENT_RECORD) {
        say_record(t, &t->packed);
        t->packed = (hf_event){.kind = 0};
    }
}

static void take_record(hf_ladder *t, const hf_event *event)
{
    if (t->mqtt && event->sent && event->type == HF_CONTENT_DATA) {
        t->packed = *event;
        return;
    }
    if (event->type == HF_CONTENT_HANDSHAKE) {
        if (!event->sent) {
            hf_pen_rail(&t->pen);
        }
        say_record(t, event);
        return;
    }
    if (event->type != HF_CONTENT_DATA || !t->mqtt) {
        hf_pen_rail(&t->pen);
    }
    if (event->sent) {
        draw_record(t, event);
        say_record(t, event);
    } else {
        say_record(t, event);
        draw_record(t, event);
    }
}

static void take_message(hf_ladder *t, const hf_event *event, hf_span body)
{
    const char *name = hf_follow_message(event, body);
    if (event->sent) {
        hf_pen_rail(&t->pen);
    }
    if (event->pieces) {
        hf_pen_arrow(&t->pen, event->sent, name, "");
        hf_pen_text(&t->pen, HF_INK_FAINT, TEXT, 2,
                    "(read in pieces as it was decrypted, so its fields are not shown: the record "
                    "is larger than the input buffer)");
        return;
    }
    arrow(t, event, name, event->size);
    if (body.len < event->size) {
        hf_pen_text(&t->pen, HF_INK_FAINT, TEXT, 2, "(the first %zu bytes of it:)", body.len);
    }
    hf_ladder_message(t, event, body);
}

/* The suite in words: what each part of it is for. */
static void say_suite(hf_ladder *t, uint16_t suite)
{
    hf_suite_parts parts;
    if (hf_suite_by_parts(suite, &parts)) {
        hf_pen_item(&t->pen, "key exchange", parts.exchange);
        hf_pen_item(&t->pen, "authenticated", parts.authentication);
        hf_pen_item(&t->pen, "encryption", parts.encryption);
        hf_pen_item(&t->pen, "hash", parts.hash);
    }
}

static void take_decision(hf_ladder *t, const hf_event *event)
{
    char text[HF_DECISION_TEXT];
    hf_decision_text(event, text);
    const char *why = hf_reason_text(event->reason);
    hf_pen_text(&t->pen, HF_INK_CHOICE, TEXT, 2, "* %s%s%s", text, why[0] == 0 ? "" : ": ", why);
    if (event->type == HF_DECIDED_SUITE) {
        say_suite(t, (uint16_t)event->number);
    } else if (event->type == HF_DECIDED_SESSION) {
        hf_ladder_session(t);
    }
}

static void take_work(hf_ladder *t, const hf_event *event)
{
    char text[HF_WORK_TEXT];
    hf_work_text(event, text);
    hf_pen_text(&t->pen, HF_INK_FAINT, TEXT, 2, "%s", text);
}

static void take_packet(hf_ladder *t, const hf_event *event)
{
    hf_pen_rail(&t->pen);
    arrow(t, event, hf_packet_name(event->type), event->size);
    hf_ladder_packet(t, event);
    say_packed(t);
}

static void take_error(hf_ladder *t, const hf_event *event)
{
    char text[2 * HF_PEN_TEXT_MAX];
    hf_error only;
    hf_error_clear(&only);
    only.code = (uint16_t)event->number;
    hf_pen_rail(&t->pen);
    if (hf_error_describe(event->error == NULL ? &only : event->error, text, sizeof text) == 0) {
        (void)snprintf(text, sizeof text, "what: error %u\n", (unsigned)event->number);
    }
    char *line = text;
    while (*line != 0) {
        size_t len = strcspn(line, "\n");
        bool more = line[len] != 0;
        line[len] = 0;
        hf_pen_text(&t->pen, HF_INK_BAD, TEXT, 6, "%s", line);
        line += len + (more ? 1 : 0);
    }
}

/* What the engine tells while TCP connects: it prepares the hello. */
static bool is_of_engine(uint8_t kind)
{
    return kind == HF_EVENT_RECORD || kind == HF_EVENT_MESSAGE || kind == HF_EVENT_WORK ||
           kind == HF_EVENT_DECISION;
}

void hf_ladder_event(void *ctx, const hf_event *event)
{
    hf_ladder *t = ctx;
    hf_span body;
    bool packet = event->kind == HF_EVENT_PACKET && event->sent;
    if (!packet && event->kind != HF_EVENT_BYTES) {
        say_packed(t); /* under the keys of then */
    }
    bool whole = hf_follow_event(&t->follow, event, &body);
    if (event->kind == HF_EVENT_BYTES || event->kind == HF_EVENT_CERTIFICATE ||
        (event->kind == HF_EVENT_MESSAGE && !whole)) {
        return; /* bytes come as the network likes; certificates are shown with the message that
                   they are in */
    }
    t->pen.stamped = false;
    t->held.on = t->dialling && is_of_engine(event->kind);
    begin(t);
    switch (event->kind) {
    case HF_EVENT_STAGE:
        take_stage(t, event);
        break;
    case HF_EVENT_ADDRESS:
        take_address(t, event);
        break;
    case HF_EVENT_RECORD:
        take_record(t, event);
        break;
    case HF_EVENT_MESSAGE:
        take_message(t, event, body);
        break;
    case HF_EVENT_DECISION:
        take_decision(t, event);
        break;
    case HF_EVENT_WORK:
        take_work(t, event);
        break;
    case HF_EVENT_KEYS:
        hf_ladder_keys(t, event);
        break;
    case HF_EVENT_PACKET:
        take_packet(t, event);
        break;
    case HF_EVENT_ERROR:
        take_error(t, event);
        break;
    default:
        break;
    }
}
