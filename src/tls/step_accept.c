/* The step that reads a ClientHello: a server decides about version, suite, group, identity and
 * everything else here, in the order in which later choices need earlier ones.
 *
 * What has to last beyond the message (name, session id, key share) is moved to the front of the
 * slot, in this order; when the ServerHello is out only the name stays.
 */
#include "tls/choose.h"
#include "tls/config.h"
#include "tls/handshake.h"
#include "tls/offer.h"
#include "tls/record.h"

#include "crypto/crypto.h"
#include "tls/keys/transcript.h"

#include <string.h>

#define RENEGOTIATION_SCSV 0x00ffu

static void answer(hf_handshake *hs, uint16_t type)
{
    hs->answers |= hf_extension_bit(type);
}

/* ---- what is kept of the message */

static hf_code keep(hf_handshake *hs, hf_span from, hf_span *kept)
{
    if (from.len > hs->slot.cap - hs->reserved) {
        hs->detail = (uint32_t)(hs->reserved + from.len);
        return HF_E_MEMORY_TOO_SMALL;
    }
    if (from.len > 0) {
        memmove(hs->slot.ptr + hs->reserved, from.ptr, from.len);
    }
    *kept = (hf_span){hs->slot.ptr + hs->reserved, from.len};
    hs->reserved += (uint32_t)from.len;
    return HF_OK;
}

/* For now the parts stay where they are: the message is not hashed yet, and it may have been
 * collected where they will go. */
static void note_parts(hf_handshake *hs, const hf_client_hello *hello, hf_span point)
{
    hs->server_name = hello->server_name;
    hs->session_id = hello->session_id;
    hs->peer_point = point;
}

/* RFC 8446 4.2.8: a share is exactly one point of its group. */
static hf_code check_point(hf_handshake *hs, hf_span point)
{
    bool right = point.len == 0 || point.len == hf_exchange_point_size(hs->group);
    hs->detail = right ? hs->detail : hs->group;
    return right ? HF_OK : HF_E_KEY_SHARE;
}

/* TLS 1.2: only a session that is resumed has the client's id (RFC 5246 7.4.1.3). */
static hf_code settle_session_id(hf_handshake *hs, uint8_t fresh[32])
{
    if (hs->version == HF_TLS13 || (hs->facts & HF_FACT_RESUMED) != 0) {
        return HF_OK;
    }
    hs->session_id = (hf_span){fresh, hs->gives_id ? HF_SESSION_ID : 0u};
    return hs->gives_id ? hf_crypto_random(&hs->config->crypto, fresh, HF_SESSION_ID) : HF_OK;
}

/* The message is hashed and no longer needed. Each part may lie where another one goes, so all are
 * copied out first. */
static hf_code keep_parts(hf_handshake *hs)
{
    uint8_t name[255];
    uint8_t id[32];
    uint8_t fresh[32];
    uint8_t share[HF_POINT_MAX];
    uint8_t *to[] = {name, id, share};
    size_t len[] = {sizeof name, sizeof id, sizeof share};
    hf_span *kept[] = {&hs->server_name, &hs->session_id, &hs->peer_point};
    hf_code code = settle_session_id(hs, fresh);
    for (size_t i = 0; i < 3; i++) {
        len[i] = kept[i]->len < len[i] ? kept[i]->len : len[i];
        if (len[i] > 0) {
            memcpy(to[i], kept[i]->ptr, len[i]);
        }
        *kept[i] = (hf_span){NULL, 0};
    }
    hs->reserved = 0; /* also of the first hello's, when this is the second */
    for (size_t i = 0; i < 3 && code == HF_OK; i++) {
        code = keep(hs, (hf_span){to[i], len[i]}, kept[i]);
    }
    return code;
}

/* ---- decisions */

static hf_code take_limits(hf_handshake *hs, const hf_client_hello *hello)
{
    uint16_t limit = hello->record_size_limit;
    bool version13 = hs->version == HF_TLS13;
    hs->detail = limit;
    if (hs->config->no_record_limits) {
        return HF_OK;
    }
    /* RFC 8449 5: then the other is ignored. */
    if (hf_client_hello_has(hello, HF_EXT_BIT(RECORD_SIZE_LIMIT))) {
        if (limit < 64) {
            return HF_E_RECORD_SIZE_LIMIT;
        }
        uint16_t most = (uint16_t)(HF_PLAINTEXT_MAX + (version13 ? 1u : 0u));
        limit = limit < most ? limit : most;
        hs->peer_limit = (uint16_t)(limit - (version13 ? 1u : 0u));
        hs->our_limit = hf_server_record_limit(hs->version, hs->input_cap);
        hs->limit_agreed = true;
        answer(hs, HF_EXT_RECORD_SIZE_LIMIT);
        return HF_OK;
    }
    if (hf_client_hello_has(hello, HF_EXT_BIT(MAX_FRAGMENT_LENGTH))) { /* RFC 6066 4 */
        uint8_t code = hello->max_fragment_length;
        hs->detail = code;
        if (code < 1 || code > 4) {
            return HF_E_FRAGMENT_LENGTH;
        }
        hs->fragment_code = code;
        hs->peer_limit = (uint16_t)(256u << code);
        answer(hs, HF_EXT_MAX_FRAGMENT_LENGTH);
    }
    return HF_OK;
}

static hf_code take_types(hf_handshake *hs, const hf_client_hello *hello)
{
    const hf_config *config = hs->config;
    hf_code code = hf_choose_type(config->raw_keys, hello->server_types, &hs->our_type);
    if (hf_client_hello_has(hello, HF_EXT_BIT(SERVER_CERTIFICATE_TYPE))) {
        answer(hs, HF_EXT_SERVER_CERTIFICATE_TYPE);
    }
    if (code != HF_OK || config->client_auth == HF_CLIENT_AUTH_NONE) {
        return code; /* RFC 7250 4.2: of the client's, only when one is asked for */
    }
    code = hf_choose_type(config->peer_raw_keys, hello->client_types, &hs->peer_type);
    if (hf_client_hello_has(hello, HF_EXT_BIT(CLIENT_CERTIFICATE_TYPE))) {
        answer(hs, HF_EXT_CLIENT_CERTIFICATE_TYPE);
    }
    bool optional = config->client_auth == HF_CLIENT_AUTH_REQUEST;
    if (code == HF_E_CERTIFICATE_TYPE && optional) { /* then it is not asked for */
        hs->answers &= ~HF_EXT_BIT(CLIENT_CERTIFICATE_TYPE);
        return HF_OK;
    }
    hs->facts |= code == HF_OK ? HF_FACT_CLIENT_AUTH : 0u;
    return code;
}

static hf_code take_identity(hf_handshake *hs, const hf_client_hello *hello)
{
    hf_answer chosen;
    bool silent = hs->version == HF_TLS13 &&
                  hf_client_hello_has(hello, HF_EXT_BIT(PRE_SHARED_KEY)) &&
                  !hf_client_hello_has(hello, HF_EXT_BIT(SIGNATURE_ALGORITHMS));
    const hf_request wishes = {
        .version = hs->version,
        .type = hs->our_type,
        .key_kinds = HF_REQUEST_ECDSA | HF_REQUEST_RSA,
        .schemes = hello->schemes,
        .any_scheme = silent, /* RFC 8446 9.2; seen again when no PSK is taken */
        .schemes_cert = hello->schemes_cert,
        .authorities = hello->names,
        .hello = hello,
    };
    hf_code code = hf_choose_identity(hs->config, &wishes, &chosen);
    if (code != HF_OK) {
        return code;
    }
    if (hs->suite != NULL && hs->suite != chosen.suite) {
        return HF_E_HELLO_CHANGED;
    }
    hs->identity = chosen.identity;
    hs->our_scheme = chosen.scheme->id;
    hs->suite = chosen.suite;
    bool staples = chosen.identity->staple.len > 0 && hs->our_type == HF_TYPE_X509;
    if (hello->wants_status && staples) {
        answer(hs, HF_EXT_STATUS_REQUEST);
        hs->facts |= hs->version == HF_TLS12 ? HF_FACT_STATUS : 0u;
    }
    return HF_OK;
}

/* What both versions answer. */
static hf_code take_extensions(hf_handshake *hs, const hf_client_hello *hello)
{
    if (hello->server_name.len > 0) {
        answer(hs, HF_EXT_SERVER_NAME);
    }
    hf_code code = hf_choose_alpn(hs->config, hello, &hs->alpn);
    if (hs->alpn != 0) {
        answer(hs, HF_EXT_ALPN);
    }
    return code == HF_OK ? take_limits(hs, hello) : code;
}

static hf_code accept12(hf_handshake *hs, const hf_client_hello *hello)
{
    hf_code code = hf_take_session12(hs, hello);
    if (code != HF_OK) {
        return code;
    }
    hs->answers |= hs->extended_master ? HF_EXT_BIT(EXTENDED_MASTER_SECRET) : 0;
    if (hf_client_hello_has(hello, HF_EXT_BIT(EC_POINT_FORMATS))) {
        answer(hs, HF_EXT_EC_POINT_FORMATS);
    }
    if (hf_client_hello_has(hello, HF_EXT_BIT(RENEGOTIATION_INFO)) ||
        hf_numbers_have(hello->suites, RENEGOTIATION_SCSV)) {
        answer(hs, HF_EXT_RENEGOTIATION_INFO); /* RFC 5746 3.6 */
    }
    return HF_OK;
}

/* The transcript begins: its hash is the suite's. */
static void start_transcript(hf_handshake *hs)
{
    hf_transcript_start(&hs->transcript, hs->suite->hash);
    if (hs->version == HF_TLS12 && (hs->facts & HF_FACT_CLIENT_AUTH) != 0) {
        hf_hash_id other = hs->suite->hash == HF_SHA256 ? HF_SHA384 : HF_SHA256;
        hf_transcript_start(&hs->epoch.tls12.other, other);
    }
}

/* RFC 8446 D.4: a session id asks for the change_cipher_spec of compatibility mode. */
static void take_mode13(hf_handshake *hs, const hf_client_hello *hello)
{
    hs->early_data = hf_client_hello_has(hello, HF_EXT_BIT(EARLY_DATA));
    hs->facts |= hello->session_id.len > 0 ? HF_FACT_SERVER_CCS : 0u;
}

/* What certificates need. For a client with a PSK it may be missing: that is seen again when none
 * of its PSKs is taken. */
static hf_code take_certificates(hf_handshake *hs, const hf_client_hello *hello)
{
    bool psk = hs->version == HF_TLS13 && hf_client_hello_has(hello, HF_EXT_BIT(PRE_SHARED_KEY));
    hf_code code = hf_config_lives_by_psks(hs->config) ? HF_E_PSK_REFUSED : take_types(hs, hello);
    code = code == HF_OK ? take_identity(hs, hello) : code;
    hs->no_identity = psk ? (uint16_t)code : HF_OK;
    return psk ? HF_OK : code;
}

/* Everything but the group; the same for a first and a second hello. */
static hf_code decide(hf_handshake *hs, const hf_client_hello *hello)
{
    hf_code code = hf_check_hello_form(hs, hello);
    hs->answers = 0;
    code = code == HF_OK ? take_certificates(hs, hello) : code;
    code = code == HF_OK ? take_extensions(hs, hello) : code;
    if (code == HF_OK && hs->version == HF_TLS12) {
        code = accept12(hs, hello);
    }
    return code;
}

/* With a PSK certificates are not needed; with psk_ke neither is a key exchange. */
static hf_code take_psk(hf_handshake *hs, const hf_client_hello *hello)
{
    hf_code code = hf_take_psk(hs, hello);
    if (code == HF_OK && !hs->has_psk && hs->no_identity != HF_OK) {
        code = hf_client_hello_has(hello, HF_EXT_BIT(SIGNATURE_ALGORITHMS))
                   ? (hf_code)hs->no_identity
                   : hf_extension_missing(hs, HF_EXT_SIGNATURE_ALGORITHMS);
    }
    code = code == HF_OK ? hf_check_hello_needs(hs, hello, hs->has_psk, hs->psk_alone) : code;
    hs->facts &= (uint16_t)~HF_FACT_FULL;
    hs->facts |= hs->has_psk ? 0u : (unsigned)HF_FACT_FULL;
    hf_plan_tickets(hs, hello);
    return code;
}

/* The group, and whether its share is there. */
static hf_code take_group(hf_handshake *hs, const hf_client_hello *hello, hf_span *point)
{
    bool resumed12 = hs->version == HF_TLS12 && (hs->facts & HF_FACT_RESUMED) != 0;
    if (hs->psk_alone || resumed12) { /* no key exchange: none in common does not matter either */
        hs->group = HF_GROUP_NONE;
        return HF_OK;
    }
    hf_code code = hf_choose_group(hs->config, hello, hs->version, &hs->group, point, &hs->detail);
    code = code == HF_OK ? check_point(hs, *point) : code;
    if (code == HF_OK && hs->version == HF_TLS13 && point->len == 0) {
        hs->facts |= HF_FACT_RETRY;
        hf_client_hello_digest(hello, hs->hello_digest);
    }
    return code;
}

hf_code hf_recv_client_hello(hf_handshake *hs, hf_reader *body)
{
    hf_client_hello hello;
    hf_span point = {NULL, 0};
    uint16_t version = 0;
    hf_code code = hf_client_hello_parse(body, &hello, &hs->detail);
    code = code == HF_OK ? hf_choose_version(hs->config, &hello, &version, &hs->detail) : code;
    if (code != HF_OK) {
        return code;
    }
    hf_set_version(hs, version);
    memcpy(hs->client_random, hello.random, sizeof hs->client_random);
    code = decide(hs, &hello);
    if (code == HF_OK && version == HF_TLS13 && hello.cookie.len > 0) {
        return hf_resume_from_cookie(hs, &hello);
    }
    if (code == HF_OK && version == HF_TLS13) {
        code = take_psk(hs, &hello);
        take_mode13(hs, &hello);
    }
    code = code == HF_OK ? take_group(hs, &hello, &point) : code;
    if (code == HF_OK && version == HF_TLS12) {
        code = hf_server_random12(hs);
    }
    if (code == HF_OK) {
        note_parts(hs, &hello, point);
        start_transcript(hs);
        hs->effects |= HF_EFFECT_VERSION;
    }
    return code;
}

/* For both hellos. RFC 8446 4.4.1: what stands for the first one when there is a second. */
hf_code hf_received_client_hello(hf_handshake *hs)
{
    hf_code code = keep_parts(hs);
    if (hs->peer_known) { /* of a session */
        hs->peer.peer.server_name = hs->server_name;
    }
    if ((hs->facts & HF_FACT_RETRY) != 0 && hs->row == 0) {
        uint8_t hash[HF_HASH_MAX];
        hf_transcript_now(&hs->transcript, hash);
        memcpy(hs->secret.first_hash, hash, hf_hash_size(hs->suite->hash));
        hf_transcript_retry(&hs->transcript);
    }
    return code;
}

/* RFC 8446 4.1.2, 4.2.2, 4.2.8: the cookie, exactly the share that was asked for, all else as
 * before. */
static hf_code check_second(hf_handshake *hs, const hf_client_hello *hello, hf_span *point)
{
    uint8_t digest[32];
    uint8_t cookie[HF_COOKIE_MAX];
    size_t len = 0;
    bool given = hf_make_cookie(hs, cookie, &len);
    bool same = given ? hello->cookie.len == len && memcmp(hello->cookie.ptr, cookie, len) == 0
                      : !hf_client_hello_has(hello, HF_EXT_BIT(COOKIE));
    if (!same) {
        return HF_E_COOKIE;
    }
    hf_client_hello_digest(hello, digest);
    if (memcmp(digest, hs->hello_digest, sizeof digest) != 0 ||
        hf_client_hello_has(hello, HF_EXT_BIT(EARLY_DATA))) {
        return HF_E_HELLO_CHANGED;
    }
    hf_code code = hf_client_hello_share(hello, hs->group, point, &hs->detail);
    bool alone = point->len > 0 && hello->shares.len == 4 + point->len;
    if (code == HF_OK && !alone) {
        hs->detail = hs->group;
        code = HF_E_KEY_SHARES;
    }
    return code == HF_OK ? check_point(hs, *point) : code;
}

hf_code hf_take_second_hello(hf_handshake *hs, const hf_client_hello *hello)
{
    hf_span point = {NULL, 0};
    hf_code code = check_second(hs, hello, &point);
    code = code == HF_OK ? take_psk(hs, hello) : code;
    if (code == HF_OK && hs->psk_alone) { /* there was a share to ask for */
        code = HF_E_HELLO_CHANGED;
    }
    note_parts(hs, hello, point);
    return code;
}

hf_code hf_recv_second_hello(hf_handshake *hs, hf_reader *body)
{
    hf_client_hello hello;
    hf_code code = hf_client_hello_parse(body, &hello, &hs->detail);
    code = code == HF_OK ? hf_check_hello_form(hs, &hello) : code;
    return code == HF_OK ? hf_take_second_hello(hs, &hello) : code;
}
