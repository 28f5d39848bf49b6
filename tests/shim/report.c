/* What the shim says on stderr: the reason of a failure, symbols that an error map can name, the
 * alert. Names come from the lists, so that builds without error texts print them as well. */
#include "shim/shim.h"

#include <stdarg.h>
#include <stdio.h>

typedef struct name {
    unsigned number;
    const char *text;
} name;

static const name ERRORS[] = {
#define HF_ERROR(name_, number, class_, alert, what, todo) {number, "HF_E_" #name_},
#include <handfast/errors.def>
#undef HF_ERROR
};

static const name ALERTS[] = {
#define HF_ALERT(number, name_, what, todo) {number, name_},
#include <handfast/alerts.def>
#undef HF_ALERT
};

static const char *find(const name *names, size_t count, unsigned number)
{
    for (size_t i = 0; i < count; i++) {
        if (names[i].number == number) {
            return names[i].text;
        }
    }
    return "unknown";
}

static void say(const char *format, va_list values)
{
    vfprintf(stderr, format, values);
    fputc('\n', stderr);
}

int shim_failed(const char *format, ...)
{
    va_list values;
    va_start(values, format);
    say(format, values);
    va_end(values);
    return SHIM_FAILED;
}

int shim_unimplemented(const char *format, ...)
{
    va_list values;
    va_start(values, format);
    fputs("unimplemented: ", stderr);
    say(format, values);
    va_end(values);
    return SHIM_UNIMPLEMENTED;
}

int shim_bad_flag(const char *flag, const char *why)
{
    return shim_failed("%s: %s", flag, why);
}

int shim_report_code(hf_code code)
{
    return shim_failed("%s", find(ERRORS, sizeof ERRORS / sizeof ERRORS[0], code));
}

int shim_report_error(const hf_error *error)
{
    char text[1024] = "";
    (void)shim_report_code((hf_code)error->code);
    if (error->alert_by != HF_ALERT_NONE) {
        const char *who = error->alert_by == HF_ALERT_SENT ? "sent" : "received";
        const char *alert = find(ALERTS, sizeof ALERTS / sizeof ALERTS[0], error->alert);
        (void)shim_failed("alert %s: %s", who, alert);
    }
    if (hf_error_describe(error, text, sizeof text) > 0) {
        fputs(text, stderr);
    }
    return SHIM_FAILED;
}
