/* What stands below an arrow: the fields that matter, or all of them. See ladder.h.
 *
 * The dissector gives a message's fields one by one. For the ladder, rows are picked out of them by
 * name, each with all values of its kind; with HF_LADDER_FIELDS each field is a row with its
 * bytes.
 */
#include "tls/record.h"
#include "trace/ladder_parts.h"

#include <handfast/config.h>
#include <stdio.h>
#include <string.h>

#define COUNT(list)  (sizeof(list) / sizeof((list)[0]))
#define TEXT         2u
#define LEVELS       10u
#define ROW_TEXT     600u
#define BYTES_BEFORE 8u /* on the line of a field's name */
#define BYTES_A_LINE 16u
#define FIELD_TEXT   (HF_PEN_TEXT_MAX - 64u)
#define MQTT_VERSION 4u /* 3.1.1: what this library speaks */

typedef enum take {
    TAKE_MEANING, /* what the field means */
    TAKE_NAMES,   /* the names of the fields in it */
    TAKE_COUNT,   /* how many there are: what they hold is chance */
} take;

/* Where a row comes from: fields of this name somewhere inside of one named `within`; NULL: at the
 * top of the message. */
typedef struct row {
    const char *label;
    const char *within;
    const char *name;
    take take;
} row;

static const row ROWS[] = {
    {"version", NULL, "legacy_version", TAKE_MEANING}, /* unless one of the next two stands there */
    {"versions", "supported_versions", "version", TAKE_MEANING},
    {"version", "supported_versions", "selected_version", TAKE_MEANING},
    {"version", NULL, "server_version", TAKE_MEANING},
    {"suites", "cipher_suites", "cipher_suite", TAKE_MEANING},
    {"suite", NULL, "cipher_suite", TAKE_MEANING},
    {"server name", "server_name", "host_name", TAKE_MEANING},
    {"groups", "supported_groups", "named_group", TAKE_MEANING},
    {"key shares", "client_shares", "group", TAKE_MEANING},
    {"key share", "server_share", "group", TAKE_MEANING},
    {"wants share", "key_share", "selected_group", TAKE_MEANING},
    {"cookie", "cookie", "cookie", TAKE_MEANING},
    {"signatures", "signature_algorithms", "signature_scheme", TAKE_MEANING},
    {"ALPN", "application_layer_protocol_negotiation", "protocol_name", TAKE_MEANING},
    {"PSKs", "identities", "psk_identity", TAKE_COUNT},
    {"PSK modes", "ke_modes", "ke_mode", TAKE_MEANING},
    {"PSK taken", "pre_shared_key", "selected_identity", TAKE_MEANING},
    {"ticket", "session_ticket", "ticket", TAKE_MEANING},
    {"group", NULL, "namedcurve", TAKE_MEANING},
    {"group", "params", "namedcurve", TAKE_MEANING},
    {"raw key", "certificate_list", "ASN1_subjectPublicKeyInfo", TAKE_MEANING},
    {"raw key", NULL, "ASN1_subjectPublicKeyInfo", TAKE_MEANING},
    {"kinds of key", "certificate_types", "client_certificate_type", TAKE_MEANING},
    {"CAs", "certificate_authorities", "distinguished_name", TAKE_MEANING},
    {"signed with", NULL, "algorithm", TAKE_MEANING},
    {"lifetime", NULL, "ticket_lifetime", TAKE_MEANING},
    {"lifetime", NULL, "ticket_lifetime_hint", TAKE_MEANING},
    {"ticket", NULL, "ticket", TAKE_MEANING},
    {"verify_data", NULL, "verify_data", TAKE_MEANING},
    {"asks back", NULL, "request_update", TAKE_MEANING},
    {"record limit", "record_size_limit", "record_size_limit", TAKE_MEANING},
    {"extensions", NULL, "extensions", TAKE_NAMES},
};

/* What was picked out of one message. */
typedef struct view {
    hf_ladder *t;
    const char *names[LEVELS]; /* of the fields above, by level */
    unsigned certificates;
    size_t counts[COUNT(ROWS)];
    char texts[COUNT(ROWS)][ROW_TEXT];
} view;

static bool is(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

static bool is_within(const view *v, const hf_field *field, const char *name)
{
    for (size_t i = 0; i < field->level && i < LEVELS; i++) {
        if (is(v->names[i], name)) {
            return true;
        }
    }
    return false;
}

static bool fits(const view *v, const hf_field *field, const row *r)
{
    if (r->take == TAKE_NAMES) {
        return field->level == 1 && is(v->names[0], r->name);
    }
    return is(field->name, r->name) &&
           (r->within == NULL ? field->level == 0 : is_within(v, field, r->within));
}

static void add(view *v, size_t at, const char *text)
{
    size_t len = strlen(v->texts[at]);
    size_t room = ROW_TEXT - len;
    int n = snprintf(v->texts[at] + len, room, "%s%s", len == 0 ? "" : ", ", text);
    if (n >= 0 && (size_t)n >= room) {
        memcpy(v->texts[at] + ROW_TEXT - 4, "...", 4);
    }
}

static void pick_field(void *ctx, const hf_field *field)
{
    view *v = ctx;
    if (field->level >= LEVELS) {
        return;
    }
    v->names[field->level] = field->name;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        if (fits(v, field, &ROWS[i])) {
            v->counts[i]++;
            if (ROWS[i].take != TAKE_COUNT) {
                add(v, i, ROWS[i].take == TAKE_NAMES ? field->name : field->meaning);
            }
        }
    }
    bool listed = field->level > 0 && is(v->names[0], "certificate_list");
    if (listed && (is(field->name, "cert_data") || is(field->name, "certificate"))) {
        hf_ladder_certificate(v->t, v->certificates++, field->bytes);
    }
    if (is(field->name, "malformed")) {
        hf_pen_text(&v->t->pen, HF_INK_BAD, TEXT + 2, 2, "malformed: %s", field->meaning);
    }
}

static void print_rows(view *v)
{
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        if (ROWS[i].take == TAKE_COUNT && v->counts[i] > 0) {
            (void)snprintf(v->texts[i], ROW_TEXT, "%zu", v->counts[i]);
        }
        bool old = i == 0 && (v->counts[1] > 0 || v->counts[2] > 0);
        if (v->texts[i][0] != 0 && !old) {
            hf_pen_item(&v->t->pen, ROWS[i].label, v->texts[i]);
        }
    }
}

/* ---- every field with its bytes */

typedef struct dump {
    hf_ladder *t;
    hf_span body;
    uint32_t shown; /* bytes of it */
} dump;

/* Up to `end`, in lines of their own. */
static void dump_to(dump *d, uint32_t end)
{
    while (d->shown < end) {
        uint32_t left = end - d->shown;
        uint32_t n = left < BYTES_A_LINE ? left : BYTES_A_LINE;
        hf_pen_bytes(&d->t->pen, d->shown, (hf_span){d->body.ptr + d->shown, n}, "");
        d->shown += n;
    }
}

/* A field that has others in it shows what stands before them; they show the rest. Bytes between
 * two fields (of DER, which are no field) are shown as well. */
static void dump_field(void *ctx, const hf_field *field)
{
    dump *d = ctx;
    char text[FIELD_TEXT];
    uint32_t begin = field->offset - field->prefix;
    uint32_t end = field->offset + (field->parent ? 0 : (uint32_t)field->bytes.len);
    dump_to(d, begin);
    uint32_t first = end - begin < BYTES_BEFORE ? end - begin : BYTES_BEFORE;
    (void)snprintf(text, sizeof text, "%*s%s%s%s", (int)(2u * field->level), "", field->name,
                   field->meaning[0] == 0 ? "" : ": ", field->meaning);
    hf_pen_bytes(&d->t->pen, begin, (hf_span){first == 0 ? NULL : d->body.ptr + begin, first},
                 text);
    d->shown = begin + first;
    dump_to(d, end);
}

static bool shows_all(const hf_ladder *t)
{
    return t->level >= HF_LADDER_FIELDS;
}

/* ---- what calls these */

void hf_ladder_message(hf_ladder *t, const hf_event *event, hf_span body)
{
    view v = {.t = t};
    const hf_dissect_as as = hf_follow_as(&t->follow, event);
    dump d = {.t = t, .body = body};
    const hf_field_out all = {dump_field, &d};
    const hf_field_out some = {pick_field, &v};
    if (shows_all(t)) {
        hf_dissect_message(event->type, body, &as, &all);
        dump_to(&d, (uint32_t)body.len);
        return;
    }
    hf_dissect_message(event->type, body, &as, &some);
    print_rows(&v);
}

/* Packets are short: each field is an item. */
static void print_field(void *ctx, const hf_field *field)
{
    hf_ladder *t = ctx;
    if (!field->parent) {
        hf_pen_item(&t->pen, field->name, field->meaning);
    }
}

void hf_ladder_packet(hf_ladder *t, const hf_event *event)
{
    dump d = {.t = t, .body = event->body};
    const hf_field_out all = {dump_field, &d};
    const hf_field_out some = {print_field, t};
    if (event->body.len > 0) {
        hf_dissect_packet(event->type, event->body, MQTT_VERSION, shows_all(t) ? &all : &some);
    }
}

void hf_ladder_content(hf_ladder *t, const hf_event *event)
{
    dump d = {.t = t, .body = event->body};
    const hf_field_out all = {dump_field, &d};
    if (shows_all(t)) {
        hf_dissect_record(event->type, event->body, &all);
    }
    if (event->type == HF_CONTENT_ALERT && event->body.len == 2 && !shows_all(t)) {
        const uint8_t *alert = event->body.ptr; /* its level and its description */
        bool fatal = alert[0] == 2;
        hf_pen_text(&t->pen, fatal ? HF_INK_BAD : HF_INK_PLAIN, TEXT + 2, 2, "%s%s%s",
                    fatal ? "fatal" : "warning", event->sent ? "" : ": ",
                    event->sent ? "" : hf_alert_what(alert[1])); /* written for its receiver */
    } else if (event->type == HF_CHANGE_CIPHER_SPEC && t->follow.version == HF_TLS13) {
        hf_pen_text(&t->pen, HF_INK_FAINT, TEXT + 2, 2,
                    "means nothing in TLS 1.3: it is there for boxes on the way that know TLS 1.2");
    }
}
