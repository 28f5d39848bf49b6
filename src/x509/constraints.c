/* Name constraints: see constraints.h. */
#include "x509/constraints.h"

#include "wire/writer.h"
#include "x509/der.h"
#include "x509/host.h"
#include "x509/name.h"

#include <string.h>

#define PERMITTED     HF_DER_EXPLICIT(0)
#define EXCLUDED      HF_DER_EXPLICIT(1)
#define RECORD_HEADER 5
#define COMPARISONS_MAX                                                                            \
    200000 /* of a name with a subtree, for one CA: a stranger may not buy more */

/* RFC 5280 4.2.1.10: address and mask in CIDR form. */
static bool is_network(hf_span value)
{
    if (value.len != 8 && value.len != 32) {
        return false;
    }
    uint8_t before = 0xff;
    for (size_t i = value.len / 2; i < value.len; i++) {
        unsigned zeros = ~(unsigned)value.ptr[i] & 0xff;
        bool ones_first = (zeros & (zeros + 1)) == 0;
        if (!ones_first || (before != 0xff && value.ptr[i] != 0)) {
            return false;
        }
        before = value.ptr[i];
    }
    return true;
}

/* GeneralSubtree: in this profile minimum is 0 and so absent, maximum is absent. */
static hf_general_name read_subtree(hf_reader *r)
{
    const uint8_t *end = hf_der_enter(r, HF_DER_SEQUENCE);
    const uint8_t *start = r->at;
    hf_general_name base = hf_general_name_any(r);
    if (base.kind == HF_NAME_ADDRESS && !is_network(base.value)) {
        hf_read_spoil_at(r, start);
    }
    hf_der_leave(r, end);
    return base;
}

hf_span hf_constraints_read(hf_reader *r)
{
    const uint8_t *end = hf_der_enter(r, HF_DER_SEQUENCE);
    hf_span content = {.ptr = r->at, .len = hf_read_left(r)};
    if (content.len == 0) {
        hf_read_spoil(r); /* never an empty sequence */
    }
    for (unsigned n = 0; n <= 1; n++) {
        const uint8_t *list_end = hf_der_enter_optional(r, HF_DER_EXPLICIT(n));
        if (list_end == NULL) {
            continue;
        }
        do {
            (void)read_subtree(r);
        } while (hf_read_left(r) > 0);
        hf_der_leave(r, list_end);
    }
    hf_der_leave(r, end);
    return content;
}

/* ---- the names of the certificates below */

static bool is_understood(hf_general_kind kind)
{
    return kind == HF_NAME_DNS || kind == HF_NAME_ADDRESS || kind == HF_NAME_DIRECTORY ||
           kind == HF_NAME_EMAIL;
}

static void add_record(hf_writer *names, hf_general_kind kind, uint8_t depth, hf_span value)
{
    hf_write_u8(names, (uint8_t)kind);
    hf_write_u8(names, depth);
    hf_write_vec(names, 3, is_understood(kind) ? value : (hf_span){.ptr = value.ptr, .len = 0});
}

/* RFC 5280 4.2.1.10: without a subjectAltName, constraints on rfc822Name bind the emailAddress
 * attributes of the subject. */
static void add_subject_emails(hf_writer *names, hf_span subject, uint8_t depth)
{
    static const uint8_t pkcs9[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09};
    hf_name_cursor cursor;
    hf_name_attributes(subject, &cursor);
    while (hf_name_next(&cursor)) {
        if (hf_der_last_of_arc(cursor.type, pkcs9, sizeof pkcs9) == 1) {
            add_record(names, HF_NAME_EMAIL, depth, cursor.value);
        }
    }
}

void hf_constraints_collect(const hf_space *area, uint32_t *len, const hf_certificate *certificate,
                            uint8_t depth)
{
    hf_writer names = {.ptr = area->ptr, .len = *len, .cap = area->cap, .bad = *len > area->cap};
    if (!hf_name_is_empty(certificate->subject)) {
        add_record(&names, HF_NAME_DIRECTORY, depth, certificate->subject);
    }
    if (certificate->alt_names.ptr == NULL) {
        add_subject_emails(&names, certificate->subject, depth);
    }
    hf_reader list = hf_read_span_of(certificate->alt_names);
    while (hf_read_left(&list) > 0) {
        hf_general_name name = hf_general_name_read(&list);
        add_record(&names, name.kind, depth, name.value);
    }
    *len = (uint32_t)names.len;
}

/* ---- does a name lie within a subtree? */

static bool is_in_network(hf_span address, hf_span network)
{
    if (network.len != address.len * 2) {
        return false;
    }
    const uint8_t *mask = network.ptr + address.len;
    for (size_t i = 0; i < address.len; i++) {
        if (((address.ptr[i] ^ network.ptr[i]) & mask[i]) != 0) {
            return false;
        }
    }
    return true;
}

/* `domain` and what stands below it; with a leading dot only what stands below. */
static bool is_in_domain(hf_span name, hf_span domain)
{
    if (domain.len == 0) {
        return true;
    }
    if (name.len < domain.len) {
        return false;
    }
    size_t before = name.len - domain.len;
    hf_span end = {.ptr = name.ptr + before, .len = domain.len};
    bool at_label = before == 0 || domain.ptr[0] == '.' || name.ptr[before - 1] == '.';
    return at_label && hf_host_same_text(end, domain);
}

/* RFC 5280 4.2.1.10, rfc822Name: a mailbox, a host, or with a leading dot the hosts below. Local
 * parts are case-sensitive (RFC 5321 2.4). */
static bool is_in_mail(hf_span mailbox, hf_span base)
{
    hf_span host = base;
    if (hf_host_after_at(&host)) {
        return hf_host_same_text(mailbox, base) &&
               memcmp(mailbox.ptr, base.ptr, base.len - host.len) == 0;
    }
    host = mailbox;
    hf_host_after_at(&host);
    bool one = base.len > 0 && base.ptr[0] != '.';
    return one ? hf_host_same_text(host, base) : is_in_domain(host, base);
}

static bool is_within(const hf_general_name *name, hf_span base)
{
    switch (name->kind) {
    case HF_NAME_DNS:
        return is_in_domain(name->value, base);
    case HF_NAME_ADDRESS:
        return is_in_network(name->value, base);
    case HF_NAME_DIRECTORY:
        return hf_name_within(name->value, base);
    default:
        return is_in_mail(name->value, base);
    }
}

/* A name that has no valid form of its kind cannot be compared, so it lies within nothing. */
static bool is_well_formed(const hf_general_name *name)
{
    switch (name->kind) {
    case HF_NAME_DNS:
        return hf_host_is_pattern(name->value);
    case HF_NAME_EMAIL:
        return hf_host_is_mailbox(name->value);
    default:
        return is_understood(name->kind);
    }
}

/* One name against one list. `permitted`: it must lie within one of the subtrees of its kind, if
 * there are any; else it must lie within none. */
static bool list_allows(hf_reader *list, bool permitted, const hf_general_name *name,
                        uint32_t *comparisons)
{
    bool constrained = false;
    bool within = false;
    while (hf_read_left(list) > 0) {
        hf_general_name base = read_subtree(list);
        (*comparisons)++;
        if (base.kind != name->kind) {
            continue;
        }
        constrained = true;
        /* An excluded subtree also hits a wildcard that could stand for a name in it. */
        within =
            within || is_within(name, base.value) ||
            (!permitted && name->kind == HF_NAME_DNS && hf_host_matches(base.value, name->value));
    }
    return !constrained || (is_well_formed(name) && within == permitted);
}

static bool constraints_allow(hf_span constraints, const hf_general_name *name,
                              uint32_t *comparisons)
{
    bool allowed = true;
    hf_reader r = hf_read_span_of(constraints);
    while (allowed && hf_read_left(&r) > 0) {
        bool permitted = hf_der_next_is(&r, PERMITTED);
        const uint8_t *end = hf_der_enter(&r, permitted ? PERMITTED : EXCLUDED);
        allowed = list_allows(&r, permitted, name, comparisons);
        hf_der_leave(&r, end);
    }
    return allowed;
}

hf_code hf_constraints_check(hf_span constraints, hf_span names, uint8_t *depth)
{
    uint32_t comparisons = 0;
    hf_reader records = hf_read_span_of(names);
    while (hf_read_left(&records) >= RECORD_HEADER) {
        hf_general_name name = {.kind = (hf_general_kind)hf_read_u8(&records)};
        uint8_t record_depth = hf_read_u8(&records);
        name.value = hf_read_vec(&records, 3, 0, 0xffffff);
        if (!constraints_allow(constraints, &name, &comparisons) || comparisons > COMPARISONS_MAX) {
            *depth = record_depth;
            return HF_E_CERT_NAME_CONSTRAINTS;
        }
    }
    return hf_read_done(&records) ? HF_OK : HF_E_INTERNAL;
}
