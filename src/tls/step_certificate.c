/* The peer's Certificate, both versions and roles: read as it comes (RFC 8446 4.4.2, RFC
 * 5246 7.4.2, RFC 7250 3).
 *
 * What becomes of an entry depends on who reads: the forward walk checks it at once (devices), a
 * chain is collected and walked at the end (step_chain.c), a raw public key is collected.
 */
#include "tls/handshake.h"

#include "tls/offer.h"
#include "tls/tell.h"
#include "x509/path.h"

#include <string.h>

static bool is_raw(const hf_handshake *hs)
{
    return HF_HAS_WHOLE && hs->peer_type == HF_TYPE_RAW_PUBLIC_KEY;
}

/* All entries are collected before they are looked at. */
static bool is_collected(const hf_handshake *hs)
{
    return is_raw(hs) || (HF_HAS_WHOLE && hs->config->whole_chain);
}

/* ---- lengths: each state with one gets it whole */

static hf_code read_context(hf_handshake *hs, uint32_t len)
{
    hs->list.state = HF_LIST_LEN;
    return len == 0 ? HF_OK : HF_E_CERTIFICATE_CONTEXT;
}

/* RFC 8446 4.4.2.4, RFC 5246 7.4.6: a client may have none; whether that will do is the server's
 * say. */
static hf_code nothing_shown(const hf_handshake *hs)
{
    if (!hf_is_server(hs)) {
        return HF_E_NO_SERVER_CERTIFICATE;
    }
    return hs->config->client_auth == HF_CLIENT_AUTH_REQUIRE ? HF_E_NO_CLIENT_CERTIFICATE : HF_OK;
}

static hf_code begin_entry(hf_handshake *hs, uint32_t len)
{
    hf_list_reader *list = &hs->list;
    list->left = len;
    list->state = HF_LIST_ENTRY;
    if (is_raw(hs) && list->count > 0) {
        return HF_E_RAW_KEY_LIST;
    }
    return is_collected(hs) ? hf_chain_entry(hs, len) : hf_path_certificate(&hs->peer.path, len);
}

static hf_code read_list_len(hf_handshake *hs, uint32_t len)
{
    hf_list_reader *list = &hs->list;
    uint32_t around = hf_runs13(hs) ? 4 : 3;
    if (len + around != hs->body_len) {
        return HF_E_DECODE;
    }
    if (is_raw(hs) && hf_is12(hs) && len > 0) { /* RFC 7250 3: no list */
        return begin_entry(hs, len);
    }
    list->list_left = len;
    list->state = HF_LIST_ENTRY_LEN;
    return len == 0 ? nothing_shown(hs) : HF_OK;
}

static hf_code read_entry_len(hf_handshake *hs, uint32_t len)
{
    hf_list_reader *list = &hs->list;
    uint32_t around = hf_runs13(hs) ? 5 : 3; /* its length, and that of its extensions */
    if (len == 0 || len + around > list->list_left) {
        return HF_E_DECODE; /* RFC 8446 4.4.2: 1..2^24-1; or the list is over */
    }
    list->list_left -= len + around;
    return begin_entry(hs, len);
}

/* ---- entries */

/* A certificate is whole in the slot; one that is skipped was never stored. */
static void trace_certificate(const hf_handshake *hs)
{
    const hf_config *config = hs->config;
    if (!hf_tells(config) || hs->tentative) {
        return;
    }
    hf_event event = {.kind = HF_EVENT_CERTIFICATE, .number = hs->list.count};
    const hf_path *path = &hs->peer.path;
    if (is_collected(hs)) {
        event.body = hf_chain_certificate(hs, hs->list.count);
    } else if (path->state != HF_PATH_TRUSTED) {
        event.body = (hf_span){hs->slot.ptr + path->kept, path->expected};
    }
    hf_tell_event(hs->tls, event);
}

static hf_code read_entry(hf_handshake *hs, hf_span *piece)
{
    hf_list_reader *list = &hs->list;
    size_t len = piece->len < list->left ? piece->len : list->left;
    if (is_collected(hs)) {
        hf_chain_bytes(hs, (hf_span){piece->ptr, len});
    } else {
        hf_path_bytes(&hs->peer.path, piece->ptr, len);
    }
    piece->ptr += len;
    piece->len -= len;
    list->left -= (uint32_t)len;
    if (list->left == 0) {
        list->state = HF_LIST_CHECK;
        trace_certificate(hs);
        list->count = (uint8_t)(list->count + (list->count < UINT8_MAX));
    }
    return HF_OK;
}

void hf_count_signature(hf_handshake *hs)
{
    (void)hf_take_work(hs, HF_WORK_VERIFY_CERTIFICATE, 0);
    hs->signatures = (uint8_t)(hs->signatures + (hs->signatures < UINT8_MAX));
}

static hf_code check_entry(hf_handshake *hs)
{
    hf_path *path = &hs->peer.path;
    if (is_collected(hs)) {
        hs->list.state = HF_LIST_EXTENSIONS_LEN;
        return HF_OK;
    }
    if (!hs->work) {
        return HF_PENDING;
    }
    uint8_t before = path->signatures;
    hf_code code = hf_path_run(path);
    if (path->signatures != before) {
        hf_count_signature(hs);
    }
    if (code == HF_OK) {
        hs->list.state = HF_LIST_EXTENSIONS_LEN;
    }
    return code;
}

/* ---- extensions of an entry: they answer ours (RFC 8446 4.4.2), and the only ones that we ask for
 * are stapled responses */

static hf_code read_extensions_len(hf_handshake *hs, uint32_t len)
{
    hf_list_reader *list = &hs->list;
    list->left = len;
    list->state = len == 0 ? HF_LIST_ENTRY_LEN : HF_LIST_EXTENSION_HEADER;
    if (len != 0 && (len < 4 || len > list->list_left)) {
        return HF_E_DECODE;
    }
    list->list_left -= len;
    return HF_OK;
}

static hf_extension_set asked(const hf_handshake *hs)
{
    bool staple = !hf_is_server(hs) && hf_offers_stapling(hs->config);
    return staple ? HF_EXT_BIT(STATUS_REQUEST) : 0;
}

static hf_code read_extension_header(hf_handshake *hs, uint32_t both)
{
    hf_list_reader *list = &hs->list;
    uint32_t len = both & 0xffff;
    hs->detail = both >> 16;
    hf_code code = hf_extension_allowed((uint16_t)hs->detail, HF_IN_CERTIFICATE, asked(hs));
    if (!HF_HAS_WHOLE || code != HF_OK) { /* who walks forward asks for none */
        return code;
    }
    if (len + 4 > list->left) {
        return HF_E_DECODE;
    }
    if (list->stapled) { /* the only type that comes so far */
        return HF_E_EXTENSION_TWICE;
    }
    list->stapled = true;
    list->left -= len + 4;
    list->value = len;
    list->state = HF_LIST_EXTENSION;
    bool leaf = list->count == 1;
    return leaf ? hf_chain_staple(hs, len) : HF_OK;
}

static hf_code read_extension(hf_handshake *hs, hf_span *piece)
{
    hf_list_reader *list = &hs->list;
    size_t len = piece->len < list->value ? piece->len : list->value;
    if (list->count == 1) {
        hf_chain_bytes(hs, (hf_span){piece->ptr, len});
    }
    piece->ptr += len;
    piece->len -= len;
    list->value -= (uint32_t)len;
    if (list->value > 0) {
        return HF_OK;
    }
    list->state = list->left >= 4 ? HF_LIST_EXTENSION_HEADER : HF_LIST_ENTRY_LEN;
    if (list->left == 0) {
        list->stapled = false;
    }
    return list->left > 0 && list->left < 4 ? HF_E_DECODE : HF_OK;
}

/* ---- the message */

/* Bytes of the length that a state begins with. */
static unsigned width_of(const hf_handshake *hs)
{
    static const uint8_t WIDTHS[] = {
        [HF_LIST_CONTEXT] = 1,        [HF_LIST_LEN] = 3,       [HF_LIST_ENTRY_LEN] = 3,
        [HF_LIST_EXTENSIONS_LEN] = 2, [HF_LIST_EXTENSION] = 0, [HF_LIST_EXTENSION_HEADER] = 4,
    };
    unsigned state = hs->list.state;
    bool newer = state == HF_LIST_CONTEXT || state == HF_LIST_EXTENSIONS_LEN;
    return newer && !hf_runs13(hs) ? 0 : WIDTHS[state];
}

static hf_code list_step(hf_handshake *hs, hf_span *piece)
{
    hf_list_reader *list = &hs->list;
    unsigned width = width_of(hs);
    while (list->have < width) {
        if (piece->len == 0) {
            return HF_OK;
        }
        list->value = list->value << 8 | *piece->ptr++;
        piece->len--;
        list->have++;
    }
    uint32_t len = list->value;
    list->have = 0;
    if (list->state != HF_LIST_EXTENSION) {
        list->value = 0;
    }
    switch (list->state) {
    case HF_LIST_CONTEXT:
        return read_context(hs, len);
    case HF_LIST_LEN:
        return read_list_len(hs, len);
    case HF_LIST_ENTRY_LEN:
        return read_entry_len(hs, len);
    case HF_LIST_ENTRY:
        return read_entry(hs, piece);
    case HF_LIST_CHECK:
        return check_entry(hs);
    case HF_LIST_EXTENSIONS_LEN:
        return read_extensions_len(hs, len);
    case HF_LIST_EXTENSION_HEADER:
        return read_extension_header(hs, len);
    default:
        return HF_HAS_WHOLE ? read_extension(hs, piece) : HF_E_INTERNAL;
    }
}

bool hf_is_certificate_error(hf_code code)
{
    return code >= HF_E_CERT_SYNTAX && code < HF_E_ALERT;
}

/* The forward walk keeps its own facts about an error. */
static hf_code with_facts(hf_handshake *hs, hf_code code)
{
    if (hf_is_certificate_error(code) && !is_collected(hs)) {
        hs->depth = hs->peer.path.depth;
        hs->detail = hs->peer.path.detail;
        hs->offset = hs->peer.path.offset;
    }
    return code;
}

/* States that go on without another byte. */
static bool goes_on(const hf_handshake *hs)
{
    const hf_list_reader *list = &hs->list;
    return list->state == HF_LIST_CHECK ||
           (list->state == HF_LIST_EXTENSIONS_LEN && !hf_runs13(hs)) ||
           (HF_HAS_WHOLE && list->state == HF_LIST_EXTENSION && list->value == 0);
}

hf_code hf_stream_certificate(hf_handshake *hs, hf_span *piece)
{
    hf_code code = HF_OK;
    if (hs->list.state == HF_LIST_CONTEXT && hs->body_have == 0 && hs->list.have == 0) {
        if (is_collected(hs)) {
            code = hf_chain_start(hs);
        } else {
            hf_path_start(&hs->peer.path, &hs->policy, hs->slot, hs->names);
        }
    }
    while (code == HF_OK && (piece->len > 0 || goes_on(hs))) {
        code = list_step(hs, piece);
    }
    return with_facts(hs, code);
}

/* The list is whole, and nothing of it is half read. */
static bool is_whole(const hf_handshake *hs)
{
    const hf_list_reader *list = &hs->list;
    return list->state == HF_LIST_ENTRY_LEN && list->list_left == 0 && list->have == 0;
}

hf_code hf_recv_certificate(hf_handshake *hs, hf_reader *body)
{
    (void)body;
    if (!is_whole(hs)) {
        return HF_E_DECODE;
    }
    if (hs->list.count == 0) { /* a client that shows nothing */
        return HF_OK;
    }
    if (is_collected(hs)) {
        hf_code code = hf_chain_end(hs);
        hs->facts |= code == HF_OK && hf_is_server(hs) ? HF_FACT_CLIENT_CERT : 0u;
        return code;
    }
    hf_path *path = &hs->peer.path;
    hf_code code = hf_path_end(path, &hs->peer_key);
    hs->reserved = (uint32_t)(hs->slot.cap - hf_path_spare(path).cap);
    hs->not_after = path->not_after; /* a session ends with it */
    return with_facts(hs, code);
}
