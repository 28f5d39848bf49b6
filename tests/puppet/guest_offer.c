/* The extensions of the guest's ClientHello out of its settings. See guest.h. */
#include "puppet/guest_inside.h"

#include <string.h>

#define GREASE_GROUP   0x2a2au
#define GREASE_VERSION 0x3a3au
#define GREASE_SCHEME  0x4a4au
#define GREASE_FIRST   0x5a5au
#define GREASE_LAST    0x6a6au

static void put_random(guest *g, puppet_message *m, size_t len)
{
    if (hf_crypto_random(&g->p.crypto, m->body + m->len, len) != HF_OK) {
        puppet_fault(&g->p, "no random numbers");
    }
    m->len += len;
}

static void put_list(puppet_message *m, const uint16_t *list)
{
    for (size_t i = 0; i < GUEST_LIST_MAX && list[i] != 0; i++) {
        puppet_put16(m, list[i]);
    }
}

static bool is_second(const guest *g)
{
    return g->retried;
}

static bool offers12(const guest *g)
{
    return g->only != HF_TLS13;
}

static bool offers13(const guest *g)
{
    return g->only != HF_TLS12;
}

static const uint16_t *groups_of(const guest *g)
{
    static const uint16_t ALL[GUEST_LIST_MAX] = {HF_X25519, HF_SECP256R1, HF_SECP384R1};
    return g->groups[0] != 0 ? g->groups : ALL;
}

/* ---- extensions: each puts its body, or returns false when it is not sent */

static bool put_server_name(guest *g, puppet_message *m)
{
    const char *name = g->sni == NULL ? "device.example.com" : g->sni;
    size_t len = strlen(name);
    puppet_put16(m, (unsigned)len + 3);
    puppet_put8(m, 0);
    puppet_put16(m, (unsigned)len);
    puppet_put(m, name, len);
    return true;
}

static bool put_fragment(guest *g, puppet_message *m)
{
    puppet_put8(m, g->p.fragment);
    return g->p.fragment != 0;
}

static bool put_status_request(guest *g, puppet_message *m)
{
    puppet_put8(m, 1); /* ocsp */
    puppet_put16(m, 0);
    puppet_put16(m, 0);
    return g->status_request;
}

static bool put_groups(guest *g, puppet_message *m)
{
    size_t at = m->len;
    puppet_put16(m, 0);
    if (g->grease) {
        puppet_put16(m, GREASE_GROUP);
    }
    put_list(m, groups_of(g));
    puppet_close16(m, at);
    return true;
}

static bool put_point_formats(guest *g, puppet_message *m)
{
    puppet_put8(m, 1);
    puppet_put8(m, 0); /* uncompressed */
    return offers12(g);
}

static bool put_schemes(guest *g, puppet_message *m)
{
    size_t at = m->len;
    puppet_put16(m, 0);
    if (g->grease) {
        puppet_put16(m, GREASE_SCHEME);
    }
    put_list(m, g->schemes);
    for (size_t i = 0; g->schemes[0] == 0 && hf_scheme_at(i) != NULL; i++) {
        puppet_put16(m, hf_scheme_at(i)->id);
    }
    puppet_close16(m, at);
    return true;
}

static bool put_certificate_schemes(guest *g, puppet_message *m)
{
    size_t at = m->len;
    puppet_put16(m, 0);
    put_list(m, g->certificate_schemes);
    puppet_close16(m, at);
    return g->certificate_schemes[0] != 0;
}

static bool put_alpn(guest *g, puppet_message *m)
{
    size_t at = m->len;
    puppet_put16(m, 0);
    for (size_t i = 0; i < sizeof g->alpn / sizeof g->alpn[0] && g->alpn[i] != NULL; i++) {
        size_t len = strlen(g->alpn[i]);
        puppet_put8(m, (unsigned)len & 0xff);
        puppet_put(m, g->alpn[i], len);
    }
    puppet_close16(m, at);
    return g->alpn[0] != NULL;
}

static bool put_types(puppet_message *m, const uint8_t *types, size_t count)
{
    puppet_put8(m, (unsigned)count);
    puppet_put(m, types, count);
    return count > 0;
}

static bool put_client_types(guest *g, puppet_message *m)
{
    return put_types(m, g->client_types, g->client_types_count);
}

static bool put_server_types(guest *g, puppet_message *m)
{
    return put_types(m, g->server_types, g->server_types_count);
}

static bool put_extended_master(guest *g, puppet_message *m)
{
    (void)m;
    return offers12(g) && !g->p.legacy;
}

static bool put_limit(guest *g, puppet_message *m)
{
    puppet_put16(m, g->p.limit);
    return g->p.limit != 0;
}

static bool put_renegotiation(guest *g, puppet_message *m)
{
    size_t len = g->open ? sizeof g->own_finished : 0; /* RFC 5746 3.5 */
    puppet_put8(m, (unsigned)len);
    puppet_put(m, g->own_finished, len);
    return offers12(g) && (g->renegotiation == GUEST_INFO || g->renegotiation == GUEST_BOTH);
}

static bool put_versions(guest *g, puppet_message *m)
{
    size_t at = m->len;
    puppet_put8(m, 0);
    if (g->grease) {
        puppet_put16(m, GREASE_VERSION);
    }
    put_list(m, g->versions);
    if (g->versions[0] == 0) {
        puppet_put16(m, HF_TLS13);
        puppet_put(m, (const uint8_t[]){3, 3}, offers12(g) ? 2 : 0);
    }
    m->body[at] = (uint8_t)(m->len - at - 1);
    return offers13(g) || g->versions[0] != 0;
}

static bool put_cookie(guest *g, puppet_message *m)
{
    size_t len = is_second(g) ? g->cookie_len : g->cookie_unasked;
    puppet_put16(m, (unsigned)len);
    if (is_second(g)) {
        puppet_put(m, g->cookie, len);
    } else {
        put_random(g, m, len);
    }
    return len > 0;
}

static bool put_authorities(guest *g, puppet_message *m)
{
    size_t at = m->len;
    puppet_put16(m, 0);
    for (size_t i = 0; i < sizeof g->authorities / sizeof g->authorities[0]; i++) {
        if (g->authorities[i].ptr != NULL) {
            puppet_put16(m, (unsigned)g->authorities[i].len);
            puppet_put(m, g->authorities[i].ptr, g->authorities[i].len);
        }
    }
    puppet_close16(m, at);
    return g->authorities[0].ptr != NULL;
}

/* A key of a group, in exchanges[slot]; a group without one here gets 56 bytes, as X448 has. */
static void put_share(guest *g, puppet_message *m, size_t slot, uint16_t group)
{
    uint8_t point[HF_POINT_MAX];
    size_t len = hf_exchange_point_size(group);
    puppet_put16(m, group);
    g->exchange_groups[slot] = group;
    hf_exchange_release(&g->exchanges[slot]);
    if (len == 0) {
        puppet_put16(m, 56);
        put_random(g, m, 56);
        return;
    }
    if (hf_exchange_generate(&g->exchanges[slot], &g->p.crypto, group, point) != HF_OK) {
        puppet_fault(&g->p, "no key share");
    }
    puppet_put16(m, (unsigned)len);
    puppet_put(m, point, len);
}

static bool put_shares(guest *g, puppet_message *m)
{
    size_t at = m->len;
    bool again = is_second(g) && g->retry_group != 0;
    if (is_second(g) && !again) { /* RFC 8446 4.1.2: unchanged */
        puppet_put(m, g->first_shares.bytes, g->first_shares.len);
        return g->first_shares.present;
    }
    puppet_put16(m, 0);
    if (g->grease && !again) {
        puppet_put16(m, GREASE_GROUP);
        puppet_put16(m, 1);
        puppet_put8(m, 0);
    }
    if (again) { /* RFC 8446 4.1.2: exactly the one that was asked for */
        put_share(g, m, 0, g->retry_group);
    } else if (g->shares[0] == 0 && !g->no_shares) {
        put_share(g, m, 0, groups_of(g)[0]);
    }
    for (size_t i = 0; i < GUEST_SHARES_MAX && g->shares[i] != 0 && !again; i++) {
        put_share(g, m, i, g->shares[i]);
    }
    puppet_close16(m, at);
    return offers13(g);
}

static bool put_early(guest *g, puppet_message *m)
{
    (void)m;
    return g->early && !is_second(g); /* RFC 8446 4.1.2 */
}

static bool put_padding(guest *g, puppet_message *m)
{
    memset(m->body + m->len, 0, g->padding);
    m->len += g->padding;
    return g->padding > 0;
}

static const struct {
    uint16_t type;
    bool (*put)(guest *g, puppet_message *m);
} EXTENSIONS[] = {
    {X_SERVER_NAME, put_server_name},
    {X_MAX_FRAGMENT_LENGTH, put_fragment},
    {X_STATUS_REQUEST, put_status_request},
    {X_SUPPORTED_GROUPS, put_groups},
    {X_EC_POINT_FORMATS, put_point_formats},
    {X_SIGNATURE_ALGORITHMS, put_schemes},
    {X_SIGNATURE_ALGORITHMS_CERT, put_certificate_schemes},
    {X_ALPN, put_alpn},
    {X_CLIENT_CERTIFICATE_TYPE, put_client_types},
    {X_SERVER_CERTIFICATE_TYPE, put_server_types},
    {X_EXTENDED_MASTER_SECRET, put_extended_master},
    {X_RECORD_SIZE_LIMIT, put_limit},
    {X_SESSION_TICKET, guest_put_ticket},
    {X_RENEGOTIATION_INFO, put_renegotiation},
    {X_SUPPORTED_VERSIONS, put_versions},
    {X_COOKIE, put_cookie},
    {X_PSK_KEY_EXCHANGE_MODES, guest_put_modes},
    {X_CERTIFICATE_AUTHORITIES, put_authorities},
    {X_KEY_SHARE, put_shares},
    {X_EARLY_DATA, put_early},
    {X_PADDING, put_padding},
};

static void put_extension(guest *g, puppet_message *m, uint16_t type,
                          bool (*put)(guest *g, puppet_message *m))
{
    size_t at = m->len;
    puppet_put16(m, type);
    puppet_put16(m, 0);
    if (type < 64 && (g->omit & GUEST_WITHOUT(type)) != 0) {
        m->len = at;
    } else if (put(g, m)) {
        puppet_close16(m, at + 2);
    } else {
        m->len = at;
    }
}

static void put_known(puppet_message *m, uint16_t type, hf_span body)
{
    puppet_put16(m, type);
    puppet_put16(m, (unsigned)body.len);
    puppet_put(m, body.ptr, body.len);
}

void guest_put_extensions(guest *g, puppet_message *m)
{
    size_t at = m->len;
    puppet_put16(m, 0);
    if (g->grease) {
        put_known(m, GREASE_FIRST, (hf_span){NULL, 0});
    }
    for (size_t i = 0; i < sizeof EXTENSIONS / sizeof EXTENSIONS[0]; i++) {
        put_extension(g, m, EXTENSIONS[i].type, EXTENSIONS[i].put);
    }
    for (size_t i = 0; i < g->extra_count; i++) {
        put_known(m, g->extra[i].type, g->extra[i].body);
    }
    if (g->grease) {
        put_known(m, GREASE_LAST, (hf_span){(const uint8_t[]){0}, 1});
    }
    put_extension(g, m, X_PRE_SHARED_KEY, guest_put_psk); /* RFC 8446 4.2.11: the last */
    puppet_close16(m, at);
}
