/* ClientHello, the parser (RFC 8446 4.1.2, RFC 5246 7.4.1.2): a server's first sight of a stranger.
 *
 * Everything is checked for its form here, whichever version will be chosen; what it means is
 * decided in src/tls. The number of extensions is bounded, so that looking for doubles costs
 * little.
 */
#include "tls/message/message.h"

#include "crypto/crypto.h"

#include <string.h>

/* ---- bodies of extensions */

static hf_span read_numbers(hf_reader *body, unsigned width)
{
    hf_span numbers = hf_read_vec(body, width, 2, width == 1 ? 254 : 0xfffe);
    if (numbers.len % 2 != 0) {
        hf_read_spoil(body);
    }
    return numbers;
}

/* RFC 6066 3: one name of the only type there is; bound by what a host name can be. */
static hf_span read_server_name(hf_reader *body)
{
    hf_reader list = hf_read_sub(body, 2, 1, 0xffff);
    uint8_t type = hf_read_u8(&list);
    hf_span name = hf_read_vec(&list, 2, 1, 255);
    bool zero = name.len > 0 && memchr(name.ptr, 0, name.len) != NULL;
    if (!hf_read_done(&list) || type != 0 || zero) {
        hf_read_spoil(body);
    }
    return name;
}

/* RFC 7301 3.1: names of at least one byte. */
static hf_span read_alpn(hf_reader *body)
{
    hf_span names = hf_read_vec(body, 2, 2, 0xffff);
    hf_reader list = hf_read_span_of(names);
    while (hf_read_left(&list) > 0) {
        (void)hf_read_vec(&list, 1, 1, 255);
    }
    if (!hf_read_done(&list)) {
        hf_read_spoil(body);
    }
    return names;
}

static hf_span read_shares(hf_reader *body)
{
    hf_span shares = hf_read_vec(body, 2, 0, 0xffff);
    hf_reader list = hf_read_span_of(shares);
    while (hf_read_left(&list) > 0) {
        (void)hf_read_u16(&list);
        (void)hf_read_vec(&list, 2, 1, 0xffff);
    }
    if (!hf_read_done(&list)) {
        hf_read_spoil(body);
    }
    return shares;
}

/* RFC 6066 8; a status type that is unknown says nothing that concerns us. */
static bool read_status_request(hf_reader *body)
{
    if (hf_read_u8(body) != 1) {
        (void)hf_read_bytes(body, hf_read_left(body));
        return false;
    }
    (void)hf_read_vec(body, 2, 0, 0xffff);
    (void)hf_read_vec(body, 2, 0, 0xffff);
    return true;
}

/* RFC 8446 4.2.11. */
static void read_psks(hf_reader *body, hf_client_hello *hello)
{
    size_t count = 0;
    size_t proved = 0;
    hello->psk_identities = hf_read_vec(body, 2, 7, 0xffff);
    hf_reader identities = hf_read_span_of(hello->psk_identities);
    for (; hf_read_left(&identities) > 0; count++) {
        (void)hf_read_vec(&identities, 2, 1, 0xffff);
        (void)hf_read_u32(&identities);
    }
    hello->psk_binders = hf_read_vec(body, 2, 33, 0xffff);
    hf_reader binders = hf_read_span_of(hello->psk_binders);
    for (; hf_read_left(&binders) > 0; proved++) {
        (void)hf_read_vec(&binders, 1, 32, 255);
    }
    hello->psk_even = count == proved;
    if (!hf_read_done(&identities) || !hf_read_done(&binders)) {
        hf_read_spoil(body);
    }
}

static void read_point_formats(hf_reader *body, hf_client_hello *hello)
{
    hf_span formats = hf_read_vec(body, 1, 1, 255);
    hello->bad_point_formats = formats.len > 0 && memchr(formats.ptr, 0, formats.len) == NULL;
}

/* Lists. False: the type is not one of these. */
static bool read_list(uint16_t type, hf_reader *body, hf_client_hello *hello)
{
    switch (type) {
    case HF_EXT_SERVER_NAME:
        hello->server_name = read_server_name(body);
        return true;
    case HF_EXT_SUPPORTED_GROUPS:
        hello->groups = read_numbers(body, 2);
        return true;
    case HF_EXT_SIGNATURE_ALGORITHMS:
        hello->schemes = read_numbers(body, 2);
        return true;
    case HF_EXT_SIGNATURE_ALGORITHMS_CERT:
        hello->schemes_cert = read_numbers(body, 2);
        return true;
    case HF_EXT_SUPPORTED_VERSIONS:
        hello->versions = read_numbers(body, 1);
        return true;
    case HF_EXT_ALPN:
        hello->alpn = read_alpn(body);
        return true;
    case HF_EXT_KEY_SHARE:
        hello->shares = read_shares(body);
        return true;
    case HF_EXT_CERTIFICATE_AUTHORITIES:
        hello->names = hf_authorities_read(body);
        return true;
    case HF_EXT_CLIENT_CERTIFICATE_TYPE:
        hello->client_types = hf_read_vec(body, 1, 1, 255);
        return true;
    case HF_EXT_SERVER_CERTIFICATE_TYPE:
        hello->server_types = hf_read_vec(body, 1, 1, 255);
        return true;
    case HF_EXT_PSK_KEY_EXCHANGE_MODES:
        hello->psk_modes = hf_read_vec(body, 1, 1, 255);
        return true;
    default:
        return false;
    }
}

/* Bodies that this library has no use for are read over. */
static void read_body(uint16_t type, hf_reader *body, hf_client_hello *hello)
{
    if (read_list(type, body, hello)) {
        return;
    }
    switch (type) {
    case HF_EXT_MAX_FRAGMENT_LENGTH:
        hello->max_fragment_length = hf_read_u8(body);
        break;
    case HF_EXT_RECORD_SIZE_LIMIT:
        hello->record_size_limit = hf_read_u16(body);
        break;
    case HF_EXT_STATUS_REQUEST:
        hello->wants_status = read_status_request(body);
        break;
    case HF_EXT_EC_POINT_FORMATS:
        read_point_formats(body, hello);
        break;
    case HF_EXT_COOKIE:
        hello->cookie = hf_read_vec(body, 2, 1, 0xffff);
        break;
    case HF_EXT_PRE_SHARED_KEY:
        read_psks(body, hello);
        break;
    case HF_EXT_SESSION_TICKET:
        hello->ticket12 = hf_read_bytes(body, hf_read_left(body)); /* RFC 5077 3.2: no length */
        break;
    case HF_EXT_RENEGOTIATION_INFO:
        hello->renegotiated = hf_read_vec(body, 1, 0, 255);
        break;
    case HF_EXT_EXTENDED_MASTER_SECRET:
    case HF_EXT_ENCRYPT_THEN_MAC:
    case HF_EXT_EARLY_DATA:
    case HF_EXT_POST_HANDSHAKE_AUTH:
    case HF_EXT_SIGNED_CERTIFICATE_TIMESTAMP:
        break; /* empty here: whatever is left is an error */
    default:
        (void)hf_read_bytes(body, hf_read_left(body));
        break;
    }
}

/* ---- the block */

typedef struct seen {
    uint16_t types[HF_HELLO_EXTENSIONS_MAX];
    size_t count;
} seen;

static hf_code note_type(seen *before, uint16_t type, uint32_t *detail)
{
    *detail = type;
    for (size_t i = 0; i < before->count; i++) {
        if (before->types[i] == type) {
            return HF_E_EXTENSION_TWICE; /* RFC 8446 4.2 */
        }
    }
    if (before->count == HF_HELLO_EXTENSIONS_MAX) {
        *detail = HF_HELLO_EXTENSIONS_MAX;
        return HF_E_TOO_MANY_EXTENSIONS;
    }
    before->types[before->count++] = type;
    bool ours = hf_extension_bit(type) == 0 || hf_extension_may_stand(type, HF_IN_CLIENT_HELLO);
    return ours ? HF_OK : HF_E_EXTENSION_NOT_ALLOWED;
}

static hf_code read_extensions(hf_reader *r, hf_client_hello *hello, uint32_t *detail)
{
    seen before = {.count = 0};
    hello->block = hf_read_vec(r, 2, 0, 0xffff);
    hf_reader list = hf_read_span_of(hello->block);
    while (!r->bad && hf_read_left(&list) > 0) {
        uint16_t type = hf_read_u16(&list);
        hf_reader body = hf_read_sub(&list, 2, 0, 0xffff);
        hf_code code = list.bad ? HF_OK : note_type(&before, type, detail);
        if (code != HF_OK) {
            return code;
        }
        read_body(type, &body, hello);
        if (!hf_read_done(&body)) {
            r->bad = true;
            r->at = body.at;
        }
        hello->present |= hf_extension_bit(type);
        hello->last = type;
    }
    return HF_OK;
}

hf_code hf_client_hello_parse(hf_reader *r, hf_client_hello *hello, uint32_t *detail)
{
    hf_code code = HF_OK;
    memset(hello, 0, sizeof *hello);
    hello->legacy_version = hf_read_u16(r);
    hello->random = hf_read_bytes(r, 32).ptr;
    hello->session_id = hf_read_vec(r, 1, 0, 32);
    hello->suites = read_numbers(r, 2);
    hello->compressions = hf_read_vec(r, 1, 1, 255);
    if (!r->bad && hf_read_left(r) > 0) { /* a TLS 1.2 client may leave the block out */
        code = read_extensions(r, hello, detail);
    }
    return hf_message_end(r, code);
}

/* ---- what the second one must repeat */

/* RFC 8446 4.1.2: these may differ, come or go. */
static bool may_change(uint16_t type)
{
    return type == HF_EXT_KEY_SHARE || type == HF_EXT_EARLY_DATA || type == HF_EXT_COOKIE ||
           type == HF_EXT_PRE_SHARED_KEY || type == HF_EXT_PADDING;
}

/* Extensions count in any order, since clients are about that order them anew (wolfSSL 5.5): their
 * hashes are combined by exclusive or. Nothing rests on this digest against somebody who makes
 * hellos to fit it; both hellos stand in the transcript. */
void hf_client_hello_digest(const hf_client_hello *hello, uint8_t out[32])
{
    hf_reader list = hf_read_span_of(hello->block);
    const uint8_t *start = hello->random - 2; /* from legacy_version on */
    const uint8_t *end = hello->compressions.ptr + hello->compressions.len;
    hf_sha256((hf_span){start, (size_t)(end - start)}, out);
    while (hf_read_left(&list) > 0) {
        uint8_t one[32];
        const uint8_t *at = list.at;
        uint16_t type = hf_read_u16(&list);
        (void)hf_read_vec(&list, 2, 0, 0xffff);
        hf_sha256((hf_span){at, (size_t)(list.at - at)}, one);
        for (size_t i = 0; i < sizeof one && !may_change(type); i++) {
            out[i] ^= one[i];
        }
    }
}

/* ---- keys agreed beforehand */

bool hf_client_hello_psk(const hf_client_hello *hello, unsigned index, hf_span *identity,
                         hf_span *binder)
{
    hf_reader identities = hf_read_span_of(hello->psk_identities);
    hf_reader binders = hf_read_span_of(hello->psk_binders);
    for (unsigned i = 0; i <= index; i++) {
        *identity = hf_read_vec(&identities, 2, 1, 0xffff);
        (void)hf_read_u32(&identities);
        *binder = hf_read_vec(&binders, 1, 32, 255);
    }
    return !identities.bad && !binders.bad;
}

/* ---- key shares */

#define SHARES_MAX 16u /* that are looked at: each is compared with all before it */

static bool stands_before(const uint16_t *groups, size_t count, uint16_t group)
{
    for (size_t i = 0; i < count; i++) {
        if (groups[i] == group) {
            return true;
        }
    }
    return false;
}

hf_code hf_client_hello_share(const hf_client_hello *hello, uint16_t group, hf_span *point,
                              uint32_t *detail)
{
    uint16_t groups[SHARES_MAX];
    hf_reader list = hf_read_span_of(hello->shares);
    *point = (hf_span){NULL, 0};
    for (size_t count = 0; hf_read_left(&list) > 0; count++) {
        uint16_t this = hf_read_u16(&list);
        hf_span share = hf_read_vec(&list, 2, 1, 0xffff);
        *detail = this;
        if (count == SHARES_MAX || !hf_numbers_have(hello->groups, this) ||
            stands_before(groups, count, this)) {
            return HF_E_KEY_SHARES;
        }
        groups[count] = this;
        *point = this == group ? share : *point;
    }
    return HF_OK;
}
