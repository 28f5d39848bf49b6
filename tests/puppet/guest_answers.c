/* Answers to the guest's extensions, and the reading that all its parts use. See guest.h. */
#include "puppet/guest_inside.h"

#include <string.h>

/* ---- reading */

hf_span read_bytes(reading *r, size_t len)
{
    if (r->bad || len > r->left) {
        r->bad = true;
        return (hf_span){NULL, 0};
    }
    hf_span bytes = {r->at, len};
    r->at += len;
    r->left -= len;
    return bytes;
}

size_t read_number(reading *r, unsigned bytes)
{
    hf_span span = read_bytes(r, bytes);
    size_t value = 0;
    for (size_t i = 0; i < span.len; i++) {
        value = value << 8 | span.ptr[i];
    }
    return value;
}

reading read_vector(reading *r, unsigned bytes)
{
    hf_span span = read_bytes(r, read_number(r, bytes));
    return (reading){.at = span.ptr, .left = span.len, .bad = r->bad};
}

bool read_over(const reading *r)
{
    return !r->bad && r->left == 0;
}

bool read_has(reading list, uint16_t value)
{
    while (list.left >= 2) {
        if (read_number(&list, 2) == value) {
            return true;
        }
    }
    return false;
}

void guest_keep(guest_raw *raw, const uint8_t *bytes, size_t len)
{
    raw->present = true;
    raw->len = len < sizeof raw->bytes ? len : sizeof raw->bytes;
    if (raw->len > 0) {
        memcpy(raw->bytes, bytes, raw->len);
    }
}

/* ---- what was offered, read from the hello as it was said */

static reading hello_said(const guest *g)
{
    reading hello = {.at = g->p.said + g->hello_at, .left = g->hello_end - g->hello_at};
    (void)read_bytes(&hello, 4 + 2 + 32);
    (void)read_vector(&hello, 1);
    return hello;
}

reading guest_suites_said(const guest *g)
{
    reading hello = hello_said(g);
    return read_vector(&hello, 2);
}

bool guest_extension_said(const guest *g, uint16_t type, reading *body)
{
    reading hello = hello_said(g);
    (void)read_vector(&hello, 2);
    (void)read_vector(&hello, 1);
    reading block = read_vector(&hello, 2);
    while (!block.bad && block.left > 0) {
        size_t one = read_number(&block, 2);
        *body = read_vector(&block, 2);
        if (one == type && !body->bad) {
            return true;
        }
    }
    return false;
}

/* ---- one answer each; false: it is wrong */

static bool selected_version(guest *g, reading body)
{
    g->p.version = (uint16_t)read_number(&body, 2);
    return read_over(&body) && g->p.version == HF_TLS13;
}

static bool share(guest *g, reading body)
{
    g->p.group = (uint16_t)read_number(&body, 2);
    reading point = read_vector(&body, 2);
    size_t slot = 0;
    while (slot < GUEST_SHARES_MAX && g->exchange_groups[slot] != g->p.group) {
        slot++;
    }
    bool agreed = slot < GUEST_SHARES_MAX && g->exchanges[slot].group != HF_GROUP_NONE &&
                  hf_exchange_agree(&g->exchanges[slot], &g->p.crypto,
                                    (hf_span){point.at, point.left}, g->p.shared) == HF_OK;
    return read_over(&body) && agreed && (g->retry_group == 0 || g->retry_group == g->p.group);
}

static bool wished_share(guest *g, reading body)
{
    reading groups;
    g->retry_group = (uint16_t)read_number(&body, 2);
    bool had = false;
    for (size_t i = 0; i < GUEST_SHARES_MAX; i++) {
        had = had || g->exchange_groups[i] == g->retry_group;
    }
    return read_over(&body) && !had && guest_extension_said(g, X_SUPPORTED_GROUPS, &groups) &&
           read_number(&groups, 2) == groups.left && read_has(groups, g->retry_group);
}

static bool cookie(guest *g, reading body)
{
    reading content = read_vector(&body, 2);
    g->cookie_len = content.left;
    if (!read_over(&body) || content.left == 0 || content.left > sizeof g->cookie) {
        return false;
    }
    memcpy(g->cookie, content.at, content.left);
    return true;
}

static bool selected_identity(guest *g, reading body)
{
    unsigned identity = (unsigned)read_number(&body, 2);
    return read_over(&body) && guest_selected_in(g, identity);
}

static bool alpn(guest *g, reading body)
{
    reading list = read_vector(&body, 2);
    reading name = read_vector(&list, 1);
    if (!read_over(&body) || !read_over(&list) || name.left == 0) {
        return false;
    }
    memcpy(g->alpn_chosen, name.at, name.left);
    for (size_t i = 0; i < sizeof g->alpn / sizeof g->alpn[0] && g->alpn[i] != NULL; i++) {
        if (strcmp(g->alpn[i], g->alpn_chosen) == 0) {
            return true;
        }
    }
    return false;
}

static bool type_of(int *chosen, const uint8_t *offered, size_t count, reading body)
{
    *chosen = (int)read_number(&body, 1);
    return read_over(&body) && memchr(offered, *chosen, count) != NULL;
}

static bool client_type(guest *g, reading body)
{
    return type_of(&g->client_type, g->client_types, g->client_types_count, body);
}

static bool server_type(guest *g, reading body)
{
    bool good = type_of(&g->server_type, g->server_types, g->server_types_count, body);
    g->p.peer_raw = g->server_type == 2;
    return good;
}

static bool limit(guest *g, reading body)
{
    g->server_limit = (uint16_t)read_number(&body, 2);
    return read_over(&body) && g->server_limit >= 64;
}

static bool fragment(guest *g, reading body)
{
    g->server_fragment = (uint8_t)read_number(&body, 1);
    return read_over(&body) && g->server_fragment == g->p.fragment;
}

static bool server_name(guest *g, reading body)
{
    g->name_acknowledged = true;
    return read_over(&body);
}

static bool ticket(guest *g, reading body)
{
    g->ticket_promised = true;
    return read_over(&body);
}

static bool status(guest *g, reading body)
{
    g->status_promised = true;
    return read_over(&body);
}

static bool extended_master(guest *g, reading body)
{
    g->extended = true;
    return read_over(&body);
}

static bool renegotiation_info(guest *g, reading body)
{
    reading verify = read_vector(&body, 1);
    g->safe = true;
    return read_over(&body) && verify.left == 0;
}

static bool point_formats(guest *g, reading body)
{
    (void)g;
    reading formats = read_vector(&body, 1);
    return read_over(&body) && formats.left > 0 && memchr(formats.at, 0, formats.left) != NULL;
}

static bool groups_of_server(guest *g, reading body)
{
    (void)g;
    reading list = read_vector(&body, 2);
    return read_over(&body) && list.left >= 2 && list.left % 2 == 0;
}

static bool entry_status(guest *g, reading body) /* RFC 8446 4.4.2.1 */
{
    guest_keep(&g->status, body.at, body.left);
    bool ocsp = read_number(&body, 1) == 1;
    reading response = read_vector(&body, 3);
    return ocsp && read_over(&body) && response.left > 0;
}

static bool schemes(guest *g, reading body)
{
    reading list = read_vector(&body, 2);
    g->request_schemes_count = 0;
    while (list.left >= 2 && g->request_schemes_count < GUEST_LIST_MAX) {
        g->request_schemes[g->request_schemes_count++] = (uint16_t)read_number(&list, 2);
    }
    return read_over(&body) && read_over(&list) && g->request_schemes_count > 0;
}

static bool authorities(guest *g, reading body)
{
    reading list = read_vector(&body, 2);
    guest_keep(&g->authorities_asked, list.at, list.left);
    return read_over(&body) && list.left > 0;
}

static bool any(guest *g, reading body)
{
    (void)g;
    return !body.bad;
}

/* RFC 8446 4.2; for TLS 1.2 the RFC of each. */
static const struct {
    uint16_t type;
    unsigned places;
    bool (*take)(guest *g, reading body);
} ANSWERS[] = {
    {X_SUPPORTED_VERSIONS, IN_HELLO13 | IN_RETRY, selected_version},
    {X_KEY_SHARE, IN_HELLO13, share},
    {X_KEY_SHARE, IN_RETRY, wished_share},
    {X_COOKIE, IN_RETRY, cookie},
    {X_PRE_SHARED_KEY, IN_HELLO13, selected_identity},
    {X_SERVER_NAME, IN_HELLO12 | IN_ENCRYPTED, server_name},
    {X_MAX_FRAGMENT_LENGTH, IN_HELLO12 | IN_ENCRYPTED, fragment},
    {X_SUPPORTED_GROUPS, IN_ENCRYPTED, groups_of_server},
    {X_ALPN, IN_HELLO12 | IN_ENCRYPTED, alpn},
    {X_CLIENT_CERTIFICATE_TYPE, IN_HELLO12 | IN_ENCRYPTED, client_type},
    {X_SERVER_CERTIFICATE_TYPE, IN_HELLO12 | IN_ENCRYPTED, server_type},
    {X_RECORD_SIZE_LIMIT, IN_HELLO12 | IN_ENCRYPTED, limit},
    {X_EXTENDED_MASTER_SECRET, IN_HELLO12, extended_master},
    {X_RENEGOTIATION_INFO, IN_HELLO12, renegotiation_info},
    {X_EC_POINT_FORMATS, IN_HELLO12, point_formats},
    {X_SESSION_TICKET, IN_HELLO12, ticket},
    {X_STATUS_REQUEST, IN_HELLO12, status},
    {X_STATUS_REQUEST, IN_ENTRY, entry_status},
    {X_SIGNATURE_ALGORITHMS, IN_REQUEST, schemes},
    {X_CERTIFICATE_AUTHORITIES, IN_REQUEST, authorities},
    {X_SIGNATURE_ALGORITHMS_CERT, IN_REQUEST, any},
    {X_STATUS_REQUEST, IN_REQUEST, any},
};

/* Was it asked for? renegotiation_info also by its suite value; a cookie is never asked for, and a
 * CertificateRequest asks itself. */
static bool asked_for(const guest *g, answer_place place, uint16_t type)
{
    reading body;
    return place == IN_REQUEST || (place == IN_RETRY && type == X_COOKIE) ||
           guest_extension_said(g, type, &body) ||
           (type == X_RENEGOTIATION_INFO && read_has(guest_suites_said(g), 0x00ff));
}

static void answer_in(guest *g, answer_place place, uint16_t type, reading body)
{
    if (!asked_for(g, place, type)) {
        puppet_fault(&g->p, "an extension that was not offered");
        return;
    }
    for (size_t i = 0; i < sizeof ANSWERS / sizeof ANSWERS[0]; i++) {
        if (ANSWERS[i].type == type && (ANSWERS[i].places & (unsigned)place) != 0) {
            if (!ANSWERS[i].take(g, body)) {
                puppet_fault(&g->p, "an extension says something wrong");
            }
            return;
        }
    }
    puppet_fault(&g->p, "an extension where it may not stand");
}

void guest_answers_in(guest *g, answer_place place, reading block)
{
    uint16_t types[32];
    size_t count = 0;
    while (!block.bad && block.left > 0 && count < 32 && g->p.fault == NULL) {
        uint16_t type = (uint16_t)read_number(&block, 2);
        reading body = read_vector(&block, 2);
        for (size_t i = 0; i < count; i++) {
            if (types[i] == type) {
                puppet_fault(&g->p, "an extension stands twice");
            }
        }
        types[count++] = type;
        if (!block.bad) {
            answer_in(g, place, type, body);
        }
    }
    if (!read_over(&block)) {
        puppet_fault(&g->p, "an extension block is broken");
    }
}
