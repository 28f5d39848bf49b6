/* One certificate to spans (RFC 5280 4.1). Pure parser: nothing is decided about dates, purposes
 * or trust; what is unknown or too weak is named NONE and policy refuses it.
 */
#include "x509/algorithm.h"
#include "x509/der.h"
#include "x509/extensions.h"
#include "x509/name.h"

/* RFC 5280 4.1.2.1: version 1 is the default and so never encoded. */
static void read_version(hf_reader *r, hf_certificate *certificate)
{
    uint32_t number = 0;
    const uint8_t *end = hf_der_enter_optional(r, HF_DER_EXPLICIT(0));
    if (end != NULL) {
        const uint8_t *start = r->at;
        number = hf_der_read_small(r, 2);
        if (number == 0) {
            hf_read_spoil_at(r, start);
        }
        hf_der_leave(r, end);
    }
    certificate->version = (uint8_t)(number + 1);
}

/* RFC 5280 4.1.2.2: at most 20 octets. Zero and negative numbers are wrong too, but CAs have made
 * them and nothing here depends on the serial. A 21st octet that only holds the sign is let pass
 * for the same reason. */
static void read_serial(hf_reader *r, hf_certificate *certificate)
{
    const uint8_t *start = r->at;
    hf_span serial = hf_der_read_integer(r);
    if (serial.len > 21 || (serial.len == 21 && serial.ptr[0] != 0)) {
        hf_read_spoil_at(r, start);
    }
    certificate->serial = serial;
}

static void read_validity(hf_reader *r, hf_certificate *certificate)
{
    const uint8_t *end = hf_der_enter(r, HF_DER_SEQUENCE);
    certificate->not_before = hf_der_read_time(r);
    certificate->not_after = hf_der_read_time(r);
    hf_der_leave(r, end);
}

static void read_spki(hf_reader *r, hf_certificate *certificate)
{
    const uint8_t *start = r->at;
    hf_algorithm_read_spki(r, &certificate->key);
    certificate->spki = (hf_span){.ptr = start, .len = (size_t)(r->at - start)};
}

/* What may follow the key: unique identifiers from version 2 on, extensions in version 3. */
static hf_code read_optional(hf_reader *r, hf_certificate *certificate)
{
    hf_code code = HF_E_CERT_SYNTAX;
    const uint8_t *end = NULL;
    if (certificate->version >= 2) {
        hf_der_skip_optional(r, HF_DER_CONTEXT(1));
        hf_der_skip_optional(r, HF_DER_CONTEXT(2));
    }
    if (certificate->version == 3) {
        end = hf_der_enter_optional(r, HF_DER_EXPLICIT(3));
    }
    if (end != NULL) {
        code = hf_extensions_read(r, certificate);
        hf_der_leave(r, end);
    }
    return code;
}

/* TBSCertificate; `algorithm` gets its inner AlgorithmIdentifier. Returns what is wrong if `r` is
 * bad then. */
static hf_code read_tbs(hf_reader *r, hf_certificate *certificate, hf_span *algorithm)
{
    const uint8_t *start = r->at;
    const uint8_t *end = hf_der_enter(r, HF_DER_SEQUENCE);
    read_version(r, certificate);
    read_serial(r, certificate);
    *algorithm = hf_der_read_raw(r, HF_DER_SEQUENCE);
    const uint8_t *issuer_at = r->at;
    hf_name_read(r, &certificate->issuer);
    if (hf_name_is_empty(certificate->issuer)) {
        hf_read_spoil_at(r, issuer_at); /* RFC 5280 4.1.2.4 */
    }
    read_validity(r, certificate);
    hf_name_read(r, &certificate->subject);
    read_spki(r, certificate);
    hf_code code = read_optional(r, certificate);
    hf_der_leave(r, end);
    certificate->tbs = (hf_span){.ptr = start, .len = (size_t)(r->at - start)};
    return code;
}

/* RFC 5280 4.1.1.2: the AlgorithmIdentifier that follows must be the one inside. */
static void read_algorithm(hf_reader *r, hf_certificate *certificate, hf_span inner)
{
    const uint8_t *start = r->at;
    const uint8_t *end = hf_der_enter(r, HF_DER_SEQUENCE);
    hf_algorithm_read_signature(r, &certificate->signature_kind, &certificate->signature_hash);
    hf_der_leave(r, end);
    hf_span outer = {.ptr = start, .len = (size_t)(r->at - start)};
    if (!hf_span_same(inner, outer)) {
        hf_read_spoil_at(r, start);
    }
}

hf_code hf_x509_parse(hf_certificate *certificate, hf_span der, uint32_t *offset)
{
    *certificate = (hf_certificate){.der = der, .path_length = -1};
    hf_span algorithm;
    hf_reader r = hf_read_span_of(der);
    const uint8_t *end = hf_der_enter(&r, HF_DER_SEQUENCE);
    hf_code code = read_tbs(&r, certificate, &algorithm);
    read_algorithm(&r, certificate, algorithm);
    certificate->signature = hf_der_read_bits(&r);
    hf_der_leave(&r, end);
    if (hf_read_done(&r)) {
        return HF_OK;
    }
    if (offset != NULL) {
        *offset = (uint32_t)hf_read_offset(&r);
    }
    return code;
}

hf_code hf_x509_public_key(hf_public_key *key, hf_span spki)
{
    hf_reader r = hf_read_span_of(spki);
    hf_algorithm_read_spki(&r, key);
    if (!hf_read_done(&r)) {
        *key = (hf_public_key){.kind = HF_KEY_NONE};
        return HF_E_CERT_SYNTAX;
    }
    return key->kind == HF_KEY_NONE ? HF_E_CERT_WEAK_KEY : HF_OK;
}
