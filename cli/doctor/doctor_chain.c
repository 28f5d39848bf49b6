/* The server's certificates: does a path lead to the CAs that the device trusts, is the order right
 * for a device that reads one certificate at a time, how long do they last, and for which names?
 *
 * The path is judged by the library's own walk, over the certificates as they were sent: without
 * the name, which is a step of its own, and with another time where only the dates are wrong. So
 * this file includes headers that are internal to the library.
 */
#include "doctor_chain.h"
#include "when.h"

#include "x509/name.h"
#include "x509/whole.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY        86400
#define SOON       (30 * DAY)
#define NAME_WIDTH 256
#define NAMES_ROOM 8192u

static bool read_sent(const doctor_seen *seen, doctor_sent *chain)
{
    memset(chain, 0, sizeof *chain);
    for (size_t i = 0; i < seen->chain.count && i < CLI_CHAIN_MAX; i++) {
        if (seen->chain.der[i] == NULL) {
            break;
        }
        chain->list[i] = (hf_span){seen->chain.der[i], seen->chain.len[i]};
        chain->good[i] = hf_x509_parse(&chain->parsed[i], chain->list[i], NULL) == HF_OK;
        chain->count++;
    }
    return chain->count > 0 && chain->good[0];
}

/* ---- the walk */

doctor_walked doctor_walk(const doctor *d, const hf_span *list, size_t count, hf_time now)
{
    const hf_config *config = &d->setup.config;
    uint8_t *names = calloc(1, NAMES_ROOM);
    const hf_path_policy policy = {
        .crypto = &config->crypto,
        .anchors = config->anchors,
        .now = now,
        .purpose = HF_FOR_SERVER_AUTH,
        .max_depth = config->max_depth,
        .max_certificates = config->limits.certificates,
        .max_signatures = config->limits.signatures,
    };
    hf_whole whole;
    hf_whole_start(&whole, &policy, list, count, (hf_space){names, names == NULL ? 0 : NAMES_ROOM});
    hf_code code = HF_PENDING;
    while (code == HF_PENDING) {
        code = hf_whole_run(&whole);
    }
    free(names);
    return (doctor_walked){.code = code, .depth = whole.depth};
}

/* A time at which no date of these certificates is wrong: HF_TIME_AT_LEAST leaves the begin of
 * their validity alone, and it is early enough for every end. */
hf_time doctor_any_time(const doctor_sent *chain)
{
    int64_t first = chain->parsed[0].not_after;
    for (size_t i = 1; i < chain->count; i++) {
        first = chain->good[i] && chain->parsed[i].not_after < first ? chain->parsed[i].not_after
                                                                     : first;
    }
    return (hf_time){.seconds = first, .kind = HF_TIME_AT_LEAST};
}

bool doctor_date_error(hf_code code)
{
    return code == HF_E_CERT_EXPIRED || code == HF_E_CERT_NOT_YET_VALID ||
           code == HF_E_CLOCK_IMPLAUSIBLE;
}

bool doctor_self_issued(const hf_certificate *certificate)
{
    return hf_name_same(certificate->subject, certificate->issuer);
}

static bool find_anchor(const doctor *d, hf_span name, hf_anchor *anchor)
{
    const hf_anchor_list *anchors = &d->setup.config.anchor_list;
    for (size_t i = 0; i < anchors->count; i++) {
        if (hf_name_same(anchors->anchors[i].name, name)) {
            *anchor = anchors->anchors[i];
            return true;
        }
    }
    return false;
}

/* The last certificate that the names lead to from the leaf, in whatever order they were sent. */
size_t doctor_top(const doctor_sent *chain)
{
    size_t top = 0;
    for (size_t steps = 0; steps < chain->count && !doctor_self_issued(&chain->parsed[top]);
         steps++) {
        size_t next = 0;
        for (size_t i = 1; i < chain->count && next == 0; i++) {
            bool fits = chain->good[i] && i != top &&
                        hf_name_same(chain->parsed[i].subject, chain->parsed[top].issuer);
            next = fits ? i : 0;
        }
        if (next == 0) {
            break;
        }
        top = next;
    }
    return top;
}

/* ---- order: a device reads one certificate at a time (HF_E_CERT_ORDER) */

static bool leaf_is_elsewhere(const doctor_sent *chain, size_t *where)
{
    if (!chain->parsed[0].is_ca) {
        return false;
    }
    for (size_t i = 1; i < chain->count; i++) {
        if (chain->good[i] && !chain->parsed[i].is_ca) {
            *where = i;
            return true;
        }
    }
    return false;
}

static void check_order(const doctor *d, const doctor_sent *chain, doctor_result *result)
{
    hf_anchor anchor;
    size_t where = 0;
    if (leaf_is_elsewhere(chain, &where)) {
        doctor_see(result, "the server's own certificate comes as number %zu", where + 1);
        doctor_judge(result, DOCTOR_FAULT, CAUSE_WRONG_ORDER, HF_E_CERT_ORDER, "%s",
                     hf_error_todo(HF_E_CERT_ORDER));
        return;
    }
    for (size_t i = 0; i + 1 < chain->count && chain->good[i + 1]; i++) {
        const hf_certificate *one = &chain->parsed[i];
        if (doctor_self_issued(one) || find_anchor(d, one->issuer, &anchor)) {
            return; /* what follows is not needed */
        }
        if (!hf_name_same(one->issuer, chain->parsed[i + 1].subject)) {
            doctor_see(result, "certificate %zu is not that of the issuer of number %zu", i + 2,
                       i + 1);
            bool is_there = doctor_top(chain) > i;
            if (is_there) {
                doctor_judge(result, DOCTOR_FAULT, CAUSE_WRONG_ORDER, HF_E_CERT_ORDER, "%s",
                             hf_error_todo(HF_E_CERT_ORDER));
            }
            return;
        }
    }
}

/* ---- what else there is to say */

static void see_certificates(const doctor_sent *chain, int64_t now, doctor_result *result)
{
    size_t total = 0;
    size_t largest = 0;
    for (size_t i = 0; i < chain->count; i++) {
        char name[NAME_WIDTH];
        char until[CLI_WHEN_SIZE];
        const hf_certificate *one = &chain->parsed[i];
        total += chain->list[i].len;
        largest = chain->list[i].len > largest ? chain->list[i].len : largest;
        if (!chain->good[i]) {
            doctor_see(result, "%zu: unreadable, %zu bytes", i, chain->list[i].len);
            continue;
        }
        (void)hf_x509_name_text(one->subject, name, sizeof name);
        cli_when_text(one->not_after, until);
        doctor_see(result, "%zu: %s, until %s (%" PRId64 " days), %zu bytes", i, name, until,
                   (one->not_after - now) / DAY, chain->list[i].len);
    }
    doctor_see(result, "together %zu bytes, the largest %zu", total, largest);
}

static void check_soon(const doctor *d, const doctor_sent *chain, int64_t now,
                       doctor_result *result)
{
    for (size_t i = 0; i < chain->count; i++) {
        int64_t left = chain->parsed[i].not_after - now;
        if (chain->good[i] && left >= 0 && left < SOON) {
            doctor_see(result, "certificate %zu expires in %" PRId64 " days", i, left / DAY);
            doctor_judge(result, DOCTOR_WARNING, CAUSE_EXPIRES_SOON, HF_OK,
                         "Renew the server's certificate before it expires.");
        }
    }
    const hf_anchor_list *anchors = &d->setup.config.anchor_list;
    for (size_t i = 0; i < anchors->count && anchors->count <= CLI_CA_MAX; i++) {
        hf_certificate ca;
        if (hf_x509_parse(&ca, anchors->anchors[i].certificate, NULL) == HF_OK &&
            ca.not_after - now < SOON) {
            doctor_see(result, "a trusted CA expires or has expired: %" PRId64 " days left",
                       (ca.not_after - now) / DAY);
            doctor_judge(result, DOCTOR_WARNING, CAUSE_CA_EXPIRES_SOON, HF_OK,
                         "Bring the CA's successor to the devices before that.");
        }
    }
}

/* A root of ours that the server sends as an intermediate of another CA: bytes for nothing. */
static void check_cross_signed(const doctor *d, const doctor_sent *chain, doctor_result *result)
{
    for (size_t i = 1; i < chain->count; i++) {
        hf_anchor anchor;
        const hf_certificate *one = &chain->parsed[i];
        if (!chain->good[i] || !find_anchor(d, one->subject, &anchor)) {
            continue;
        }
        bool crossed = !doctor_self_issued(one);
        doctor_see(result, "number %zu is %s: %zu bytes that a device does not need", i,
                   crossed ? "a trusted CA, cross-signed by another" : "the trusted CA itself",
                   chain->list[i].len);
        doctor_judge(result, DOCTOR_NOTE, crossed ? CAUSE_CROSS_SIGNED : CAUSE_ROOT_SENT, HF_OK,
                     crossed ? "Keep it while devices with only the older root are in the field."
                             : "Leave the root out of the server's chain file.");
    }
}

static void judge_walk(const doctor_walked *found, doctor_result *result)
{
    static const struct {
        uint16_t code;
        doctor_cause cause;
    } CAUSES[] = {
        {HF_E_CERT_EXPIRED, CAUSE_EXPIRED},
        {HF_E_CERT_NOT_YET_VALID, CAUSE_NOT_YET_VALID},
        {HF_E_CERT_PURPOSE, CAUSE_WRONG_PURPOSE},
        {HF_E_CERT_KEY_USAGE, CAUSE_WRONG_KEY_USAGE},
        {HF_E_CERT_WEAK_KEY, CAUSE_WEAK_KEY},
        {HF_E_CERT_WEAK_SIGNATURE, CAUSE_WEAK_SIGNATURE},
        {HF_E_CERT_SIGNATURE, CAUSE_WRONG_SIGNATURE},
        {HF_E_CERT_NOT_CA, CAUSE_NOT_A_CA},
        {HF_E_CERT_PATH_LENGTH, CAUSE_PATH_LENGTH},
        {HF_E_CERT_NAME_CONSTRAINTS, CAUSE_NAME_CONSTRAINTS},
        {HF_E_CERT_CRITICAL, CAUSE_UNKNOWN_CRITICAL_EXTENSION},
        {HF_E_CERT_TOO_DEEP, CAUSE_TOO_DEEP},
    };
    doctor_cause cause = CAUSE_CERTIFICATE;
    for (size_t i = 0; i < sizeof CAUSES / sizeof CAUSES[0]; i++) {
        cause = CAUSES[i].code == found->code ? CAUSES[i].cause : cause;
    }
    doctor_see(result, "certificate %u: %s", found->depth, hf_error_what(found->code));
    doctor_judge(result, DOCTOR_FAULT, cause, found->code, "%s", hf_error_todo(found->code));
}

/* A date that is wrong may hide worse: the rest is looked at without the dates. */
static void look_behind_dates(const doctor *d, const doctor_sent *chain, doctor_result *result)
{
    doctor_walked found = doctor_walk(d, chain->list, chain->count, doctor_any_time(chain));
    if (found.code == HF_OK) {
        doctor_see(result, "apart from its dates the path is good");
    } else if (found.code == HF_E_CERT_UNKNOWN_CA) {
        doctor_no_path(d, chain, result);
    } else if (!doctor_date_error(found.code)) {
        judge_walk(&found, result);
    }
}

static void judge_chain(const doctor *d, const doctor_sent *chain, int64_t now,
                        doctor_result *result)
{
    if (d->options->tls.ca_count == 0) {
        doctor_see(result, "no CA is given, so the path was not checked");
        return;
    }
    size_t where = 0;
    if (leaf_is_elsewhere(chain, &where)) {
        return; /* the order is the cause of everything else */
    }
    const hf_time exact = {.seconds = now, .kind = HF_TIME_EXACT};
    doctor_walked found = doctor_walk(d, chain->list, chain->count, exact);
    if (doctor_date_error(found.code)) {
        if (found.code != HF_E_CLOCK_IMPLAUSIBLE) { /* that is the clock's step */
            judge_walk(&found, result);
        }
        look_behind_dates(d, chain, result);
    } else if (found.code == HF_E_CERT_UNKNOWN_CA) {
        doctor_no_path(d, chain, result);
        if (d->first.cause.why[0] != '\0') {
            doctor_see(result, "%s", d->first.cause.why);
        }
    } else if (found.code != HF_OK) {
        judge_walk(&found, result);
    } else {
        doctor_see(result, "a path leads to a trusted CA");
    }
}

/* What the handshake said beyond what the walk can say: pins, OCSP, ... */
static void judge_rest(const doctor *d, doctor_result *result)
{
    const hf_error *error = &d->first.error;
    bool name = error->code == HF_E_CERT_NAME || error->code == HF_E_CERT_NO_NAME;
    bool said = result->verdict == DOCTOR_FAULT || d->results[STEP_CLOCK].verdict == DOCTOR_FAULT;
    if (d->first.open || name || said || error->code == HF_E_ALERT) {
        return;
    }
    if (doctor_certificate_error(error)) {
        doctor_see(result, "%s", hf_error_what((hf_code)error->code));
        doctor_judge(result, DOCTOR_FAULT,
                     error->code == HF_E_CERT_PIN ? CAUSE_PIN : CAUSE_CERTIFICATE,
                     (hf_code)error->code, "%s", hf_error_todo((hf_code)error->code));
    }
}

void doctor_chain(doctor *d, doctor_result *result)
{
    const doctor_seen *seen = doctor_best(d);
    doctor_sent *chain = calloc(1, sizeof *chain);
    int64_t now = cli_setup_now(&d->setup);
    if (seen == NULL || chain == NULL) {
        doctor_skip(result, "no certificate of the server was seen");
    } else if (!read_sent(seen, chain)) {
        doctor_see(result, "%s", hf_error_what(HF_E_CERT_SYNTAX));
        doctor_judge(result, DOCTOR_FAULT, CAUSE_UNREADABLE, HF_E_CERT_SYNTAX, "%s",
                     hf_error_todo(HF_E_CERT_SYNTAX));
    } else {
        see_certificates(chain, now, result);
        judge_chain(d, chain, now, result);
        check_order(d, chain, result);
        check_soon(d, chain, now, result);
        check_cross_signed(d, chain, result);
        judge_rest(d, result);
    }
    free(chain);
}
