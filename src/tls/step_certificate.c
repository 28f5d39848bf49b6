/* Steps around certificates, both versions: reading the server's list as it comes, verifying its
 * signature, answering its request (RFC 8446 4.4.2, 4.4.3; RFC 5246 7.4.2, 7.4.4, 7.4.8).
 */
#include "tls/handshake.h"

#include "crypto/crypto.h"
#include "tls/keys/transcript.h"
#include "tls/offer.h"
#include "x509/path.h"

#include <string.h>

/* ---- the server's list */

/* Collects a length field of `width` bytes; true when it is whole. */
static bool read_length(hf_list_reader *list, unsigned width, hf_span *piece)
{
    while (list->have < width && piece->len > 0) {
        list->value = list->value << 8 | *piece->ptr++;
        piece->len--;
        list->have++;
    }
    return list->have == width;
}

static uint32_t take_length(hf_list_reader *list)
{
    uint32_t value = list->value;
    list->value = 0;
    list->have = 0;
    return value;
}

static void next_entry(hf_list_reader *list)
{
    list->state = HF_LIST_ENTRY_LEN;
}

static hf_code read_context(hf_handshake *hs, hf_span *piece)
{
    hf_list_reader *list = &hs->list;
    if (hs->version != HF_TLS13) {
        list->state = HF_LIST_LEN;
        return HF_OK;
    }
    if (!read_length(list, 1, piece)) {
        return HF_OK;
    }
    list->state = HF_LIST_LEN;
    return take_length(list) == 0 ? HF_OK : HF_E_CERTIFICATE_CONTEXT;
}

static hf_code read_list_len(hf_handshake *hs, hf_span *piece)
{
    hf_list_reader *list = &hs->list;
    if (!read_length(list, 3, piece)) {
        return HF_OK;
    }
    uint32_t around = hs->version == HF_TLS13 ? 4 : 3;
    list->list_left = take_length(list);
    if (list->list_left + around != hs->body_len) {
        return HF_E_DECODE;
    }
    next_entry(list);
    return list->list_left == 0 ? HF_E_NO_SERVER_CERTIFICATE : HF_OK;
}

static hf_code read_entry_len(hf_handshake *hs, hf_span *piece)
{
    hf_list_reader *list = &hs->list;
    if (!read_length(list, 3, piece)) {
        return HF_OK;
    }
    uint32_t extensions = hs->version == HF_TLS13 ? 2 : 0;
    list->left = take_length(list);
    if (list->left == 0 || list->left + 3 + extensions > list->list_left) {
        return HF_E_DECODE; /* RFC 8446 4.4.2: 1..2^24-1 */
    }
    list->list_left -= list->left + 3 + extensions;
    list->state = HF_LIST_ENTRY;
    return hf_path_certificate(&hs->path, list->left);
}

/* A certificate is whole in the slot, behind the residue of the path; those after the anchor are
 * skipped and were never stored. */
static void trace_certificate(const hf_handshake *hs)
{
    const hf_config *config = hs->config;
    if (config->trace != NULL && !hs->tentative) {
        hf_event event = {.kind = HF_EVENT_CERTIFICATE, .number = hs->list.count};
        if (hs->path.state != HF_PATH_TRUSTED) {
            event.body = (hf_span){hs->slot.ptr + hs->path.kept, hs->path.expected};
        }
        config->trace(config->trace_ctx, &event);
    }
}

static hf_code read_entry(hf_handshake *hs, hf_span *piece)
{
    hf_list_reader *list = &hs->list;
    size_t len = piece->len < list->left ? piece->len : list->left;
    hf_path_bytes(&hs->path, piece->ptr, len);
    piece->ptr += len;
    piece->len -= len;
    list->left -= (uint32_t)len;
    if (list->left == 0) {
        list->state = HF_LIST_CHECK;
        trace_certificate(hs);
        list->count++;
    }
    return HF_OK;
}

static hf_code check_entry(hf_handshake *hs)
{
    if (!hs->work) {
        return HF_PENDING;
    }
    bool skipped = hs->path.state == HF_PATH_TRUSTED;
    hf_code code = hf_path_run(&hs->path);
    bool reached = hs->path.state == HF_PATH_TRUSTED && !skipped; /* by a signature of its own */
    if (code == HF_PENDING || reached) {
        (void)hf_take_work(hs);
    }
    if (code == HF_OK) {
        hs->list.state = HF_LIST_EXTENSIONS_LEN;
    }
    return code;
}

/* RFC 8446 4.4.2: extensions of an entry answer ours; we ask for none that may stand here. */
static hf_code read_extensions(hf_handshake *hs, hf_span *piece)
{
    hf_list_reader *list = &hs->list;
    if (hs->version != HF_TLS13) {
        next_entry(list);
        return HF_OK;
    }
    if (list->state == HF_LIST_EXTENSIONS_LEN) {
        if (!read_length(list, 2, piece)) {
            return HF_OK;
        }
        list->left = take_length(list);
        if (list->left == 0) {
            next_entry(list);
            return HF_OK;
        }
        list->state = HF_LIST_EXTENSION_TYPE;
        return list->left < 4 || list->left > list->list_left ? HF_E_DECODE : HF_OK;
    }
    if (!read_length(list, 2, piece)) {
        return HF_OK;
    }
    hs->detail = take_length(list);
    hf_code code = hf_extension_allowed((uint16_t)hs->detail, HF_IN_CERTIFICATE, 0);
    return code == HF_OK ? HF_E_INTERNAL : code;
}

static hf_code list_step(hf_handshake *hs, hf_span *piece)
{
    switch (hs->list.state) {
    case HF_LIST_CONTEXT:
        return read_context(hs, piece);
    case HF_LIST_LEN:
        return read_list_len(hs, piece);
    case HF_LIST_ENTRY_LEN:
        return hs->list.list_left == 0 ? HF_E_DECODE : read_entry_len(hs, piece);
    case HF_LIST_ENTRY:
        return read_entry(hs, piece);
    case HF_LIST_CHECK:
        return check_entry(hs);
    default:
        return read_extensions(hs, piece);
    }
}

bool hf_is_certificate_error(hf_code code)
{
    return code >= HF_E_CERT_SYNTAX && code <= HF_E_CERT_EXTENSION_TWICE;
}

static hf_code with_facts(hf_handshake *hs, hf_code code)
{
    if (hf_is_certificate_error(code)) {
        hs->depth = hs->path.depth;
        hs->detail = hs->path.detail;
        hs->offset = hs->path.offset;
    }
    return code;
}

hf_code hf_stream_certificate(hf_handshake *hs, hf_span piece, size_t *used)
{
    size_t len = piece.len;
    hf_code code = HF_OK;
    if (hs->list.state == HF_LIST_CONTEXT && hs->body_have == 0) {
        hf_path_start(&hs->path, &hs->policy, hs->slot, hs->names);
    }
    bool waits = hs->list.state == HF_LIST_CHECK;
    while (code == HF_OK && (piece.len > 0 || waits)) {
        code = list_step(hs, &piece);
        waits = hs->list.state == HF_LIST_CHECK ||
                (hs->list.state == HF_LIST_EXTENSIONS_LEN && hs->version != HF_TLS13);
    }
    *used = len - piece.len;
    return with_facts(hs, code);
}

hf_code hf_recv_certificate(hf_handshake *hs, hf_span body)
{
    (void)body;
    bool whole =
        hs->list.state == HF_LIST_ENTRY_LEN && hs->list.list_left == 0 && hs->list.have == 0;
    if (!whole) {
        return HF_E_DECODE;
    }
    hf_code code = hf_path_end(&hs->path, &hs->peer_key);
    hs->reserved = (uint32_t)(hs->slot.cap - hf_path_spare(&hs->path).cap);
    return with_facts(hs, code);
}

/* ---- the server's signature */

static bool key_fits(const hf_handshake *hs, const hf_scheme_info *scheme)
{
    hf_key_kind kind = hs->peer_key.kind;
    if (scheme->kind != HF_ECDSA) {
        return kind == HF_KEY_RSA;
    }
    /* RFC 8446 4.2.3: in 1.3 the scheme names the curve, in 1.2 only the hash. */
    return kind == scheme->key || (hs->version == HF_TLS12 && kind != HF_KEY_RSA);
}

static hf_code check_scheme(hf_handshake *hs, const hf_scheme_info *scheme, uint16_t id)
{
    hs->detail = id;
    if (scheme == NULL || !hf_offers_scheme(hs->config, id) || !key_fits(hs, scheme)) {
        return HF_E_SCHEME;
    }
    if (hs->version == HF_TLS13) {
        return scheme->in_handshake13 ? HF_OK : HF_E_SCHEME;
    }
    unsigned kind = hs->peer_key.kind == HF_KEY_RSA ? HF_SUITE_RSA : HF_SUITE_ECDSA;
    return (hs->suite->key_kinds & kind) != 0 ? HF_OK : HF_E_SCHEME;
}

hf_code hf_verify_peer(hf_handshake *hs, uint16_t id, const hf_span *parts, size_t count,
                       hf_span signature)
{
    const hf_scheme_info *scheme = hf_scheme_find(id);
    hs->offset = 0; /* it was parsed whole */
    hf_code code = check_scheme(hs, scheme, id);
    if (code != HF_OK) {
        return code;
    }
    if (!hf_take_work(hs)) {
        return HF_PENDING;
    }
    uint8_t value[HF_HASH_MAX];
    hf_hash hash;
    hf_hash_start(&hash, scheme->hash);
    for (size_t i = 0; i < count; i++) {
        hf_hash_add(&hash, parts[i].ptr, parts[i].len);
    }
    hf_hash_final(&hash, value);
    code = hf_crypto_verify(&hs->config->crypto, &hs->peer_key, scheme->kind, scheme->hash, value,
                            signature);
    hs->peer_scheme = id;
    hs->detail = 0;
    return code == HF_E_CERT_SIGNATURE ? HF_E_HANDSHAKE_SIGNATURE : code;
}

/* ---- our certificate */

static bool request_has(hf_span schemes, uint16_t id)
{
    hf_reader r = hf_read_span_of(schemes);
    while (hf_read_left(&r) > 0) {
        if (hf_read_u16(&r) == id) {
            return true;
        }
    }
    return false;
}

static bool can_sign(const hf_handshake *hs, const hf_scheme_info *scheme, hf_key_kind kind)
{
    if (hs->version == HF_TLS13) {
        return scheme->in_handshake13 && scheme->key == kind;
    }
    bool ec = kind == HF_KEY_P256 || kind == HF_KEY_P384;
    return scheme->kind == HF_ECDSA ? ec : kind == HF_KEY_RSA;
}

static bool kind_requested(const hf_certificate_request *request, hf_key_kind kind)
{
    unsigned bit = kind == HF_KEY_RSA ? HF_REQUEST_RSA : HF_REQUEST_ECDSA;
    return (request->key_kinds & bit) != 0;
}

/* The scheme for our key that the server takes, the one of the key's own curve first. */
static uint16_t choose_scheme(const hf_handshake *hs, hf_span offered, hf_key_kind kind)
{
    uint16_t chosen = HF_SCHEME_NONE;
    for (size_t i = 0; hf_scheme_at(i) != NULL; i++) {
        const hf_scheme_info *scheme = hf_scheme_at(i);
        bool good = can_sign(hs, scheme, kind) && request_has(offered, scheme->id);
        bool better = chosen == HF_SCHEME_NONE ||
                      (scheme->key == kind && hf_scheme_find(chosen)->key != kind);
        if (good && better) {
            chosen = scheme->id;
        }
    }
    return chosen;
}

void hf_answer_request(hf_handshake *hs, const hf_certificate_request *request)
{
    hf_key_kind kind = hs->config->identity.leaf_key.kind;
    if (hs->config->identity.chain_count == 0) {
        return; /* RFC 8446 4.4.2: an empty Certificate, and the server decides */
    }
    if (kind_requested(request, kind)) {
        hs->our_scheme = choose_scheme(hs, request->schemes, kind);
    }
    if (hs->our_scheme == HF_SCHEME_NONE) {
        hs->certificate_kept_back = true;
        return;
    }
    hs->facts |= HF_FACT_CLIENT_CERT;
}
