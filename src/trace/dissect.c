/* A message by its type to the function that reads it, and the content of small records. See
 * dissect.h.
 */
#include "trace/dissect_names.h"
#include "trace/dissect_parts.h"

#include <handfast/config.h>
#include <handfast/error.h>

bool hf_dissect_is12(const hf_fields *f, bool is12)
{
    return f->as->version == 0 ? is12 : f->as->version != HF_TLS13;
}

/* RFC 8446 4.4.4, RFC 5246 7.4.9 */
static void finished(hf_fields *f, hf_reader *r)
{
    hf_fields_say(f, "%zu bytes: a MAC over all messages before", hf_read_left(r));
    (void)hf_fields_rest(f, r, "verify_data");
}

static void key_update(hf_fields *f, hf_reader *r)
{
    (void)hf_fields_named(f, r, "request_update", 1, hf_key_update_name);
}

/* HelloRequest, ServerHelloDone, EndOfEarlyData: whatever stands there is malformed. */
static void nothing(hf_fields *f, hf_reader *r)
{
    (void)f;
    (void)r;
}

static void unknown(hf_fields *f, hf_reader *r)
{
    if (hf_read_left(r) > 0) {
        (void)hf_fields_rest(f, r, "body");
    }
}

typedef void message_reader(hf_fields *f, hf_reader *r);

static message_reader *reader_of(uint8_t type)
{
    static const struct {
        uint8_t type;
        message_reader *read;
    } READERS[] = {
        {0, nothing},
        {1, hf_dissect_client_hello},
        {2, hf_dissect_server_hello},
        {4, hf_dissect_new_session_ticket},
        {5, nothing},
        {8, hf_dissect_encrypted_extensions},
        {11, hf_dissect_certificate},
        {12, hf_dissect_server_key_exchange},
        {13, hf_dissect_certificate_request},
        {14, nothing},
        {15, hf_dissect_certificate_verify},
        {16, hf_dissect_client_key_exchange},
        {20, finished},
        {22, hf_dissect_certificate_status},
        {24, key_update},
        {25, hf_dissect_compressed_certificate},
    };
    for (size_t i = 0; i < sizeof READERS / sizeof READERS[0]; i++) {
        if (READERS[i].type == type) {
            return READERS[i].read;
        }
    }
    return unknown;
}

void hf_dissect_message(uint8_t type, hf_span body, const hf_dissect_as *as,
                        const hf_field_out *out)
{
    hf_fields f;
    hf_fields_begin(&f, body, as, out);
    hf_reader r = hf_read_span_of(body);
    reader_of(type)(&f, &r);
    hf_fields_end(&f, &r);
}

static void say_alert(hf_fields *f, uint32_t alert)
{
    hf_fields_say(f, "%s (%u)", hf_alert_name((uint8_t)alert), (unsigned)alert);
}

static void say_change(hf_fields *f, uint32_t type)
{
    hf_fields_say(f, type == 1 ? "change_cipher_spec" : "unknown (0x%02x)", (unsigned)type);
}

void hf_dissect_record(uint8_t content_type, hf_span content, const hf_field_out *out)
{
    static const hf_dissect_as any = {0};
    hf_fields f;
    hf_fields_begin(&f, content, &any, out);
    hf_reader r = hf_read_span_of(content);
    if (content_type == 21) {
        (void)hf_fields_named(&f, &r, "level", 1, hf_alert_level_name);
        (void)hf_fields_number(&f, &r, "description", 1, say_alert);
    } else if (content_type == 20) {
        (void)hf_fields_number(&f, &r, "type", 1, say_change);
    } else if (content.len > 0) {
        (void)hf_fields_rest(&f, &r, "content");
    }
    hf_fields_end(&f, &r);
}
