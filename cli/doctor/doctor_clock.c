/* This machine's clock: against the build time of the software, against the certificates that are
 * given, and against the Date of a server that speaks HTTP over TLS.
 */
#include "doctor_raw.h"
#include "when.h"

#include "x509/build_time.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define CLOCK_WRONG 300   /* seconds of difference to the server's clock */
#define HTTP_MS     1000u /* for an answer */
#define AT_HAND     9     /* certificates that are looked at: the device's, and CAs */

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

/* ---- against the files at hand */

/* Own certificate and CAs, the first `max` of them. */
static size_t certificates_at_hand(const doctor *d, hf_certificate *list, size_t max)
{
    const hf_identity *ours = &d->setup.config.identity;
    const hf_anchor_list *anchors = &d->setup.config.anchor_list;
    size_t count = 0;
    if (ours->chain_count > 0 && hf_x509_parse(&list[0], ours->chain[0], NULL) == HF_OK) {
        count++;
    }
    for (size_t i = 0; i < anchors->count && count < max; i++) {
        bool good = hf_x509_parse(&list[count], anchors->anchors[i].certificate, NULL) == HF_OK;
        count += good ? 1u : 0u;
    }
    return count;
}

bool doctor_clock_is_ahead(const doctor *d)
{
    hf_certificate list[AT_HAND];
    size_t count = certificates_at_hand(d, list, AT_HAND);
    int64_t now = cli_setup_now(&d->setup);
    for (size_t i = 0; i < count; i++) {
        if (now <= list[i].not_after) {
            return false;
        }
    }
    return count > 1; /* one alone may well have expired */
}

static bool compare_with_files(const doctor *d, int64_t now, doctor_result *result)
{
    hf_certificate list[AT_HAND];
    size_t count = certificates_at_hand(d, list, AT_HAND);
    char begins[CLI_WHEN_SIZE];
    for (size_t i = 0; i < count; i++) {
        if (list[i].not_before > now) {
            cli_when_text(list[i].not_before, begins);
            doctor_see(result,
                       "a certificate that is given begins at %s only: it cannot have been "
                       "made in the future",
                       begins);
            clock_fault(result, "Set this machine's clock: it is behind.");
            return true;
        }
    }
    if (doctor_clock_is_ahead(d)) {
        doctor_see(result, "all certificates that are given have expired, the CAs too");
        clock_fault(result, "Set this machine's clock: it seems to be ahead.");
        return true;
    }
    return false;
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
    if (compare_with_files(d, now, result)) {
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
