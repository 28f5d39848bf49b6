/* What can be known before anything is sent: the device's files, and its clock. */
#include "doctor_raw.h"
#include "report.h"
#include "when.h"

#include "x509/build_time.h"
#include "x509/link.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY         86400
#define SOON        (30 * DAY)
#define CLOCK_WRONG 300   /* seconds of difference to the server's clock */
#define HTTP_MS     1000u /* for an answer */

/* ---- files */

/* The report of a failure, "what: ...\n  do: ...\n", as what was seen and its remedy. */
static void take_report(doctor_result *result, char *text, hf_code code)
{
    char remedy[DOCTOR_REMEDY] = "";
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        line += strspn(line, " ");
        if (strncmp(line, "do: ", 4) == 0) {
            (void)snprintf(remedy, sizeof remedy, "%s", line + 4);
        } else {
            const char *colon = strchr(line, ':');
            bool what = strncmp(line, "what: ", 6) == 0;
            doctor_see(result, "%s", what && colon != NULL ? colon + 2 : line);
        }
    }
    doctor_cause cause = code == HF_E_KEY_MISMATCH      ? CAUSE_KEY_MISMATCH
                         : code == HF_E_KEY_UNSUPPORTED ? CAUSE_KEY_UNSUPPORTED
                         : code == HF_E_NO_ANCHORS      ? CAUSE_NO_CA
                                                        : CAUSE_FILES;
    doctor_judge(result, DOCTOR_FAULT, cause, code, "%s", remedy);
}

static bool make_setup(doctor *d, doctor_result *result)
{
    char *text = NULL;
    size_t len = 0;
    FILE *report = open_memstream(&text, &len);
    cli_report_to(report);
    d->has_setup = true;
    cli_exit code = cli_setup_make(&d->setup, &d->options->tls);
    cli_report_to(NULL);
    if (report != NULL) {
        (void)fclose(report);
    }
    if (code != CLI_OK) {
        hf_code why = (hf_code)d->setup.config.error.code;
        take_report(result, text == NULL ? (char[]){""} : text, why == HF_OK ? HF_E_FILE : why);
    }
    free(text);
    return code == CLI_OK;
}

static void judge_dates(const hf_certificate *leaf, int64_t now, doctor_result *result)
{
    if (now > leaf->not_after) {
        doctor_judge(result, DOCTOR_FAULT, CAUSE_CLIENT_CERTIFICATE_EXPIRED, HF_E_CERT_UNREADABLE,
                     "Renew the device's certificate; if it is valid, set this machine's clock.");
    } else if (now < leaf->not_before && now >= HF_BUILD_TIME) {
        doctor_judge(result, DOCTOR_FAULT, CAUSE_CLIENT_CERTIFICATE_NOT_YET_VALID,
                     HF_E_CERT_UNREADABLE,
                     "Wait, or issue the device's certificate again; or set this machine's clock.");
    } else if (leaf->not_after != HF_TIME_NEVER && leaf->not_after - now < SOON) {
        doctor_judge(result, DOCTOR_WARNING, CAUSE_CLIENT_CERTIFICATE_EXPIRES_SOON, HF_OK,
                     "Renew the device's certificate.");
    }
}

static void look_at_own(doctor *d, doctor_result *result)
{
    const hf_identity *ours = &d->setup.config.identity;
    hf_certificate leaf;
    char text[256];
    char until[CLI_WHEN_SIZE];
    size_t bytes = 0;
    for (size_t i = 0; i < ours->chain_count; i++) {
        bytes += ours->chain[i].len;
    }
    if (ours->chain_count == 0 || hf_x509_parse(&leaf, ours->chain[0], NULL) != HF_OK) {
        return;
    }
    (void)hf_x509_name_text(leaf.subject, text, sizeof text);
    cli_when_text(leaf.not_after, until);
    doctor_see(result, "device: %s, until %s; %zu certificate%s, %zu bytes", text, until,
               ours->chain_count, ours->chain_count == 1 ? "" : "s", bytes);
    int64_t now = cli_setup_now(&d->setup);
    judge_dates(&leaf, now, result);
    if (hf_link_end_entity(&leaf, HF_FOR_CLIENT_AUTH) != HF_OK) {
        doctor_see(result, "the device's certificate is not for clients (extendedKeyUsage or "
                           "keyUsage)");
        doctor_judge(result, DOCTOR_WARNING, CAUSE_CLIENT_CERTIFICATE_PURPOSE, HF_OK,
                     "Issue it with extendedKeyUsage clientAuth and keyUsage digitalSignature.");
    }
    if (leaf.signature_kind == HF_SIGNATURE_NONE) {
        doctor_see(result, "it is signed with an algorithm that is too weak");
        doctor_judge(result, DOCTOR_WARNING, CAUSE_CLIENT_CERTIFICATE_WEAK, HF_OK,
                     "Issue it with SHA-256 or better.");
    }
}

void doctor_files(doctor *d, doctor_result *result)
{
    if (!make_setup(d, result)) {
        return;
    }
    const hf_anchor_list *anchors = &d->setup.config.anchor_list;
    doctor_see(result, "%zu trusted CA%s", anchors->count, anchors->count == 1 ? "" : "s");
    if (d->setup.config.identity.chain_count == 0) {
        doctor_see(result, "no device certificate is given (--cert, --key)");
    }
    look_at_own(d, result);
}

/* ---- clock */

typedef struct exchange {
    const char *request;
    uint8_t answer[2048];
    size_t len;
} exchange;

static void ask_http(void *ctx, hf_conn *conn, uint32_t timeout)
{
    exchange *http = ctx;
    size_t len = 0;
    uint32_t wait = timeout < HTTP_MS ? timeout : HTTP_MS;
    hf_code code = hf_conn_write(conn, http->request, strlen(http->request), &len, timeout);
    while (code == HF_OK && http->len < sizeof http->answer) {
        code = hf_conn_read(conn, http->answer + http->len, sizeof http->answer - http->len, &len,
                            wait);
        http->len += code == HF_OK ? len : 0;
        code = code == HF_OK && len == 0 ? HF_E_CLOSED : code;
    }
}

/* The server's own time, from a HEAD request over TLS. Nothing of the device is in it. */
static bool ask_date(doctor *d)
{
    static const char FORMAT[] = "HEAD / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n";
    char request[400];
    exchange http = {.request = request};
    (void)snprintf(request, sizeof request, FORMAT, doctor_name(d));
    const doctor_ask ask = {.unchecked = !d->verified,
                            .alpn = "",
                            .use = ask_http,
                            .use_ctx = &http,
                            .short_time = true};
    doctor_seen seen;
    doctor_probe(d, &ask, &seen);
    doctor_seen_release(&seen);
    return doctor_http_date((hf_span){http.answer, http.len}, &d->server_date);
}

static bool may_speak_http(const doctor *d)
{
    return !d->options->mqtt && d->address.port != HF_DEFAULT_PORT &&
           (doctor_best(d) != NULL || d->first.open);
}

static void clock_fault(doctor_result *result, const char *remedy)
{
    doctor_judge(result, DOCTOR_FAULT, CAUSE_CLOCK, HF_E_CLOCK_IMPLAUSIBLE, "%s", remedy);
}

static void compare(const doctor *d, int64_t now, doctor_result *result)
{
    char text[CLI_WHEN_SIZE];
    int64_t difference = now - d->server_date;
    cli_when_text(d->server_date, text);
    doctor_see(result, "the server's Date: %s, %" PRId64 " s %s", text,
               difference < 0 ? -difference : difference,
               difference < 0 ? "ahead of us" : "behind us");
    const doctor_seen *seen = doctor_best(d);
    bool wrong = difference > CLOCK_WRONG || difference < -CLOCK_WRONG;
    hf_certificate leaf;
    bool matters =
        wrong && seen != NULL &&
        hf_x509_parse(&leaf, (hf_span){seen->chain.der[0], seen->chain.len[0]}, NULL) == HF_OK &&
        (now < leaf.not_before || now > leaf.not_after) && d->server_date >= leaf.not_before &&
        d->server_date <= leaf.not_after;
    if (matters) {
        doctor_see(result, "by the server's time its certificate is valid, by ours it is not");
        clock_fault(result, "Set this machine's clock (NTP, RTC battery).");
    } else if (wrong) {
        doctor_judge(
            result, DOCTOR_WARNING, CAUSE_CLOCK_DIFFERS, HF_OK,
            "One of the two clocks is wrong: set this machine's by NTP and compare again.");
    }
}

void doctor_clock(doctor *d, doctor_result *result)
{
    char text[CLI_WHEN_SIZE];
    int64_t now = cli_setup_now(&d->setup);
    cli_when_text(now, text);
    doctor_see(result, "%s%s", text, d->options->tls.has_time ? " (--time)" : "");
    if (now < HF_BUILD_TIME) {
        doctor_see(result, "that is before this software was built: the clock was never set");
        clock_fault(result, "Set the clock (NTP, RTC battery) before connecting, or give the "
                            "library a lower bound such as the last time seen (HF_TIME_AT_LEAST).");
        return;
    }
    if (!may_speak_http(d)) {
        doctor_see(result, "compared with the certificates only: a server tells its time in HTTP's "
                           "Date, not in TLS (the random of TLS 1.2 holds none today)");
    } else if (ask_date(d)) {
        compare(d, now, result);
    } else {
        doctor_see(result,
                   "the server does not speak HTTP over TLS here, so its time is not known");
    }
}
