/* Names and texts of errors, alerts and stages, made from errors.def and alerts.def. */
#include <handfast/error.h>

#include <stdarg.h>
#include <stdio.h>

typedef struct error_text {
    uint16_t code;
    const char *name;
    const char *what;
    const char *todo;
} error_text;

static const error_text ERRORS[] = {
    {HF_OK, "HF_OK", "Nothing went wrong.", ""},
    {HF_PENDING, "HF_PENDING", "The answer comes later.", ""},
#define HF_ERROR(name, number, class_, alert, what, todo) {number, "HF_E_" #name, what, todo},
#include <handfast/errors.def>
#undef HF_ERROR
};

static const error_text ALERTS[] = {
#define HF_ALERT(number, name, what, todo) {number, name, what, todo},
#include <handfast/alerts.def>
#undef HF_ALERT
};

static const error_text UNKNOWN = {0, "unknown", "", ""};

static const error_text *find(const error_text *table, size_t count, unsigned code)
{
    for (size_t i = 0; i < count; i++) {
        if (table[i].code == code) {
            return &table[i];
        }
    }
    return &UNKNOWN;
}

static const error_text *error_of(hf_code code)
{
    return find(ERRORS, sizeof ERRORS / sizeof ERRORS[0], (unsigned)code);
}

static const error_text *alert_of(uint8_t alert)
{
    return find(ALERTS, sizeof ALERTS / sizeof ALERTS[0], alert);
}

const char *hf_error_name(hf_code code)
{
    return error_of(code)->name;
}

const char *hf_error_what(hf_code code)
{
    return error_of(code)->what;
}

const char *hf_error_todo(hf_code code)
{
    return error_of(code)->todo;
}

const char *hf_alert_name(uint8_t alert)
{
    return alert_of(alert)->name;
}

const char *hf_alert_what(uint8_t alert)
{
    return alert_of(alert)->what;
}

const char *hf_alert_todo(uint8_t alert)
{
    return alert_of(alert)->todo;
}

const char *hf_stage_name(hf_stage stage)
{
    static const char *const NAMES[] = {"none", "setup", "resolve", "TCP", "TLS", "MQTT"};
    return (size_t)stage < sizeof NAMES / sizeof NAMES[0] ? NAMES[stage] : "unknown";
}

typedef struct text_out {
    char *text;
    size_t len;
    size_t cap;
} text_out;

__attribute__((format(printf, 2, 3))) static void say(text_out *out, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    size_t room = out->len < out->cap ? out->cap - out->len : 0;
    int n = vsnprintf(room > 0 ? out->text + out->len : NULL, room, format, args);
    va_end(args);
    out->len += n > 0 ? (size_t)n : 0;
}

/* RFC 8446 B.3, RFC 5246 7.4; 128 and 129 are the library's own numbers for two more steps. */
static const char *message_name(uint8_t step)
{
    static const struct {
        uint8_t number;
        const char *name;
    } NAMES[] = {
        {0, "hello_request"},        {1, "client_hello"},         {2, "server_hello"},
        {4, "new_session_ticket"},   {8, "encrypted_extensions"}, {11, "certificate"},
        {12, "server_key_exchange"}, {13, "certificate_request"}, {14, "server_hello_done"},
        {15, "certificate_verify"},  {16, "client_key_exchange"}, {20, "finished"},
        {22, "certificate_status"},  {24, "key_update"},          {128, "hello_retry_request"},
        {129, "change_cipher_spec"},
    };
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        if (NAMES[i].number == step) {
            return NAMES[i].name;
        }
    }
    return "unknown";
}

static void say_place(text_out *out, const hf_error *error)
{
    say(out, "   in: %s (%s", hf_error_name((hf_code)error->code),
        hf_stage_name((hf_stage)error->stage));
    if (error->step != HF_STEP_NONE) {
        say(out, ", handshake message %u %s", error->step, message_name(error->step));
    }
    if (error->depth != HF_DEPTH_NONE) {
        say(out, ", certificate %u", error->depth);
    }
    if (error->offset != 0) {
        say(out, ", offset %lu", (unsigned long)error->offset);
    }
    if (error->detail != 0) {
        say(out, ", detail %lu", (unsigned long)error->detail);
    }
    if (error->system != 0) {
        say(out, ", system %ld", (long)error->system);
    }
    say(out, ")\n");
}

size_t hf_error_describe(const hf_error *error, char *text, size_t cap)
{
    text_out out = {.text = text, .len = 0, .cap = cap};
    hf_code code = (hf_code)error->code;
    if (code == HF_E_ALERT) {
        say(&out, "what: The peer refused with the alert %s (%u). %s\n",
            hf_alert_name(error->alert), error->alert, hf_alert_what(error->alert));
        say_place(&out, error);
        say(&out, "   do: %s\n", hf_alert_todo(error->alert));
        return out.len;
    }
    say(&out, "what: %s\n", hf_error_what(code));
    say_place(&out, error);
    if (error->alert_by != HF_ALERT_NONE) {
        say(&out, "alert: %s (%u) %s\n", hf_alert_name(error->alert), error->alert,
            error->alert_by == HF_ALERT_SENT ? "sent to the peer" : "received from the peer");
    }
    say(&out, "   do: %s\n", hf_error_todo(code));
    return out.len;
}
