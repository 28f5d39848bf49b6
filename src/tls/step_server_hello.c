/* Steps of ServerHello and HelloRetryRequest, for both versions: the server's choice is checked
 * against the offer, the transcript starts, and in TLS 1.3 the handshake keys are derived.
 */
#include "tls/handshake.h"

#include "crypto/crypto.h"
#include "tls/keys/transcript.h"
#include "tls/offer.h"

#include <string.h>

/* ---- what ServerHello and HelloRetryRequest have in common */

static hf_code check_session_id(hf_handshake *hs, const hf_server_hello *hello, bool version13)
{
    uint8_t id[HF_HASH_MAX];
    size_t len = hf_client_session_id(hs, id);
    bool same =
        hello->session_id.len == len && (len == 0 || memcmp(hello->session_id.ptr, id, len) == 0);
    if (!version13 && same && len > 0) { /* RFC 5246 7.4.1.3, RFC 5077 3.4: it is resumed */
        return hf_session_taken12(hs);
    }
    return same || !version13 ? HF_OK : HF_E_SESSION_ID; /* RFC 8446 4.1.3 */
}

static hf_code choose_suite(hf_handshake *hs, uint16_t id, uint16_t version)
{
    const hf_suite *suite = hf_suite_find(id);
    hs->detail = id;
    bool changed = hs->suite != NULL && hs->suite != suite; /* RFC 8446 4.1.4 */
    if (suite == NULL || suite->version != version || !hf_offers_suite(hs->config, id) || changed) {
        return HF_E_SUITE;
    }
    hs->suite = suite;
    return HF_OK;
}

static bool has_key(const hf_handshake *hs)
{
    return hs->config->identity.leaf_key.kind != HF_KEY_NONE;
}

static void add_hello(const hf_handshake *hs, hf_transcript *transcript)
{
    hf_span part;
    for (unsigned i = 0; hf_hello_part(hs, hs->slot.ptr, i, &part); i++) {
        hf_transcript_add(transcript, part.ptr, part.len);
    }
}

/* The hash is known: add the hello that was kept. */
static void start_transcript(hf_handshake *hs)
{
    if (!hf_transcript_started(&hs->transcript)) {
        hf_transcript_start(&hs->transcript, hs->suite->hash);
        add_hello(hs, &hs->transcript);
    }
    if (hf_hashes_twice(hs) && has_key(hs)) {
        hf_hash_id other = hs->suite->hash == HF_SHA256 ? HF_SHA384 : HF_SHA256;
        hf_transcript_start(&hs->epoch.tls12.other, other);
        add_hello(hs, &hs->epoch.tls12.other);
    }
}

static hf_code check_hello13(hf_handshake *hs, const hf_server_hello *hello, unsigned place)
{
    hf_code code =
        hf_extensions_check(&hello->extensions, place, hf_asked_extensions(hs), &hs->detail);
    if (code == HF_OK && hello->extensions.selected_version != HF_TLS13) {
        hs->detail = hello->extensions.selected_version;
        code = HF_E_SELECTED_VERSION;
    }
    if (code == HF_OK && hello->legacy_version != HF_TLS12) {
        hs->detail = hello->legacy_version;
        code = HF_E_SELECTED_VERSION;
    }
    code = code == HF_OK ? check_session_id(hs, hello, true) : code;
    if (code == HF_OK && hello->compression != 0) {
        code = HF_E_COMPRESSION;
    }
    return code == HF_OK ? choose_suite(hs, hello->suite, HF_TLS13) : code;
}

static bool has_version(const hf_server_hello *hello)
{
    return hf_extensions_have(&hello->extensions, HF_EXT_BIT(SUPPORTED_VERSIONS));
}

static bool has_key_share(const hf_server_hello *hello)
{
    return hf_extensions_have(&hello->extensions, HF_EXT_BIT(KEY_SHARE));
}

/* ---- HelloRetryRequest */

static bool share_was_sent(const hf_handshake *hs, uint16_t group)
{
    return hs->exchange[0].group == group || hs->exchange[HF_KEY_SHARES - 1].group == group;
}

void hf_release_exchanges(hf_handshake *hs)
{
    for (size_t i = 0; i < HF_KEY_SHARES; i++) {
        hf_exchange_release(&hs->exchange[i]);
    }
}

/* The second hello needs the cookie, and the shares of the first one if no other group is asked
 * for: both are kept behind each other at the front of the slot. */
static hf_code keep_for_second_hello(hf_handshake *hs, const hf_server_hello *hello)
{
    const hf_extensions *asked = &hello->extensions;
    if (hs->hello_len + asked->cookie.len > hs->slot.cap) {
        hs->detail = (uint32_t)(hs->hello_len + asked->cookie.len);
        return HF_E_MESSAGE_TOO_LARGE;
    }
    if (asked->cookie.len > 0) { /* without one the pointer is NULL */
        memmove(hs->slot.ptr + hs->hello_len, asked->cookie.ptr, asked->cookie.len);
    }
    hs->cookie_at = hs->hello_len;
    hs->cookie_len = (uint16_t)asked->cookie.len;
    hs->shares_at = hs->hello_len - hs->hello_tail - hs->shares_len;
    hs->reserved = (uint32_t)(hs->hello_len + asked->cookie.len);
    if (has_key_share(hello)) {
        hf_release_exchanges(hs);
        hs->shares = 0;
        hs->shares_len = 0;
        hs->shares_at = hs->reserved;
    }
    return HF_OK;
}

hf_code hf_recv_retry(hf_handshake *hs, hf_reader *body)
{
    hf_server_hello hello;
    hf_code code = hf_server_hello_parse(body, &hello, &hs->detail);
    if (code == HF_OK && !hf_offers13(hs->config)) {
        hs->detail = HF_HELLO_RETRY_REQUEST;
        code = HF_E_UNEXPECTED_MESSAGE;
    }
    if (code == HF_OK && !has_version(&hello)) {
        hs->detail = HF_EXT_SUPPORTED_VERSIONS;
        code = HF_E_EXTENSION_MISSING;
    }
    code = code == HF_OK ? check_hello13(hs, &hello, HF_IN_HELLO_RETRY) : code;
    if (code != HF_OK) {
        return code;
    }
    const hf_extensions *asked = &hello.extensions;
    bool new_group = has_key_share(&hello);
    hs->detail = asked->group;
    if (new_group && !hf_offers_group(hs->config, asked->group)) {
        return HF_E_GROUP;
    }
    bool change = new_group ? !share_was_sent(hs, asked->group) : asked->cookie.len > 0;
    if (!change) {
        return HF_E_RETRY_UNCHANGED;
    }
    hs->group = new_group ? asked->group : HF_GROUP_NONE;
    start_transcript(hs);
    hf_transcript_retry(&hs->transcript);
    hs->facts |= HF_FACT_RETRY | (hs->config->compatibility_mode ? HF_FACT_CLIENT_CCS : 0u);
    return HF_OK;
}

hf_code hf_received_retry(hf_handshake *hs)
{
    hf_server_hello hello;
    hf_reader body = hf_read_span_of(hs->body);
    hf_code code = hf_server_hello_parse(&body, &hello, &hs->detail);
    return code == HF_OK ? keep_for_second_hello(hs, &hello) : code;
}

/* ---- ServerHello */

static hf_code recv_hello13(hf_handshake *hs, const hf_server_hello *hello)
{
    const hf_extensions *answers = &hello->extensions;
    hf_code code = check_hello13(hs, hello, HF_IN_SERVER_HELLO);
    if (code != HF_OK) {
        return code;
    }
    bool psk = hf_extensions_have(answers, HF_EXT_BIT(PRE_SHARED_KEY));
    if (hf_offer_psk(hs->config) != NULL) {
        code = hf_external_taken13(hs, hello);
    } else if (psk) {
        code = hf_session_taken13(hs, hello);
    }
    if (code != HF_OK) {
        return code;
    }
    if (!has_key_share(hello) && !psk) {
        hs->detail = HF_EXT_KEY_SHARE;
        return HF_E_EXTENSION_MISSING;
    }
    hs->detail = answers->group;
    if (has_key_share(hello) && !share_was_sent(hs, answers->group)) {
        return HF_E_GROUP;
    }
    hs->group = has_key_share(hello) ? answers->group : HF_GROUP_NONE;
    hf_set_version(hs, HF_TLS13);
    hs->peer_point = answers->point;
    return HF_OK;
}

/* RFC 8446 4.1.3: a server that could speak 1.3 marks the random of its 1.2 ServerHello. */
static hf_code check_downgrade(const hf_handshake *hs, const uint8_t random[32])
{
    static const uint8_t MARK[] = {'D', 'O', 'W', 'N', 'G', 'R', 'D'};
    bool marked = memcmp(random + 24, MARK, sizeof MARK) == 0 && random[31] <= 1;
    return marked && hf_offers13(hs->config) ? HF_E_DOWNGRADE : HF_OK;
}

/* What this ServerHello promises for the next time. */
static void take_session12(hf_handshake *hs, const hf_server_hello *hello)
{
    bool resumed = (hs->facts & HF_FACT_RESUMED) != 0;
    if (hf_extensions_have(&hello->extensions, HF_EXT_BIT(SESSION_TICKET))) {
        hs->facts |= HF_FACT_TICKET;
    }
    if (!resumed && hs->session != NULL) {
        hf_note_session_id(hs, hello->session_id);
    }
}

static hf_code recv_hello12(hf_handshake *hs, const hf_server_hello *hello)
{
    bool offered = hf_offers12(hs->config);
    hs->detail = hello->legacy_version;
    if ((hs->facts & HF_FACT_RETRY) != 0) {
        return HF_E_SELECTED_VERSION; /* RFC 8446 4.1.4: HelloRetryRequest chose 1.3 */
    }
    if (!HF_HAS_TLS12 || !offered || hello->legacy_version != HF_TLS12) {
        return HF_E_VERSION;
    }
    hf_code code = check_downgrade(hs, hello->random);
    if (code == HF_OK) {
        code = hf_extensions_check(&hello->extensions, HF_IN_SERVER_HELLO12,
                                   hf_asked_extensions(hs), &hs->detail);
    }
    if (code == HF_OK && hello->compression != 0) {
        code = HF_E_COMPRESSION;
    }
    code = code == HF_OK ? choose_suite(hs, hello->suite, HF_TLS12) : code;
    code = code == HF_OK ? hf_check_answers12(hs, &hello->extensions) : code;
    code = code == HF_OK ? check_session_id(hs, hello, false) : code;
    if (code != HF_OK) {
        return code;
    }
    hf_set_version(hs, HF_TLS12);
    take_session12(hs, hello);
    if (hf_extensions_have(&hello->extensions, HF_EXT_BIT(STATUS_REQUEST))) {
        hs->facts |= HF_FACT_STATUS;
    }
    memcpy(hs->server_random, hello->random, sizeof hs->server_random);
    return hf_take_answers(hs, &hello->extensions);
}

hf_code hf_recv_server_hello(hf_handshake *hs, hf_reader *body)
{
    hf_server_hello hello;
    hf_code code = hf_server_hello_parse(body, &hello, &hs->detail);
    if (code != HF_OK) {
        return code;
    }
    bool version13 = has_version(&hello) && hf_offers13(hs->config);
    code = version13 ? recv_hello13(hs, &hello) : recv_hello12(hs, &hello);
    if (code != HF_OK) {
        return code;
    }
    start_transcript(hs);
    hs->facts |= hs->has_psk || (hs->facts & HF_FACT_RESUMED) != 0 ? 0 : HF_FACT_FULL;
    hs->effects |= HF_EFFECT_VERSION;
    return HF_OK;
}

/* Which of the shares that we sent the server took; the other one is forgotten. */
static hf_exchange *chosen_exchange(hf_handshake *hs)
{
    hf_exchange *other = &hs->exchange[HF_KEY_SHARES - 1]; /* may be the only one */
    hf_exchange *ours = hs->exchange[0].group == hs->group ? &hs->exchange[0] : other;
    other = ours == other ? &hs->exchange[0] : other;
    if (other != ours) {
        hf_exchange_release(other);
    }
    return ours;
}

static hf_code received_hello13(hf_handshake *hs)
{
    if (!hs->psk_alone && !hf_take_work(hs, HF_WORK_AGREE, hs->group)) {
        return HF_PENDING;
    }
    hf_code code = hf_secrets13(hs, hs->psk_alone ? NULL : chosen_exchange(hs));
    if (hs->psk_alone) {
        hf_release_exchanges(hs);
    }
    hs->reserved = code == HF_OK ? 0 : hs->reserved;
    if (hs->config->compatibility_mode && (hs->facts & HF_FACT_RETRY) == 0) {
        hs->facts |= HF_FACT_CLIENT_CCS; /* after a retry it was sent before the second hello */
    }
    return code;
}

/* A server of TLS 1.2 does nothing with our shares, so the key pair of the first is as good as new
 * for ClientKeyExchange, if the server comes to choose its group: what was shown of it is what is
 * shown there, in the same connection, and the agreement then is the only one that its private half
 * takes part in. Its public half stands in the hello and needs a place that lasts; one of X25519
 * has it. */
static void keep_share12(hf_handshake *hs)
{
    bool full = (hs->facts & HF_FACT_FULL) != 0;
    if (!full || hs->exchange[0].group != HF_X25519) {
        hf_release_exchanges(hs);
        return;
    }
    const uint8_t *shares = hs->slot.ptr + hs->hello_len - hs->hello_tail - hs->shares_len;
    memcpy(hs->secret.share, shares + 4, sizeof hs->secret.share); /* behind group and length */
    if (HF_KEY_SHARES > 1) {
        hf_exchange_release(&hs->exchange[HF_KEY_SHARES - 1]);
    }
}

hf_code hf_received_server_hello(hf_handshake *hs)
{
    if (hf_runs13(hs)) {
        return received_hello13(hs);
    }
    keep_share12(hs);
    hs->shares = 0;
    hs->reserved = 0;
    return HF_OK;
}
