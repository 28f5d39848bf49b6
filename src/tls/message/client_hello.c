/* ClientHello, the writer (RFC 8446 4.1.2, RFC 5246 7.4.1.2); the parser is in client_hello_in.c.
 * Extensions that only TLS 1.2 or only TLS 1.3 knows are left out when that version is not offered.
 */
#include "tls/keys/psk.h"
#include "tls/message/message.h"

#include <string.h>

static void write_numbers(hf_writer *w, const uint16_t *numbers, size_t count)
{
    size_t list = hf_write_open(w, 2);
    for (size_t i = 0; i < count; i++) {
        hf_write_u16(w, numbers[i]);
    }
    hf_write_close(w, list, 2);
}

static size_t open_extension(hf_writer *w, uint16_t type)
{
    hf_write_u16(w, type);
    return hf_write_open(w, 2);
}

/* An extension that is one list of up to 2^16 - 1 bytes. */
static size_t open_list(hf_writer *w, uint16_t type)
{
    (void)open_extension(w, type);
    return hf_write_open(w, 2);
}

static void close_list(hf_writer *w, size_t list)
{
    hf_write_close(w, list, 2);
    hf_write_close(w, list - 2, 2);
}

/* An extension that is one vector whose length has `width` bytes. */
static void write_vector(hf_writer *w, uint16_t type, unsigned width, const hf_span *bytes)
{
    size_t body = open_extension(w, type);
    hf_write_vec(w, width, *bytes);
    hf_write_close(w, body, 2);
}

/* The same; empty: it is left out. */
static void write_filled(hf_writer *w, uint16_t type, unsigned width, const hf_span *bytes)
{
    if (bytes->len > 0) {
        write_vector(w, type, width, bytes);
    }
}

static void write_number_list(hf_writer *w, uint16_t type, const uint16_t *numbers, size_t count)
{
    if (count > 0) {
        size_t body = open_extension(w, type);
        write_numbers(w, numbers, count);
        hf_write_close(w, body, 2);
    }
}

/* An extension that is one number of `width` bytes; 0: it is left out. */
static void write_number(hf_writer *w, uint16_t type, unsigned width, unsigned number)
{
    if (number != 0) {
        hf_write_u16(w, type);
        hf_write_u16(w, (uint16_t)width);
        if (width > 1) {
            hf_write_u8(w, (uint8_t)(number >> 8));
        }
        hf_write_u8(w, (uint8_t)number);
    }
}

/* RFC 6066 3: one host_name. */
static void write_server_name(hf_writer *w, const hf_span *name)
{
    if (name->len > 0) {
        size_t list = open_list(w, HF_EXT_SERVER_NAME);
        hf_write_u8(w, 0);
        hf_write_vec(w, 2, *name);
        close_list(w, list);
    }
}

static void write_alpn(hf_writer *w, const char *const *names, size_t count)
{
    if (count == 0) {
        return;
    }
    size_t list = open_list(w, HF_EXT_ALPN);
    for (size_t i = 0; i < count; i++) {
        hf_write_vec(w, 1, (hf_span){(const uint8_t *)names[i], strlen(names[i])});
    }
    close_list(w, list);
}

static void write_versions(hf_writer *w, uint16_t min, uint16_t max)
{
    static const uint8_t VERSIONS[] = {HF_TLS13 >> 8, HF_TLS13 & 0xff, HF_TLS12 >> 8,
                                       HF_TLS12 & 0xff};
    size_t from = (size_t)(HF_TLS13 - max) * 2;
    write_vector(w, HF_EXT_SUPPORTED_VERSIONS, 1,
                 &(hf_span){VERSIONS + from, (size_t)(max - min + 1) * 2});
}

static const hf_psk *external_of(const hf_client_hello_out *hello)
{
    return HF_HAS_EXTERNAL_PSK ? hello->external : NULL;
}

/* A vector whose bytes may stand apart. */
static void write_apart(hf_writer *w, const hf_span *bytes, bool apart, hf_hello_marks *marks)
{
    hf_write_u16(w, (uint16_t)bytes->len);
    if (apart && bytes->len > 0) {
        marks->apart = w->len;
    } else {
        hf_write_bytes(w, bytes->ptr, bytes->len);
    }
}

/* RFC 5077 3.2: empty asks for a ticket. It has no length of its own. */
static void write_ticket12(hf_writer *w, const hf_client_hello_out *hello, hf_hello_marks *marks)
{
    hf_write_u16(w, HF_EXT_SESSION_TICKET);
    write_apart(w, &hello->ticket12, hello->apart, marks);
}

/* RFC 8446 4.2.11: one identity, and room for its binder. */
static void write_psk(hf_writer *w, const hf_client_hello_out *hello, hf_hello_marks *marks)
{
    size_t apart = hello->apart ? hello->identity.len : 0;
    size_t body = open_extension(w, HF_EXT_PRE_SHARED_KEY);
    size_t identities = hf_write_open(w, 2);
    if (external_of(hello) != NULL) {
        size_t identity = hf_write_open(w, 2);
        hf_psk_identity_write(w, external_of(hello));
        hf_write_close(w, identity, 2);
    } else {
        write_apart(w, &hello->identity, hello->apart, marks);
    }
    hf_write_u32(w, hello->age);
    hf_write_close_with(w, identities, 2, apart);
    marks->binders = w->len;
    hf_write_u16(w, (uint16_t)(1 + hello->binder_len));
    hf_write_u8(w, (uint8_t)hello->binder_len);
    (void)hf_write_space(w, hello->binder_len);
    hf_write_close_with(w, body, 2, apart);
}

static void write_extensions12(hf_writer *w)
{
    /* clang-format off */
    static const uint8_t SAME_IN_ALL[] = {
        0, HF_EXT_EC_POINT_FORMATS, 0, 2, 1, 0, /* uncompressed */
        0, HF_EXT_EXTENDED_MASTER_SECRET, 0, 0,
        0xff, HF_EXT_RENEGOTIATION_INFO & 0xff, 0, 1, 0, /* RFC 5746 3.4: empty at first */
    };
    /* clang-format on */
    hf_write_bytes(w, SAME_IN_ALL, sizeof SAME_IN_ALL);
}

static void write_extensions13(hf_writer *w, const hf_client_hello_out *hello,
                               hf_hello_marks *marks)
{
    write_versions(w, hello->version_min, hello->version_max);
    write_filled(w, HF_EXT_COOKIE, 2, &hello->cookie);
    write_filled(w, HF_EXT_PSK_KEY_EXCHANGE_MODES, 1, &hello->psk_modes);
    if (hello->groups_count > 0) { /* RFC 8446 9.2: both or neither; the list may be empty */
        write_vector(w, HF_EXT_KEY_SHARE, 2, &hello->shares);
    }
    marks->shares = w->len;
    if (hello->identity.len > 0 || external_of(hello) != NULL) {
        write_psk(w, hello, marks); /* RFC 8446 4.2.11: the last one */
    }
}

static void write_extensions(hf_writer *w, const hf_client_hello_out *hello, hf_hello_marks *marks)
{
    static const uint8_t OCSP[] = {1, 0, 0, 0, 0}; /* RFC 6066 8: no responders, no extensions */
    write_server_name(w, &hello->server_name);
    write_number(w, HF_EXT_RECORD_SIZE_LIMIT, 2, hello->record_size_limit);
    write_number(w, HF_EXT_MAX_FRAGMENT_LENGTH, 1, hello->max_fragment_length);
    write_number_list(w, HF_EXT_SUPPORTED_GROUPS, hello->groups, hello->groups_count);
    /* RFC 8446 9.2: with a PSK it may be left out. */
    write_number_list(w, HF_EXT_SIGNATURE_ALGORITHMS, hello->schemes, hello->schemes_count);
    write_alpn(w, hello->alpn, hello->alpn_count);
    write_filled(w, HF_EXT_CLIENT_CERTIFICATE_TYPE, 1, &hello->client_types);
    write_filled(w, HF_EXT_SERVER_CERTIFICATE_TYPE, 1, &hello->server_types);
    if (HF_HAS_WHOLE && hello->wants_status) {
        hf_write_u16(w, HF_EXT_STATUS_REQUEST);
        hf_write_vec(w, 2, (hf_span){OCSP, sizeof OCSP});
    }
    if (HF_HAS_TLS12 && hello->version_min <= HF_TLS12) {
        write_extensions12(w);
    }
    if (hello->wants_ticket12) {
        write_ticket12(w, hello, marks);
    }
    if (hello->version_max >= HF_TLS13) {
        write_extensions13(w, hello, marks);
    }
}

void hf_client_hello_write(hf_writer *w, const hf_client_hello_out *hello, hf_hello_marks *marks)
{
    *marks = (hf_hello_marks){0};
    hf_write_u8(w, HF_CLIENT_HELLO);
    size_t message = hf_write_open(w, 3);
    hf_write_u16(w, HF_TLS12); /* RFC 8446 4.1.2: legacy_version */
    hf_write_bytes(w, hello->random, 32);
    hf_write_vec(w, 1, hello->session_id);
    write_numbers(w, hello->suites, hello->suites_count);
    hf_write_u16(w, 0x0100); /* one compression method: null */
    size_t extensions = hf_write_open(w, 2);
    write_extensions(w, hello, marks);
    size_t apart = marks->apart == 0 ? 0 : hello->identity.len + hello->ticket12.len;
    hf_write_close_with(w, extensions, 2, apart);
    hf_write_close_with(w, message, 3, apart);
}
