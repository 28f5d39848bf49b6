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

/* Forms of bodies. */
enum form {
    ANY, /* nobody asks for it: read over, and refused by its type (hf_extensions_check) */
    EMPTY,
    U8,
    U16,
    SMALL,   /* a vector of up to 255 bytes */
    BYTES,   /* of up to 2^16 - 1, not empty */
    NUMBERS, /* of numbers of two bytes, not empty */
    NAME,
    NAMES,
    SHARE,
    FORMATS,
};

static const struct row {
    uint16_t type;
    uint8_t places;
    uint8_t form;
    uint8_t member; /* where in hf_extensions */
} MATRIX[] = {
#define ROW(name, type, places, form, member)                                                      \
    {(type), (places), (form), offsetof(hf_extensions, member)},
    HF_EXTENSIONS(ROW)
#undef ROW
};
_Static_assert(HF_EXT_ROWS <= 32, "hf_extension_set has 32 bits");

static const struct row *row_of(uint16_t type)
{
    const struct row *row = MATRIX;
    while (row < MATRIX + HF_EXT_ROWS && row->type != type) {
        row++;
    }
    return row < MATRIX + HF_EXT_ROWS ? row : NULL;
}

static hf_extension_set bit_of(const struct row *row)
{
    return row == NULL ? 0 : (hf_extension_set)1 << (row - MATRIX);
}

hf_extension_set hf_extension_bit(uint16_t type)
{
    return bit_of(row_of(type));
}

bool hf_extension_may_stand(uint16_t type, unsigned place)
{
    const struct row *row = row_of(type);
    return row != NULL && (row->places & place) != 0;
}

hf_code hf_extension_allowed(uint16_t type, unsigned place, hf_extension_set asked)
{
    const struct row *row = row_of(type);
    bool request = place == HF_IN_REQUEST || place == HF_IN_TICKET;
    if (row == NULL) { /* RFC 8446 4.3.2, 4.6.1: unknown ones in requests are ignored */
        return request ? HF_OK : HF_E_EXTENSION_UNASKED;
    }
    if ((row->places & place) == 0) {
        return HF_E_EXTENSION_NOT_ALLOWED;
    }
    /* RFC 8446 4.2: an answer needs a question, except for cookie and in requests. */
    bool free = request || type == HF_EXT_COOKIE;
    return free || (asked & bit_of(row)) != 0 ? HF_OK : HF_E_EXTENSION_UNASKED;
}

hf_code hf_extensions_check(const hf_extensions *extensions, unsigned place, hf_extension_set asked,
                            uint32_t *detail)
{
    hf_code code = HF_OK;
    for (unsigned row = 0; row < HF_EXT_ROWS && code == HF_OK; row++) {
        if ((extensions->present >> row & 1u) != 0) {
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

static hf_span read_numbers(hf_reader *body)
{
    hf_span numbers = hf_read_vec(body, 2, 2, 0xfffe);
    if (numbers.len % 2 != 0) {
        hf_read_spoil(body);
    }
    return numbers;
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

static bool lacks_uncompressed(hf_reader *body)
{
    hf_span formats = hf_read_vec(body, 1, 1, 255);
    return formats.len > 0 && memchr(formats.ptr, 0, formats.len) == NULL;
}

static void read_body(const struct row *row, hf_reader *body, bool retry, hf_extensions *out)
{
    void *member = (uint8_t *)out + (row == NULL ? 0 : row->member);
    uint8_t *number = member;
    hf_span *span = member;
    switch (row == NULL ? ANY : (enum form)row->form) {
    case EMPTY:
        break; /* whatever is left is an error */
    case U8:
        *number = hf_read_u8(body);
        break;
    case U16:
        *(uint16_t *)member = hf_read_u16(body);
        break;
    case SMALL:
        *span = hf_read_vec(body, 1, 0, 255);
        break;
    case BYTES:
        *span = hf_read_vec(body, 2, 1, 0xffff);
        break;
    case NUMBERS:
        *span = read_numbers(body);
        break;
    case NAME:
        *span = read_alpn(body);
        break;
    case NAMES:
        *span = hf_authorities_read(body);
        break;
    case SHARE:
        read_key_share(body, retry, out);
        break;
    case FORMATS:
        *number = lacks_uncompressed(body);
        break;
    case ANY:
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
        const struct row *row = row_of(type);
        read_body(row, &body, retry, extensions);
        if (!hf_read_done(&body)) {
            r->bad = true;
            r->at = body.at;
            return HF_E_DECODE;
        }
        if (stands_before(block, start, type)) {
            *detail = type;
            return HF_E_EXTENSION_TWICE;
        }
        extensions->present |= bit_of(row);
        if (row == NULL && !extensions->unknown) {
            extensions->unknown = true;
            extensions->unknown_type = type;
        }
    }
    return r->bad ? HF_E_DECODE : HF_OK;
}

hf_code hf_message_end(const hf_reader *r, hf_code code)
{
    return code == HF_OK && !hf_read_done(r) ? HF_E_DECODE : code;
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
