/* ClientHello, the writer (RFC 8446 4.1.2, RFC 5246 7.4.1.2); the parser is in client_hello_in.c.
 * Extensions that only TLS 1.2 or only TLS 1.3 knows are left out when that version is not offered.
 */
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

static void write_number_extension(hf_writer *w, uint16_t type, const uint16_t *numbers,
                                   size_t count)
{
    hf_write_u16(w, type);
    size_t body = hf_write_open(w, 2);
    write_numbers(w, numbers, count);
    hf_write_close(w, body, 2);
}

/* RFC 6066 3: one host_name. */
static void write_server_name(hf_writer *w, hf_span name)
{
    hf_write_u16(w, HF_EXT_SERVER_NAME);
    size_t body = hf_write_open(w, 2);
    size_t list = hf_write_open(w, 2);
    hf_write_u8(w, 0);
    hf_write_vec(w, 2, name);
    hf_write_close(w, list, 2);
    hf_write_close(w, body, 2);
}

static void write_alpn(hf_writer *w, const char *const *names, size_t count)
{
    hf_write_u16(w, HF_EXT_ALPN);
    size_t body = hf_write_open(w, 2);
    size_t list = hf_write_open(w, 2);
    for (size_t i = 0; i < count; i++) {
        hf_write_vec(w, 1, (hf_span){(const uint8_t *)names[i], strlen(names[i])});
    }
    hf_write_close(w, list, 2);
    hf_write_close(w, body, 2);
}

static void write_versions(hf_writer *w, uint16_t min, uint16_t max)
{
    hf_write_u16(w, HF_EXT_SUPPORTED_VERSIONS);
    size_t body = hf_write_open(w, 2);
    size_t list = hf_write_open(w, 1);
    for (uint16_t version = max; version >= min; version--) {
        hf_write_u16(w, version);
    }
    hf_write_close(w, list, 1);
    hf_write_close(w, body, 2);
}

static void write_key_shares(hf_writer *w, hf_span shares)
{
    hf_write_u16(w, HF_EXT_KEY_SHARE);
    size_t body = hf_write_open(w, 2);
    hf_write_vec(w, 2, shares);
    hf_write_close(w, body, 2);
}

static void write_limits(hf_writer *w, const hf_client_hello_out *hello)
{
    if (hello->record_size_limit != 0) {
        hf_write_u16(w, HF_EXT_RECORD_SIZE_LIMIT);
        hf_write_u16(w, 2);
        hf_write_u16(w, hello->record_size_limit);
    }
    if (hello->max_fragment_length != 0) {
        hf_write_u16(w, HF_EXT_MAX_FRAGMENT_LENGTH);
        hf_write_u16(w, 1);
        hf_write_u8(w, hello->max_fragment_length);
    }
}

/* RFC 7250 3. */
static void write_types(hf_writer *w, uint16_t type, hf_span types)
{
    if (types.len > 0) {
        hf_write_u16(w, type);
        size_t body = hf_write_open(w, 2);
        hf_write_vec(w, 1, types);
        hf_write_close(w, body, 2);
    }
}

/* RFC 6066 8: type ocsp, no responders named, no extensions. */
static void write_status_request(hf_writer *w)
{
    static const uint8_t OCSP[] = {1, 0, 0, 0, 0};
    hf_write_u16(w, HF_EXT_STATUS_REQUEST);
    hf_write_vec(w, 2, (hf_span){OCSP, sizeof OCSP});
}

static void write_extensions12(hf_writer *w)
{
    static const uint8_t UNCOMPRESSED[] = {1, 0};
    hf_write_u16(w, HF_EXT_EC_POINT_FORMATS);
    hf_write_vec(w, 2, (hf_span){UNCOMPRESSED, sizeof UNCOMPRESSED});
    hf_write_u16(w, HF_EXT_EXTENDED_MASTER_SECRET);
    hf_write_u16(w, 0);
    hf_write_u16(w, HF_EXT_RENEGOTIATION_INFO); /* RFC 5746 3.4: empty in a first handshake */
    hf_write_u16(w, 1);
    hf_write_u8(w, 0);
}

static void write_extensions13(hf_writer *w, const hf_client_hello_out *hello)
{
    write_versions(w, hello->version_min, hello->version_max);
    if (hello->cookie.len > 0) {
        hf_cookie_write(w, hello->cookie);
    }
    write_key_shares(w, hello->shares); /* stays last: see step_server_hello.c */
}

static void write_extensions(hf_writer *w, const hf_client_hello_out *hello)
{
    if (hello->server_name.len > 0) {
        write_server_name(w, hello->server_name);
    }
    write_limits(w, hello);
    write_number_extension(w, HF_EXT_SUPPORTED_GROUPS, hello->groups, hello->groups_count);
    write_number_extension(w, HF_EXT_SIGNATURE_ALGORITHMS, hello->schemes, hello->schemes_count);
    if (hello->alpn_count > 0) {
        write_alpn(w, hello->alpn, hello->alpn_count);
    }
    write_types(w, HF_EXT_CLIENT_CERTIFICATE_TYPE, hello->client_types);
    write_types(w, HF_EXT_SERVER_CERTIFICATE_TYPE, hello->server_types);
    if (hello->wants_status) {
        write_status_request(w);
    }
    if (hello->version_min <= HF_TLS12) {
        write_extensions12(w);
    }
    if (hello->version_max >= HF_TLS13) {
        write_extensions13(w, hello);
    }
}

void hf_client_hello_write(hf_writer *w, const hf_client_hello_out *hello)
{
    hf_write_u8(w, HF_CLIENT_HELLO);
    size_t message = hf_write_open(w, 3);
    hf_write_u16(w, HF_TLS12); /* RFC 8446 4.1.2: legacy_version */
    hf_write_bytes(w, hello->random, 32);
    hf_write_vec(w, 1, hello->session_id);
    write_numbers(w, hello->suites, hello->suites_count);
    hf_write_u16(w, 0x0100); /* one compression method: null */
    size_t extensions = hf_write_open(w, 2);
    write_extensions(w, hello);
    hf_write_close(w, extensions, 2);
    hf_write_close(w, message, 3);
}
