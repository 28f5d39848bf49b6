/* Results of the doctor, for people and as JSON lines (docs/doctor.md). Everything that comes from
 * the peer is made printable where it is put into a result. */
#include "doctor_fit.h"
#include "report.h"

#include "trace/json.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const VERDICTS[] = {
    [DOCTOR_OK] = "ok",           [DOCTOR_SKIPPED] = "skipped", [DOCTOR_NOTE] = "note",
    [DOCTOR_WARNING] = "warning", [DOCTOR_FAULT] = "fault",
};

static const struct {
    const char *name;
    const char *what;
} CAUSES[] = {
    {"", ""},
#define DOCTOR_CAUSE(NAME, name, what) {name, what},
#include "doctor_causes.def"
#undef DOCTOR_CAUSE
};

/* ---- results */

static void add_line(char *text, size_t cap, const char *format, va_list args)
{
    size_t len = strlen(text);
    if (len + 2 >= cap) {
        return;
    }
    (void)vsnprintf(text + len, cap - len - 1, format, args);
    for (char *at = text + len; *at != '\0'; at++) {
        *at = *at >= 0x20 && *at < 0x7f ? *at : '?';
    }
    (void)strcat(text, "\n");
}

void doctor_see(doctor_result *result, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add_line(result->seen, sizeof result->seen, format, args);
    va_end(args);
}

void doctor_judge(doctor_result *result, doctor_verdict verdict, doctor_cause cause, hf_code code,
                  const char *remedy, ...)
{
    if (result->verdict >= (uint8_t)verdict) {
        return;
    }
    va_list args;
    va_start(args, remedy);
    result->verdict = (uint8_t)verdict;
    result->cause = (uint8_t)cause;
    result->code = code;
    result->remedy[0] = '\0';
    add_line(result->remedy, sizeof result->remedy, remedy, args);
    va_end(args);
}

void doctor_skip(doctor_result *result, const char *why, ...)
{
    if (result->verdict != DOCTOR_OK) {
        return;
    }
    va_list args;
    va_start(args, why);
    result->verdict = DOCTOR_SKIPPED;
    add_line(result->seen, sizeof result->seen, why, args);
    va_end(args);
}

/* ---- JSON */

static void put(void *ctx, const char *text, size_t len)
{
    (void)fwrite(text, 1, len, ctx);
}

/* One string for each line. */
static void json_lines(hf_json *json, const char *key, const char *text)
{
    hf_json_open(json, key, '[');
    while (*text != '\0') {
        char line[DOCTOR_SEEN];
        size_t len = strcspn(text, "\n");
        memcpy(line, text, len);
        line[len] = '\0';
        hf_json_text(json, NULL, line);
        text += len + (text[len] == '\n' ? 1u : 0u);
    }
    hf_json_close(json, ']');
}

static void json_text_or_null(hf_json *json, const char *key, const char *text)
{
    if (text == NULL || text[0] == '\0') {
        hf_json_null(json, key);
        return;
    }
    char line[DOCTOR_REMEDY];
    (void)snprintf(line, sizeof line, "%.*s", (int)strcspn(text, "\n"), text);
    hf_json_text(json, key, line);
}

static void json_cause(hf_json *json, const doctor_result *result)
{
    hf_json_text(json, "verdict", VERDICTS[result->verdict]);
    json_text_or_null(json, "cause", CAUSES[result->cause].name);
    json_text_or_null(json, "what", CAUSES[result->cause].what);
    json_text_or_null(json, "code", result->code == HF_OK ? NULL : hf_error_name(result->code));
    json_lines(json, "seen", result->seen);
    json_text_or_null(json, "remedy", result->remedy);
}

static void json_cost(hf_json *json, const char *key, const doctor_cost *cost)
{
    hf_json_open(json, key, '{');
    hf_json_number(json, "bytes_up", cost->up);
    hf_json_number(json, "bytes_down", cost->down);
    hf_json_number(json, "round_trips", cost->round_trips);
    hf_json_open(json, "milliseconds", '{');
    for (size_t i = 0; i < DOCTOR_LINKS_COUNT; i++) {
        hf_json_number(json, DOCTOR_LINKS[i].name, cost->ms[i]);
    }
    hf_json_close(json, '}');
    hf_json_close(json, '}');
}

static void json_fit(hf_json *json, const doctor *d)
{
    doctor_fit_result fit;
    doctor_fit_compute(d, &fit);
    hf_json_open(json, "ram", '{');
    hf_json_number(json, "total", (int64_t)fit.total);
    hf_json_number(json, "connection", (int64_t)fit.engine);
    hf_json_number(json, "input", (int64_t)fit.input);
    hf_json_number(json, "output", (int64_t)fit.output);
    hf_json_number(json, "certificate", (int64_t)fit.certificate);
    hf_json_number(json, "names", (int64_t)fit.names);
    hf_json_number(json, "mqtt", (int64_t)fit.mqtt);
    hf_json_number(json, "session", (int64_t)fit.session);
    hf_json_close(json, '}');
    json_cost(json, "first", &fit.first);
    if (fit.has_resumed) {
        json_cost(json, "resumed", &fit.resumed);
    } else {
        hf_json_null(json, "resumed");
    }
}

static void json_step(const doctor *d, doctor_step_id step)
{
    const hf_sink sink = {.put = put, .ctx = stdout};
    hf_json json = {.sink = &sink};
    hf_json_open(&json, NULL, '{');
    hf_json_text(&json, "kind", "step");
    hf_json_text(&json, "step", doctor_step_name(step));
    json_cause(&json, &d->results[step]);
    if (step == STEP_FIT && d->first.open) {
        json_fit(&json, d);
    }
    hf_json_close(&json, '}');
    hf_json_end_line(&json);
}

/* ---- text */

/* Lines after the first begin below it. */
static void print_lines(const char *label, const char *text)
{
    char indent[32];
    (void)snprintf(indent, sizeof indent, "%*s", (int)strlen(label), "");
    while (*text != '\0') {
        int len = (int)strcspn(text, "\n");
        printf("%s%.*s\n", label, len, text);
        label = indent;
        text += len + (text[len] == '\n' ? 1 : 0);
    }
}

void doctor_print_begin(const doctor *d)
{
    if (!d->options->json) {
        printf("doctor for %s port %u\n", d->address.host, d->address.port);
    }
}

void doctor_print_step(const doctor *d, doctor_step_id step)
{
    const doctor_result *result = &d->results[step];
    char label[64];
    if (d->options->json) {
        json_step(d, step);
    } else {
        (void)snprintf(label, sizeof label, "  %-8s %-13s ", VERDICTS[result->verdict],
                       doctor_step_name(step));
        print_lines(label, result->seen[0] != '\0' ? result->seen : "-\n");
        print_lines("                     do: ", result->remedy);
    }
    (void)fflush(stdout);
}

static const doctor_result *find_first(const doctor *d, doctor_verdict verdict,
                                       doctor_step_id *step)
{
    for (unsigned i = 0; i < DOCTOR_STEPS; i++) {
        if (d->results[i].verdict == (uint8_t)verdict) {
            *step = (doctor_step_id)i;
            return &d->results[i];
        }
    }
    return NULL;
}

static void json_end(const doctor *d, const doctor_result *cause, doctor_step_id step,
                     cli_exit exit)
{
    const hf_sink sink = {.put = put, .ctx = stdout};
    hf_json json = {.sink = &sink};
    hf_json_open(&json, NULL, '{');
    hf_json_text(&json, "kind", "verdict");
    json_text_or_null(&json, "step", cause == NULL ? NULL : doctor_step_name(step));
    if (cause != NULL) {
        json_cause(&json, cause);
    } else {
        hf_json_text(&json, "verdict", VERDICTS[DOCTOR_OK]);
    }
    hf_json_number(&json, "exit", exit);
    hf_json_number(&json, "connections", d->connections);
    hf_json_close(&json, '}');
    hf_json_end_line(&json);
}

static void print_end(const doctor *d, const doctor_result *cause, doctor_step_id step)
{
    puts("");
    if (cause == NULL) {
        puts("verdict: healthy");
    } else {
        printf("verdict: %s in step %s: %s\n", VERDICTS[cause->verdict], doctor_step_name(step),
               CAUSES[cause->cause].name);
        print_lines("what: ", CAUSES[cause->cause].what);
        print_lines("seen: ", cause->seen);
        print_lines("  do: ", cause->remedy);
    }
    printf("%u connections were made\n", d->connections);
}

cli_exit doctor_print_end(const doctor *d)
{
    doctor_step_id step = STEP_FILES;
    const doctor_result *cause = find_first(d, DOCTOR_FAULT, &step);
    cli_exit exit = cause == NULL ? CLI_OK : cli_exit_of(cause->code);
    cause = cause == NULL ? find_first(d, DOCTOR_WARNING, &step) : cause;
    if (d->options->json) {
        json_end(d, cause, step, exit);
    } else {
        print_end(d, cause, step);
    }
    return exit;
}
