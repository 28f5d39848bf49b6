/* The step that writes our ClientHello, for both versions, the second one included.
 *
 * The slot's front holds the encoded key shares while they are made, then the ClientHello until
 * ServerHello or HelloRetryRequest names the hash, then, for a second hello, the cookie too.
 */
#include "tls/handshake.h"

#include "crypto/crypto.h"
#include "tls/offer.h"

#include <string.h>

/* ---- ClientHello */

size_t hf_client_session_id(const hf_handshake *hs, uint8_t id[HF_HASH_MAX])
{
    size_t len = 0;
    bool resumes = hf_offered_id12(hs, id, &len);
    bool mode = hs->config->compatibility_mode && hf_offers13(hs->config);
    if (len == 0 && (resumes || mode)) {
        /* RFC 8446 D.4, RFC 5077 3.4: any 32 bytes. Made from the random, so that they need not be
         * kept. */
        hf_hash hash;
        hf_hash_start(&hash, HF_SHA256);
        hf_hash_add(&hash, hs->client_random, sizeof hs->client_random);
        hf_hash_final(&hash, id);
        len = 32;
    }
    return len;
}

/* Which groups get a share: those the hello before was asked for, or the first ones offered. */
static size_t share_groups(const hf_handshake *hs, uint16_t groups[HF_OFFER_GROUPS_MAX])
{
    if (!hf_offers13(hs->config) || !hf_offers_exchange(hs->config)) {
        return 0;
    }
    if ((hs->facts & HF_FACT_RETRY) != 0) {
        groups[0] = hs->group;
        return hs->group != HF_GROUP_NONE ? 1 : 0;
    }
    size_t count = hf_offer_groups(hs->config, groups);
    size_t wished = hs->config->key_shares < HF_KEY_SHARES ? 1 : HF_KEY_SHARES;
    return count < wished ? count : wished;
}

/* Makes the next share and appends it to the list behind what is reserved. */
static hf_code make_share(hf_handshake *hs, uint16_t group)
{
    if (!hf_take_work(hs, HF_WORK_MAKE_KEY, group)) {
        return HF_PENDING;
    }
    uint8_t point[HF_POINT_MAX];
    hf_code code =
        hf_exchange_generate(&hs->exchange[hs->shares], &hs->config->crypto, group, point);
    if (code != HF_OK) {
        return code;
    }
    hf_space scratch = hf_driver_scratch(hs);
    hf_writer w = hf_write_to(scratch.ptr, scratch.cap);
    w.len = hs->shares_len;
    hf_write_u16(&w, group);
    hf_write_vec(&w, 2, (hf_span){point, hf_exchange_point_size(group)});
    hs->shares_len = (uint16_t)w.len;
    hs->shares++;
    hs->detail = (uint32_t)(w.len + hs->reserved);
    return w.bad ? HF_E_HELLO_TOO_LARGE : HF_OK;
}

static void fill_hello(const hf_handshake *hs, hf_client_hello_out *hello, uint16_t *suites,
                       uint16_t *groups, uint16_t *schemes)
{
    const hf_config *config = hs->config;
    hello->version_min = config->version_min;
    hello->version_max = config->version_max;
    hello->random = hs->client_random;
    hello->suites = suites;
    hello->suites_count = hf_offer_suites(config, suites);
    hello->groups = groups;
    hello->groups_count = hf_offers_exchange(config) ? hf_offer_groups(config, groups) : 0;
    hello->schemes = schemes;
    hello->schemes_count = hf_offer_schemes(config, schemes);
    hello->server_name = hf_offer_server_name(config, hs->name);
    hello->alpn = config->alpn;
    hello->alpn_count = config->alpn_count;
    hello->record_size_limit = hs->our_limit;
    hello->max_fragment_length = hs->fragment_code;
    hello->client_types = hf_offer_own_types(config);
    hello->server_types = hf_offer_peer_types(config);
    hello->wants_status = hf_offers_stapling(config);
}

/* What later steps need to know of where things stand in it. */
static void note_marks(hf_handshake *hs, const hf_writer *w, const hf_hello_marks *marks)
{
    hs->hello_len = (uint32_t)w->len;
    hs->apart_at = (uint32_t)marks->apart;
    hs->hello_tail = (uint16_t)(marks->shares > 0 ? w->len - marks->shares : 0);
}

hf_code hf_send_client_hello(hf_handshake *hs, hf_writer *w)
{
    uint16_t groups[HF_OFFER_GROUPS_MAX];
    uint16_t suites[HF_OFFER_SUITES_MAX];
    uint16_t schemes[HF_OFFER_SCHEMES_MAX];
    uint8_t id[HF_HASH_MAX];
    size_t wished = share_groups(hs, groups);
    while (hs->shares < wished) {
        hf_code code = make_share(hs, groups[hs->shares]);
        if (code != HF_OK) {
            return code;
        }
    }
    hf_client_hello_out hello = {0};
    hf_hello_marks marks;
    size_t id_len = hf_client_session_id(hs, id);
    fill_hello(hs, &hello, suites, groups, schemes);
    hello.session_id = (hf_span){id, id_len};
    if (hf_offer_psk(hs->config) != NULL) {
        hf_external_fill_hello(hs, &hello);
    } else {
        hf_session_fill_hello(hs, &hello);
    }
    hello.cookie = (hf_span){hs->slot.ptr + hs->cookie_at, hs->cookie_len};
    hello.shares = (hf_span){hs->slot.ptr + hs->shares_at, hs->shares_len};
    if (hs->shares_at == hs->reserved) { /* made just now: the hello is written behind them */
        (void)hf_write_space(w, hs->shares_len);
    }
    hf_writer message = hf_write_to(w->ptr + w->len, w->cap - w->len);
    hf_client_hello_write(&message, &hello, &marks);
    w->bad = w->bad || message.bad;
    if (!w->bad) {
        memmove(w->ptr, message.ptr, message.len);
        message.ptr = w->ptr;
        if (hf_offer_psk(hs->config) != NULL) {
            hf_external_bind(hs, &message, &marks);
        } else {
            hf_session_bind(hs, &message, &marks);
        }
    }
    w->len = w->bad ? w->len + message.len : message.len;
    note_marks(hs, &message, &marks);
    return HF_OK;
}

/* The first hello stays where it was written until the hash is known. */
hf_code hf_sent_client_hello(hf_handshake *hs)
{
    hs->reserved = hs->hello_len;
    return HF_OK;
}

hf_extension_set hf_asked_extensions(const hf_handshake *hs)
{
    const hf_config *config = hs->config;
    hf_extension_set set = HF_EXT_BIT(SIGNATURE_ALGORITHMS);
    bool exchange = hf_offers_exchange(config);
    if (exchange) {
        set |= HF_EXT_BIT(SUPPORTED_GROUPS);
    }
    if (hf_offer_server_name(config, hs->name).len > 0) {
        set |= HF_EXT_BIT(SERVER_NAME);
    }
    if (config->alpn_count > 0) {
        set |= HF_EXT_BIT(ALPN);
    }
    if (hs->our_limit != 0) {
        set |= HF_EXT_BIT(RECORD_SIZE_LIMIT);
    }
    if (hs->fragment_code != 0) {
        set |= HF_EXT_BIT(MAX_FRAGMENT_LENGTH);
    }
    if (hf_offer_own_types(config).len > 0) {
        set |= HF_EXT_BIT(CLIENT_CERTIFICATE_TYPE);
    }
    if (hf_offer_peer_types(config).len > 0) {
        set |= HF_EXT_BIT(SERVER_CERTIFICATE_TYPE);
    }
    if (hf_offers_stapling(config)) {
        set |= HF_EXT_BIT(STATUS_REQUEST);
    }
    if (hf_offers12(config)) {
        set |= HF_EXT_BIT(EC_POINT_FORMATS) | HF_EXT_BIT(EXTENDED_MASTER_SECRET) |
               HF_EXT_BIT(RENEGOTIATION_INFO);
    }
    if (hs->session != NULL) {
        set |= HF_EXT_BIT(SESSION_TICKET); /* may stand in a ServerHello of TLS 1.2 alone */
    }
    if (hs->hello_tail > 0) { /* only a PSK stands behind the shares */
        set |= HF_EXT_BIT(PRE_SHARED_KEY);
    }
    if (config->version_max >= HF_TLS13) {
        set |= HF_EXT_BIT(SUPPORTED_VERSIONS);
        set |= exchange ? HF_EXT_BIT(KEY_SHARE) : 0;
    }
    return set;
}
