/* Events as comments. See capture_notes.h. */
#include "trace/capture_notes.h"

#include "trace/dissect.h"
#include "trace/words.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define NOTE_MAX      256u
#define CONTENT_CCS   20u
#define CONTENT_ALERT 21u
#define CONTENT_DATA  23u
#define ALERT_WARNING 1u
#define ALERT_SIZE    2u

__attribute__((format(printf, 2, 3))) static void add(hf_capture_notes *notes, const char *format,
                                                      ...)
{
    static const char MORE[] = "... (more than fits here)\n";
    char line[NOTE_MAX];
    va_list arguments;
    va_start(arguments, format);
    int wanted = vsnprintf(line, sizeof line - 1, format, arguments);
    va_end(arguments);
    size_t len = strlen(line);
    for (size_t i = 0; i < len; i++) {
        line[i] = line[i] >= 0x20 && line[i] < 0x7f ? line[i] : '?';
    }
    line[len++] = '\n';
    if (wanted < 0 || notes->full) {
        return;
    }
    notes->full = notes->len + len + sizeof MORE > sizeof notes->text;
    const char *from = notes->full ? MORE : line;
    len = notes->full ? sizeof MORE - 1 : len;
    memcpy(notes->text + notes->len, from, len);
    notes->len += len;
}

static const char *known(const char *name)
{
    return name == NULL || name[0] == 0 ? "unknown" : name;
}

static void note_record(hf_capture_notes *notes, const hf_event *event)
{
    const uint8_t *content = event->body.ptr;
    const char *sealed = event->sealed ? ", encrypted" : "";
    if (event->type == CONTENT_ALERT && event->body.len == ALERT_SIZE) {
        add(notes, "alert: %s %s%s", content[0] == ALERT_WARNING ? "warning" : "fatal",
            known(hf_alert_name(content[1])), sealed);
    } else if (event->type == CONTENT_CCS) {
        add(notes, "change_cipher_spec%s", sealed);
    } else if (event->type == CONTENT_DATA) {
        add(notes, "application_data: %u bytes%s", event->content, sealed);
    }
}

static void note_message(hf_capture_notes *notes, const hf_event *event)
{
    const char *name = hf_message_name(event->type);
    if (event->pieces) {
        add(notes, "%s: read in pieces", name);
    } else if (event->offset + event->body.len >= event->size) {
        add(notes, "%s: %u bytes", name, event->size);
    }
}

static void note_decision(hf_capture_notes *notes, const hf_event *event)
{
    char text[HF_DECISION_TEXT];
    const char *reason = hf_reason_text(event->reason);
    hf_decision_text(event, text);
    add(notes, reason[0] == 0 ? "%s%s" : "%s: %s", text, reason);
}

static void note_keys(hf_capture_notes *notes, const hf_event *event)
{
    static const char *const KINDS[] = {
        [HF_EPOCH_HANDSHAKE] = "for the handshake",
        [HF_EPOCH_APPLICATION] = "for application data",
        [HF_EPOCH_UPDATE] = "by KeyUpdate",
    };
    if (event->type < sizeof KINDS / sizeof KINDS[0]) {
        add(notes, "new keys %s: %s from here on", KINDS[event->type],
            event->sent ? "sending" : "receiving");
    }
}

void hf_capture_note(hf_capture_notes *notes, const hf_event *event)
{
    switch ((hf_event_kind)event->kind) {
    case HF_EVENT_RECORD:
        note_record(notes, event);
        break;
    case HF_EVENT_MESSAGE:
        note_message(notes, event);
        break;
    case HF_EVENT_DECISION:
        note_decision(notes, event);
        break;
    case HF_EVENT_KEYS:
        note_keys(notes, event);
        break;
    case HF_EVENT_ERROR:
        add(notes, "fails here: %s: %s", known(hf_error_name((hf_code)event->number)),
            hf_error_what((hf_code)event->number));
        break;
    default:
        break;
    }
}
