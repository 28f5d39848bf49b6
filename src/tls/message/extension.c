/* The permission matrix of extensions and their bodies: see extension.h. */
#include "tls/message/extension.h"

#include <string.h>

#define CH  HF_IN_CLIENT_HELLO
#define SH  HF_IN_SERVER_HELLO
#define HRR HF_IN_HELLO_RETRY
#define EE  HF_IN_ENCRYPTED
#define CR  HF_IN_REQUEST
#define CT  HF_IN_CERTIFICATE
#define NST HF_IN_TICKET
#define S12 HF_IN_SERVER_HELLO12

/* RFC 8446 4.2, in its order; behind it what other RFCs add. */
static const struct permission {
    uint16_t type;
    uint16_t places;
} MATRIX[] = {
    {HF_EXT_SERVER_NAME, CH | EE | S12},
    {HF_EXT_MAX_FRAGMENT_LENGTH, CH | EE | S12},
    {HF_EXT_STATUS_REQUEST, CH | CR | CT | S12},
    {HF_EXT_SUPPORTED_GROUPS, CH | EE | S12}, /* TLS 1.2 servers that send it are about */
    {HF_EXT_SIGNATURE_ALGORITHMS, CH | CR},
    {HF_EXT_USE_SRTP, CH | EE | S12},
    {HF_EXT_HEARTBEAT, CH | EE | S12},
    {HF_EXT_ALPN, CH | EE | S12},
    {HF_EXT_SIGNED_CERTIFICATE_TIMESTAMP, CH | CR | CT | S12},
    {HF_EXT_CLIENT_CERTIFICATE_TYPE, CH | EE | S12},
    {HF_EXT_SERVER_CERTIFICATE_TYPE, CH | EE | S12},
    {HF_EXT_PADDING, CH},
    {HF_EXT_KEY_SHARE, CH | SH | HRR},
    {HF_EXT_PRE_SHARED_KEY, CH | SH},
    {HF_EXT_PSK_KEY_EXCHANGE_MODES, CH},
    {HF_EXT_EARLY_DATA, CH | EE | NST},
    {HF_EXT_COOKIE, CH | HRR},
    {HF_EXT_SUPPORTED_VERSIONS, CH | SH | HRR},
    {HF_EXT_CERTIFICATE_AUTHORITIES, CH | CR},
    {HF_EXT_OID_FILTERS, CR},
    {HF_EXT_POST_HANDSHAKE_AUTH, CH},
    {HF_EXT_SIGNATURE_ALGORITHMS_CERT, CH | CR},
    {HF_EXT_EC_POINT_FORMATS, CH | S12},       /* RFC 8422 5.1.2 */
    {HF_EXT_ENCRYPT_THEN_MAC, CH | S12},       /* RFC 7366 */
    {HF_EXT_EXTENDED_MASTER_SECRET, CH | S12}, /* RFC 7627 */
    {HF_EXT_RECORD_SIZE_LIMIT, CH | EE | S12}, /* RFC 8449 */
    {HF_EXT_SESSION_TICKET, CH | S12},         /* RFC 5077 */
    {HF_EXT_RENEGOTIATION_INFO, CH | S12},     /* RFC 5746 */
};
#define MATRIX_ROWS (sizeof MATRIX / sizeof MATRIX[0])
_Static_assert(MATRIX_ROWS <= 32, "hf_extension_set has 32 bits");

static size_t row_of(uint16_t type)
{
    size_t row = 0;
    while (row < MATRIX_ROWS && MATRIX[row].type != type) {
        row++;
    }
    return row;
}

hf_extension_set hf_extension_bit(uint16_t type)
{
    size_t row = row_of(type);
    return row < MATRIX_ROWS ? (hf_extension_set)1 << row : 0;
}

bool hf_extension_may_stand(uint16_t type, unsigned place)
{
    size_t row = row_of(type);
    return row < MATRIX_ROWS && (MATRIX[row].places & place) != 0;
}

bool hf_extensions_have(const hf_extensions *extensions, uint16_t type)
{
    return (extensions->present & hf_extension_bit(type)) != 0;
}

hf_code hf_extension_allowed(uint16_t type, unsigned place, hf_extension_set asked)
{
    size_t row = row_of(type);
    bool request = place == HF_IN_REQUEST || place == HF_IN_TICKET;
    if (row == MATRIX_ROWS) { /* RFC 8446 4.3.2, 4.6.1: unknown ones in requests are ignored */
        return request ? HF_OK : HF_E_EXTENSION_UNASKED;
    }
    if ((MATRIX[row].places & place) == 0) {
        return HF_E_EXTENSION_NOT_ALLOWED;
    }
    /* RFC 8446 4.2: an answer needs a question, except for cookie and in requests. */
    bool answer = !request && type != HF_EXT_COOKIE;
    return answer && (asked & hf_extension_bit(type)) == 0 ? HF_E_EXTENSION_UNASKED : HF_OK;
}

hf_code hf_extensions_check(const hf_extensions *extensions, unsigned place, hf_extension_set asked,
                            uint32_t *detail)
{
    hf_code code = HF_OK;
    for (size_t row = 0; row < MATRIX_ROWS && code == HF_OK; row++) {
        if ((extensions->present & (hf_extension_set)1 << row) != 0) {
            *detail = MATRIX[row].type;
            code = hf_extension_allowed(MATRIX[row].type, place, asked);
        }
    }
    if (code == HF_OK && extensions->unknown) {
        *detail = extensions->unknown_type;
        code = hf_extension_allowed(extensions->unknown_type, place, asked);
    }
    return code;
}

bool hf_names_well_formed(hf_span names)
{
    hf_reader r = hf_read_span_of(names);
    while (hf_read_left(&r) > 0) {
        (void)hf_read_vec(&r, 2, 1, 0xffff);
    }
    return hf_read_done(&r);
}

void hf_cookie_write(hf_writer *w, hf_span cookie)
{
    hf_write_u16(w, HF_EXT_COOKIE);
    size_t body = hf_write_open(w, 2);
    hf_write_vec(w, 2, cookie);
    hf_write_close(w, body, 2);
}

/* RFC 7301 3.1: a server's list holds exactly one name. */
static hf_span read_alpn(hf_reader *body)
{
    hf_reader list = hf_read_sub(body, 2, 2, 0xffff);
    hf_span name = hf_read_vec(&list, 1, 1, 255);
    if (!hf_read_done(&list)) {
        hf_read_spoil(body);
    }
    return name;
}

static hf_span read_schemes(hf_reader *body)
{
    hf_span schemes = hf_read_vec(body, 2, 2, 0xfffe);
    if (schemes.len % 2 != 0) {
        hf_read_spoil(body);
    }
    return schemes;
}

hf_span hf_authorities_read(hf_reader *body)
{
    hf_span names = hf_read_vec(body, 2, 3, 0xffff);
    if (!hf_names_well_formed(names)) {
        hf_read_spoil(body);
    }
    return names;
}

static void read_key_share(hf_reader *body, bool retry, hf_extensions *out)
{
    out->group = hf_read_u16(body);
    if (!retry) {
        out->point = hf_read_vec(body, 2, 1, 0xffff);
    }
}

static void read_point_formats(hf_reader *body, hf_extensions *out)
{
    hf_span formats = hf_read_vec(body, 1, 1, 255);
    out->bad_point_formats = formats.len > 0 && memchr(formats.ptr, 0, formats.len) == NULL;
}

/* Bodies that nobody asks for are read over: hf_extensions_check() refuses them by their type. */
static void read_body(uint16_t type, hf_reader *body, bool retry, hf_extensions *out)
{
    switch (type) {
    case HF_EXT_SUPPORTED_VERSIONS:
        out->selected_version = hf_read_u16(body);
        break;
    case HF_EXT_KEY_SHARE:
        read_key_share(body, retry, out);
        break;
    case HF_EXT_COOKIE:
        out->cookie = hf_read_vec(body, 2, 1, 0xffff);
        break;
    case HF_EXT_ALPN:
        out->alpn = read_alpn(body);
        break;
    case HF_EXT_SUPPORTED_GROUPS:
        (void)read_schemes(body); /* two-byte numbers likewise */
        break;
    case HF_EXT_SIGNATURE_ALGORITHMS_CERT:
        out->schemes_cert = read_schemes(body);
        break;
    case HF_EXT_SIGNATURE_ALGORITHMS:
        out->schemes = read_schemes(body);
        break;
    case HF_EXT_CERTIFICATE_AUTHORITIES:
        out->names = hf_authorities_read(body);
        break;
    case HF_EXT_RECORD_SIZE_LIMIT:
        out->record_size_limit = hf_read_u16(body);
        break;
    case HF_EXT_MAX_FRAGMENT_LENGTH:
        out->max_fragment_length = hf_read_u8(body);
        break;
    case HF_EXT_EC_POINT_FORMATS:
        read_point_formats(body, out);
        break;
    case HF_EXT_RENEGOTIATION_INFO:
        out->renegotiated = hf_read_vec(body, 1, 0, 255);
        break;
    case HF_EXT_CLIENT_CERTIFICATE_TYPE: /* RFC 7250 3: one in an answer */
        out->client_type = hf_read_u8(body);
        break;
    case HF_EXT_SERVER_CERTIFICATE_TYPE:
        out->server_type = hf_read_u8(body);
        break;
    case HF_EXT_PRE_SHARED_KEY:
        out->selected_psk = hf_read_u16(body);
        break;
    case HF_EXT_SERVER_NAME:
    case HF_EXT_EXTENDED_MASTER_SECRET:
    case HF_EXT_SESSION_TICKET: /* RFC 5077 3.2 */
        break;                  /* empty in an answer: whatever is left is an error */
    default:
        (void)hf_read_bytes(body, hf_read_left(body));
        break;
    }
}

/* True when `type` stands in the block before `end` as well. */
static bool stands_before(hf_span block, const uint8_t *end, uint16_t type)
{
    hf_reader r = hf_read_from(block.ptr, (size_t)(end - block.ptr));
    while (hf_read_left(&r) > 0) {
        if (hf_read_u16(&r) == type) {
            return true;
        }
        (void)hf_read_vec(&r, 2, 0, 0xffff);
    }
    return false;
}

hf_code hf_extensions_parse(hf_reader *r, size_t min, bool retry, hf_extensions *extensions,
                            uint32_t *detail)
{
    hf_span block = hf_read_vec(r, 2, min, 0xffff);
    hf_reader list = hf_read_span_of(block);
    memset(extensions, 0, sizeof *extensions);
    while (!r->bad && hf_read_left(&list) > 0) {
        const uint8_t *start = list.at;
        uint16_t type = hf_read_u16(&list);
        hf_reader body = hf_read_sub(&list, 2, 0, 0xffff);
        read_body(type, &body, retry, extensions);
        if (!hf_read_done(&body)) {
            r->bad = true;
            r->at = body.at;
            return HF_E_DECODE;
        }
        if (stands_before(block, start, type)) {
            *detail = type;
            return HF_E_EXTENSION_TWICE;
        }
        hf_extension_set bit = hf_extension_bit(type);
        extensions->present |= bit;
        if (bit == 0 && !extensions->unknown) {
            extensions->unknown = true;
            extensions->unknown_type = type;
        }
    }
    return r->bad ? HF_E_DECODE : HF_OK;
}

bool hf_numbers_have(hf_span numbers, uint16_t number)
{
    hf_reader r = hf_read_span_of(numbers);
    while (hf_read_left(&r) > 0) {
        if (hf_read_u16(&r) == number) {
            return true;
        }
    }
    return false;
}
