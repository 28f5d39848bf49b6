/* Certificate, CompressedCertificate, CertificateRequest, CertificateStatus in the forms of both
 * versions (RFC 8446 4.3.2, 4.4.2; RFC 5246 7.4.2, 7.4.4; RFC 6066 8; RFC 7250; RFC 8879). What is
 * inside of a certificate stands in dissect_x509.c.
 */
#include "trace/dissect_names.h"
#include "trace/dissect_parts.h"

#define MAX24 0xffffffu

/* One vector with a certificate or a raw key inside. */
static void cert_data(hf_fields *f, hf_reader *r, const char *name, unsigned number)
{
    hf_reader look = *r;
    size_t len = hf_read_u24(&look);
    hf_fields_say(f, "certificate %u, %zu bytes", number, len);
    hf_reader inner = hf_fields_enter(f, r, name, 3, 1, MAX24);
    hf_span der = hf_read_bytes(&inner, hf_read_left(&inner));
    if (der.len == len && f->as->raw_keys) {
        hf_dissect_spki(f, der);
    } else if (der.len == len) { /* else it is cut off */
        hf_dissect_x509(f, der);
    }
    hf_fields_leave(f, &inner);
}

static const char *data_name(const hf_fields *f)
{
    return f->as->raw_keys ? "ASN1_subjectPublicKeyInfo" : "cert_data";
}

static void entry13(hf_fields *f, hf_reader *list, unsigned number)
{
    hf_reader behind = *list;
    (void)hf_read_vec(&behind, 3, 1, MAX24);
    (void)hf_read_vec(&behind, 2, 0, 0xffff);
    hf_reader entry = hf_fields_open(f, list, "certificate_entry", &behind, 0);
    cert_data(f, &entry, data_name(f), number);
    hf_dissect_extensions(f, &entry, HF_IN_CERTIFICATE);
    hf_fields_leave(f, &entry);
}

/* RFC 5246 7.4.2 has a list from the body's first byte on; RFC 8446 4.4.2 has a context before. */
static bool looks12(const hf_reader *r)
{
    hf_reader look = *r;
    return hf_read_u24(&look) == hf_read_left(&look);
}

void hf_dissect_certificate(hf_fields *f, hf_reader *r)
{
    bool is12 = hf_dissect_is12(f, looks12(r));
    if (is12 && f->as->raw_keys) { /* RFC 7250 3: no list */
        cert_data(f, r, data_name(f), 0);
        return;
    }
    if (!is12) {
        (void)hf_fields_vec(f, r, "certificate_request_context", 1, 0, 255);
    }
    hf_reader list = hf_fields_enter(f, r, "certificate_list", 3, 0, MAX24);
    for (unsigned number = 0; hf_fields_more(f, &list); number++) {
        if (is12) {
            cert_data(f, &list, "certificate", number);
        } else {
            entry13(f, &list, number);
        }
    }
    hf_fields_leave(f, &list);
}

/* RFC 8879 4 */
void hf_dissect_compressed_certificate(hf_fields *f, hf_reader *r)
{
    (void)hf_fields_named(f, r, "algorithm", 2, hf_squeezer_name);
    (void)hf_fields_number(f, r, "uncompressed_length", 3, NULL);
    (void)hf_fields_vec(f, r, "compressed_certificate_message", 3, 1, MAX24);
}

static bool request_looks12(const hf_reader *r)
{
    hf_reader look = *r;
    (void)hf_read_vec(&look, 1, 1, 255);
    (void)hf_read_vec(&look, 2, 2, 0xffff);
    (void)hf_read_vec(&look, 2, 0, 0xffff);
    return hf_read_done(&look);
}

void hf_dissect_certificate_request(hf_fields *f, hf_reader *r)
{
    if (!hf_dissect_is12(f, request_looks12(r))) {
        (void)hf_fields_vec(f, r, "certificate_request_context", 1, 0, 255);
        hf_dissect_extensions(f, r, HF_IN_REQUEST);
        return;
    }
    hf_fields_list(f, r, "certificate_types", 1, "client_certificate_type", 1,
                   hf_client_key_type_name);
    hf_fields_list(f, r, "supported_signature_algorithms", 2, "signature_scheme", 2,
                   hf_any_scheme_name);
    hf_dissect_names(f, r);
}

void hf_dissect_status(hf_fields *f, hf_reader *r)
{
    uint32_t type = hf_fields_named(f, r, "status_type", 1, hf_status_type_name);
    if (type != 1) {
        (void)hf_fields_rest(f, r, "response");
        return;
    }
    hf_reader look = *r;
    size_t len = hf_read_u24(&look);
    hf_reader response = hf_fields_enter(f, r, "response", 3, 1, MAX24);
    hf_span der = hf_read_bytes(&response, hf_read_left(&response));
    if (der.len == len) {
        hf_dissect_ocsp(f, der);
    }
    hf_fields_leave(f, &response);
}

void hf_dissect_certificate_status(hf_fields *f, hf_reader *r)
{
    hf_dissect_status(f, r);
}
