/* A server's answers to extensions: in EncryptedExtensions, or in the ServerHello of TLS 1.2. */
#include "tls/message/message.h"

static bool answered(const hf_answers_out *answers, uint16_t type)
{
    return (answers->set & hf_extension_bit(type)) != 0;
}

static void write_empty(hf_writer *w, const hf_answers_out *answers, uint16_t type)
{
    if (answered(answers, type)) {
        hf_write_u16(w, type);
        hf_write_u16(w, 0);
    }
}

static void write_byte(hf_writer *w, const hf_answers_out *answers, uint16_t type, uint8_t value)
{
    if (answered(answers, type)) {
        hf_write_u16(w, type);
        hf_write_u16(w, 1);
        hf_write_u8(w, value);
    }
}

/* RFC 7301 3.1: a list of one name. */
static void write_alpn(hf_writer *w, const hf_answers_out *answers)
{
    if (answered(answers, HF_EXT_ALPN)) {
        hf_write_u16(w, HF_EXT_ALPN);
        size_t body = hf_write_open(w, 2);
        size_t list = hf_write_open(w, 2);
        hf_write_vec(w, 1, answers->alpn);
        hf_write_close(w, list, 2);
        hf_write_close(w, body, 2);
    }
}

static void write_record_limit(hf_writer *w, const hf_answers_out *answers)
{
    if (answered(answers, HF_EXT_RECORD_SIZE_LIMIT)) {
        hf_write_u16(w, HF_EXT_RECORD_SIZE_LIMIT);
        hf_write_u16(w, 2);
        hf_write_u16(w, answers->record_size_limit);
    }
}

static void write_point_formats(hf_writer *w, const hf_answers_out *answers)
{
    static const uint8_t UNCOMPRESSED[] = {1, 0};
    if (answered(answers, HF_EXT_EC_POINT_FORMATS)) {
        hf_write_u16(w, HF_EXT_EC_POINT_FORMATS);
        hf_write_vec(w, 2, (hf_span){UNCOMPRESSED, sizeof UNCOMPRESSED});
    }
}

void hf_answers_write(hf_writer *w, const hf_answers_out *answers)
{
    write_empty(w, answers, HF_EXT_SERVER_NAME); /* RFC 6066 3: empty */
    write_byte(w, answers, HF_EXT_MAX_FRAGMENT_LENGTH, answers->max_fragment_length);
    write_empty(w, answers, HF_EXT_STATUS_REQUEST); /* 1.2: a CertificateStatus may follow */
    write_alpn(w, answers);
    write_byte(w, answers, HF_EXT_CLIENT_CERTIFICATE_TYPE, answers->client_type);
    write_byte(w, answers, HF_EXT_SERVER_CERTIFICATE_TYPE, answers->server_type);
    write_point_formats(w, answers);
    write_empty(w, answers, HF_EXT_EXTENDED_MASTER_SECRET);
    write_record_limit(w, answers);
    write_empty(w, answers, HF_EXT_SESSION_TICKET);
    write_byte(w, answers, HF_EXT_RENEGOTIATION_INFO, 0); /* RFC 5746 3.6: an empty vector */
}
