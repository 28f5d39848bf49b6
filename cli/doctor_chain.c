/* The server's certificates: does a path lead to the CAs that the device trusts, is the order right
 * for a device that reads one certificate at a time, how long do they last, and for which names?
 *
 * The path is judged by the library's own walk, over the certificates as they were sent: without
 * the name, which is a step of its own, and with another time where only the dates are wrong. So
 * this file includes headers that are internal to the library.
 */
#include "doctor.h"
#include "when.h"

#include "x509/host.h"
#include "x509/name.h"
#include "x509/whole.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DAY        86400
#define SOON       (30 * DAY)
#define NAME_WIDTH 256
#define NAMES_MAX  12
#define NAMES_ROOM 8192u

typedef struct sent {
    hf_span list[CLI_CHAIN_MAX];
    hf_certificate parsed[CLI_CHAIN_MAX];
    bool good[CLI_CHAIN_MAX]; /* it parses */
    size_t count;
} sent;

static bool read_sent(const doctor_seen *seen, sent *chain)
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

typedef struct walked {
    hf_code code;
    uint8_t depth;
} walked;

static walked walk(const doctor *d, const hf_span *list, size_t count, int64_t now)
{
    const hf_config *config = &d->setup.config;
    uint8_t *names = calloc(1, NAMES_ROOM);
    const hf_path_policy policy = {
        .crypto = &config->crypto,
        .anchors = config->anchors,
        .now = {.seconds = now, .kind = HF_TIME_EXACT},
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
    return (walked){.code = code, .depth = whole.depth};
}

static bool is_date_error(hf_code code)
{
    return code == HF_E_CERT_EXPIRED || code == HF_E_CERT_NOT_YET_VALID ||
           code == HF_E_CLOCK_IMPLAUSIBLE;
}

static bool same_name(hf_span a, hf_span b)
{
    return hf_name_same(a, b);
}

static bool is_self_issued(const hf_certificate *certificate)
{
    return same_name(certificate->subject, certificate->issuer);
}

static bool find_anchor(const doctor *d, hf_span name, hf_anchor *anchor)
{
    const hf_anchor_list *anchors = &d->setup.config.anchor_list;
    for (size_t i = 0; i < anchors->count; i++) {
        if (same_name(anchors->anchors[i].name, name)) {
            *anchor = anchors->anchors[i];
            return true;
        }
    }
    return false;
}

/* The last certificate that the names lead to from the leaf, in whatever order they were sent. */
static size_t find_top(const sent *chain)
{
    size_t top = 0;
    for (size_t steps = 0; steps < chain->count && !is_self_issued(&chain->parsed[top]); steps++) {
        size_t next = 0;
        for (size_t i = 1; i < chain->count && next == 0; i++) {
            bool fits = chain->good[i] && i != top &&
                        same_name(chain->parsed[i].subject, chain->parsed[top].issuer);
            next = fits ? i : 0;
        }
        if (next == 0) {
            break;
        }
        top = next;
    }
    return top;
}

/* ---- no path: is it a CA that we do not know, or a certificate that the server left out? */

/* Two names share a word of four letters or more: "Example Root CA", "Example Line 2". */
static bool share_a_word(hf_span a, hf_span b)
{
    char one[NAME_WIDTH];
    char other[NAME_WIDTH];
    (void)hf_x509_name_text(a, one, sizeof one);
    (void)hf_x509_name_text(b, other, sizeof other);
    for (char *word = strtok(one, " ,=+/"); word != NULL; word = strtok(NULL, " ,=+/")) {
        if (strlen(word) >= 4 && strcasestr(word, "root") == NULL &&
            strcasestr(word, "intermediate") == NULL && strcasestr(other, word) != NULL) {
            return true;
        }
    }
    return false;
}

static bool is_kin_of_an_anchor(const doctor *d, hf_span name)
{
    const hf_anchor_list *anchors = &d->setup.config.anchor_list;
    for (size_t i = 0; i < anchors->count; i++) {
        if (share_a_word(anchors->anchors[i].name, name)) {
            return true;
        }
    }
    return false;
}

/* id-pe-authorityInfoAccess (RFC 5280 4.2.2.1): a public CA says where its own certificate is. */
static bool names_its_issuer(const hf_certificate *certificate)
{
    static const uint8_t CA_ISSUERS[] = {0x06, 8, 0x2b, 6, 1, 5, 5, 7, 0x30, 2};
    return memmem(certificate->der.ptr, certificate->der.len, CA_ISSUERS, sizeof CA_ISSUERS) !=
           NULL;
}

/* The proof, where there is one: the device's own chain has the certificate that is missing. */
static bool ours_completes_it(const doctor *d, const sent *chain, int64_t now)
{
    const hf_identity *ours = &d->setup.config.identity;
    hf_span list[CLI_CHAIN_MAX + HF_CHAIN_MAX];
    size_t count = chain->count;
    memcpy(list, chain->list, chain->count * sizeof list[0]);
    for (size_t i = 1; i < ours->chain_count; i++) {
        list[count++] = ours->chain[i];
    }
    hf_code code = count > chain->count ? walk(d, list, count, now).code : HF_E_CERT_UNKNOWN_CA;
    return code == HF_OK || is_date_error(code);
}

static bool is_left_out(const doctor *d, const sent *chain, size_t top, int64_t now)
{
    const hf_certificate *last = &chain->parsed[top];
    return ours_completes_it(d, chain, now) || is_kin_of_an_anchor(d, last->issuer) ||
           (top == 0 && names_its_issuer(last));
}

static void no_path(const doctor *d, const sent *chain, int64_t now, doctor_result *result)
{
    char name[NAME_WIDTH];
    size_t top = find_top(chain);
    const hf_certificate *last = &chain->parsed[top];
    (void)hf_x509_name_text(last->issuer, name, sizeof name);
    if (is_self_issued(last) && top == 0) {
        doctor_see(result, "the server's certificate is self-signed, and is none of the trusted");
        doctor_judge(result, DOCTOR_FAULT, "self-signed", HF_E_CERT_UNKNOWN_CA,
                     "Give the server a certificate of a CA that the device trusts (handfast "
                     "identity server --ca ...); or trust this very certificate (--ca FILE).");
    } else if (!is_self_issued(last) && is_left_out(d, chain, top, now)) {
        doctor_see(result,
                   "the server sends %zu certificate%s and leaves out that of the issuer "
                   "%s, which is not among the trusted CAs",
                   chain->count, chain->count == 1 ? "" : "s", name);
        doctor_judge(result, DOCTOR_FAULT, "missing-intermediate", HF_E_CERT_UNKNOWN_CA,
                     "Put the intermediate certificate %s behind the server's own in its chain "
                     "file. (If the CA in --ca is not that of this server, give the right one.)",
                     name);
    } else {
        doctor_see(result, "the path ends at %s, which is not among the trusted CAs", name);
        doctor_judge(result, DOCTOR_FAULT, "unknown-ca", HF_E_CERT_UNKNOWN_CA,
                     "Give the CA certificate of %s with --ca FILE, or give the server a "
                     "certificate of a CA that the device trusts.%s",
                     name,
                     is_self_issued(last) || chain->count > 1
                         ? ""
                         : " (If that is an intermediate, the server must send it.)");
    }
}

/* ---- order: a device reads one certificate at a time (HF_E_CERT_ORDER) */

static bool leaf_is_elsewhere(const sent *chain, size_t *where)
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

static void check_order(const doctor *d, const sent *chain, doctor_result *result)
{
    hf_anchor anchor;
    size_t where = 0;
    if (leaf_is_elsewhere(chain, &where)) {
        doctor_see(result, "the server's own certificate comes as number %zu", where + 1);
        doctor_judge(result, DOCTOR_FAULT, "wrong-order", HF_E_CERT_ORDER, "%s",
                     hf_error_todo(HF_E_CERT_ORDER));
        return;
    }
    for (size_t i = 0; i + 1 < chain->count && chain->good[i + 1]; i++) {
        const hf_certificate *one = &chain->parsed[i];
        if (is_self_issued(one) || find_anchor(d, one->issuer, &anchor)) {
            return; /* what follows is not needed */
        }
        if (!same_name(one->issuer, chain->parsed[i + 1].subject)) {
            doctor_see(result, "certificate %zu is not that of the issuer of number %zu", i + 2,
                       i + 1);
            bool is_there = find_top(chain) > i;
            if (is_there) {
                doctor_judge(result, DOCTOR_FAULT, "wrong-order", HF_E_CERT_ORDER, "%s",
                             hf_error_todo(HF_E_CERT_ORDER));
            }
            return;
        }
    }
}

/* ---- what else there is to say */

static void see_certificates(const sent *chain, int64_t now, doctor_result *result)
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

static void check_soon(const doctor *d, const sent *chain, int64_t now, doctor_result *result)
{
    for (size_t i = 0; i < chain->count; i++) {
        int64_t left = chain->parsed[i].not_after - now;
        if (chain->good[i] && left >= 0 && left < SOON) {
            doctor_see(result, "certificate %zu expires in %" PRId64 " days", i, left / DAY);
            doctor_judge(result, DOCTOR_WARNING, "expires-soon", HF_OK,
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
            doctor_judge(result, DOCTOR_WARNING, "ca-expires-soon", HF_OK,
                         "Bring the CA's successor to the devices before that.");
        }
    }
}

/* A root of ours that the server sends as an intermediate of another CA: bytes for nothing. */
static void check_cross_signed(const doctor *d, const sent *chain, doctor_result *result)
{
    for (size_t i = 1; i < chain->count; i++) {
        hf_anchor anchor;
        const hf_certificate *one = &chain->parsed[i];
        if (!chain->good[i] || !find_anchor(d, one->subject, &anchor)) {
            continue;
        }
        bool crossed = !is_self_issued(one);
        doctor_see(result, "number %zu is %s: %zu bytes that a device does not need", i,
                   crossed ? "a trusted CA, cross-signed by another" : "the trusted CA itself",
                   chain->list[i].len);
        doctor_judge(result, DOCTOR_NOTE, crossed ? "cross-signed" : "root-sent", HF_OK,
                     crossed ? "Keep it while devices with only the older root are in the field."
                             : "Leave the root out of the server's chain file.");
    }
}

static void judge_walk(const walked *found, doctor_result *result)
{
    static const struct {
        uint16_t code;
        const char *cause;
    } CAUSES[] = {
        {HF_E_CERT_EXPIRED, "expired"},
        {HF_E_CERT_NOT_YET_VALID, "not-yet-valid"},
        {HF_E_CERT_PURPOSE, "wrong-purpose"},
        {HF_E_CERT_KEY_USAGE, "wrong-key-usage"},
        {HF_E_CERT_WEAK_KEY, "weak-key"},
        {HF_E_CERT_WEAK_SIGNATURE, "weak-signature"},
        {HF_E_CERT_SIGNATURE, "wrong-signature"},
        {HF_E_CERT_NOT_CA, "not-a-ca"},
        {HF_E_CERT_PATH_LENGTH, "path-length"},
        {HF_E_CERT_NAME_CONSTRAINTS, "name-constraints"},
        {HF_E_CERT_CRITICAL, "unknown-critical-extension"},
        {HF_E_CERT_TOO_DEEP, "too-deep"},
    };
    const char *cause = "certificate";
    for (size_t i = 0; i < sizeof CAUSES / sizeof CAUSES[0]; i++) {
        cause = CAUSES[i].code == found->code ? CAUSES[i].cause : cause;
    }
    doctor_see(result, "certificate %u: %s", found->depth, hf_error_what(found->code));
    doctor_judge(result, DOCTOR_FAULT, cause, found->code, "%s", hf_error_todo(found->code));
}

/* A date that is wrong may hide worse: the rest is looked at as of a day when the leaf is valid. */
static void look_behind_dates(const doctor *d, const sent *chain, int64_t now,
                              doctor_result *result)
{
    const hf_certificate *leaf = &chain->parsed[0];
    int64_t then = now > leaf->not_after ? leaf->not_after : leaf->not_before;
    walked found = walk(d, chain->list, chain->count, then);
    if (found.code == HF_OK) {
        doctor_see(result, "apart from its dates the path is good");
    } else if (found.code == HF_E_CERT_UNKNOWN_CA) {
        no_path(d, chain, then, result);
    } else if (!is_date_error(found.code)) {
        judge_walk(&found, result);
    }
}

static void judge_chain(const doctor *d, const sent *chain, int64_t now, doctor_result *result)
{
    if (d->options->tls.ca_count == 0) {
        doctor_see(result, "no CA is given, so the path was not checked");
        return;
    }
    size_t where = 0;
    if (leaf_is_elsewhere(chain, &where)) {
        return; /* the order is the cause of everything else */
    }
    walked found = walk(d, chain->list, chain->count, now);
    if (is_date_error(found.code)) {
        if (found.code != HF_E_CLOCK_IMPLAUSIBLE) { /* that is the clock's step */
            judge_walk(&found, result);
        }
        look_behind_dates(d, chain, now, result);
    } else if (found.code == HF_E_CERT_UNKNOWN_CA) {
        no_path(d, chain, now, result);
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
    if (error->code != HF_OK) {
        doctor_see(result, "%s", hf_error_what((hf_code)error->code));
        doctor_judge(result, DOCTOR_FAULT, error->code == HF_E_CERT_PIN ? "pin" : "certificate",
                     (hf_code)error->code, "%s", hf_error_todo((hf_code)error->code));
    }
}

void doctor_chain(doctor *d, doctor_result *result)
{
    const doctor_seen *seen = doctor_best(d);
    sent *chain = calloc(1, sizeof *chain);
    int64_t now = cli_setup_now(&d->setup);
    if (seen == NULL || chain == NULL) {
        doctor_skip(result, "no certificate of the server was seen");
    } else if (!read_sent(seen, chain)) {
        doctor_see(result, "%s", hf_error_what(HF_E_CERT_SYNTAX));
        doctor_judge(result, DOCTOR_FAULT, "unreadable", HF_E_CERT_SYNTAX, "%s",
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

/* ---- name */

typedef struct names {
    doctor_result *result;
    char first[NAME_WIDTH];
    unsigned count;
} names;

static bool see_name(void *ctx, unsigned kind, hf_span value)
{
    names *all = ctx;
    if (kind == 2 && all->count < NAMES_MAX) {
        doctor_see(all->result, "the certificate is for %.*s", (int)value.len,
                   (const char *)value.ptr);
        if (all->first[0] == '\0') {
            (void)snprintf(all->first, sizeof all->first, "%.*s", (int)value.len,
                           (const char *)value.ptr);
        }
    } else if (kind == 7 && value.len == 4 && all->count < NAMES_MAX) {
        doctor_see(all->result, "the certificate is for %u.%u.%u.%u", value.ptr[0], value.ptr[1],
                   value.ptr[2], value.ptr[3]);
    }
    all->count++;
    return true;
}

void doctor_name_step(doctor *d, doctor_result *result)
{
    const doctor_seen *seen = doctor_best(d);
    hf_certificate leaf;
    hf_host host;
    names all = {.result = result};
    if (seen == NULL ||
        hf_x509_parse(&leaf, (hf_span){seen->chain.der[0], seen->chain.len[0]}, NULL) != HF_OK) {
        doctor_skip(result, "no certificate of the server was seen");
        return;
    }
    if (d->results[STEP_CHAIN].cause != NULL &&
        strcmp(d->results[STEP_CHAIN].cause, "wrong-order") == 0 && leaf.is_ca) {
        doctor_skip(result, "the first certificate is not the server's own");
        return;
    }
    hf_code code = hf_host_parse(&host, doctor_name(d));
    code = code == HF_OK ? hf_host_check(&host, &leaf) : code;
    hf_x509_alt_names(&leaf, see_name, &all);
    if (code == HF_OK) {
        doctor_see(result, "%s is one of them", doctor_name(d));
        return;
    }
    doctor_see(result, "%s: %s", doctor_name(d), hf_error_what(code));
    if (code == HF_E_CERT_NAME && all.first[0] != '\0') {
        doctor_judge(result, DOCTOR_FAULT, "wrong-name", code,
                     "Connect by a name that the certificate has, such as %s (or --servername), or "
                     "issue the certificate for %s. A star stands for one whole label.",
                     all.first, doctor_name(d));
    } else {
        doctor_judge(result, DOCTOR_FAULT, code == HF_E_CERT_NO_NAME ? "no-name" : "wrong-name",
                     code, "%s", hf_error_todo(code));
    }
}
