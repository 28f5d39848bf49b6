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
    certificate->version = 1;
    if (!hf_der_next_is(r, HF_DER_EXPLICIT(0))) {
        return;
    }
    hf_reader inner = hf_der_enter(r, HF_DER_EXPLICIT(0));
    const uint8_t *start = inner.at;
    uint32_t number = hf_der_read_small(&inner, 2);
    if (number == 0 && !inner.bad) {
        inner.at = start;
        hf_read_spoil(&inner);
    }
    certificate->version = (uint8_t)(number + 1);
    hf_der_leave(r, &inner);
}

/* RFC 5280 4.1.2.2: at most 20 octets. Zero and negative numbers are wrong too, but CAs have made
 * them and nothing here depends on the serial. A 21st octet that only holds the sign is let pass
 * for the same reason. */
static void read_serial(hf_reader *r, hf_certificate *certificate)
{
    const uint8_t *start = r->at;
    hf_span serial = hf_der_read_integer(r);
    if (!r->bad && (serial.len > 21 || (serial.len == 21 && serial.ptr[0] != 0))) {
        r->at = start;
        hf_read_spoil(r);
    }
    certificate->serial = serial;
}

static void read_validity(hf_reader *r, hf_certificate *certificate)
{
    hf_reader validity = hf_der_enter(r, HF_DER_SEQUENCE);
    certificate->not_before = hf_der_read_time(&validity);
    certificate->not_after = hf_der_read_time(&validity);
    hf_der_leave(r, &validity);
}

static void read_spki(hf_reader *r, hf_certificate *certificate)
{
    const uint8_t *start = r->at;
    certificate->key = hf_algorithm_read_spki(r);
    certificate->spki = (hf_span){.ptr = start, .len = (size_t)(r->at - start)};
}

/* What may follow the key: unique identifiers from version 2 on, extensions in version 3. */
static void read_optional(hf_reader *r, hf_certificate *certificate, hf_code *code)
{
    for (unsigned n = 1; n <= 2; n++) {
        if (certificate->version >= 2 && hf_der_next_is(r, HF_DER_CONTEXT(n))) {
            (void)hf_der_read(r, HF_DER_CONTEXT(n));
        }
    }
    if (certificate->version == 3 && hf_der_next_is(r, HF_DER_EXPLICIT(3))) {
        hf_reader inner = hf_der_enter(r, HF_DER_EXPLICIT(3));
        hf_extensions_read(&inner, certificate, code);
        hf_der_leave(r, &inner);
    }
}

/* TBSCertificate; `algorithm` gets its inner AlgorithmIdentifier. */
static void read_tbs(hf_reader *r, hf_certificate *certificate, hf_span *algorithm, hf_code *code)
{
    hf_reader tbs = hf_der_enter(r, HF_DER_SEQUENCE);
    read_version(&tbs, certificate);
    read_serial(&tbs, certificate);
    *algorithm = hf_der_read_raw(&tbs, HF_DER_SEQUENCE);
    const uint8_t *issuer_at = tbs.at;
    certificate->issuer = hf_name_read(&tbs);
    if (!tbs.bad && hf_name_is_empty(certificate->issuer)) {
        tbs.at = issuer_at; /* RFC 5280 4.1.2.4 */
        hf_read_spoil(&tbs);
    }
    read_validity(&tbs, certificate);
    certificate->subject = hf_name_read(&tbs);
    read_spki(&tbs, certificate);
    read_optional(&tbs, certificate, code);
    hf_der_leave(r, &tbs);
}

/* RFC 5280 4.1.1.2: the AlgorithmIdentifier that follows must be the one inside. */
static void read_algorithm(hf_reader *r, hf_certificate *certificate, hf_span inner)
{
    const uint8_t *start = r->at;
    hf_reader fields = hf_der_enter(r, HF_DER_SEQUENCE);
    hf_algorithm_read_signature(&fields, &certificate->signature_kind,
                                &certificate->signature_hash);
    hf_der_leave(r, &fields);
    hf_span outer = {.ptr = start, .len = (size_t)(r->at - start)};
    if (!r->bad && !hf_span_same(inner, outer)) {
        r->at = start;
        hf_read_spoil(r);
    }
}

hf_code hf_x509_parse(hf_certificate *certificate, hf_span der, uint32_t *offset)
{
    *certificate = (hf_certificate){.der = der, .path_length = -1};
    hf_code code = HF_E_CERT_SYNTAX;
    hf_span algorithm = {.ptr = der.ptr, .len = 0};
    hf_reader r = hf_read_span_of(der);
    hf_reader outer = hf_der_enter(&r, HF_DER_SEQUENCE);
    const uint8_t *start = outer.at;
    read_tbs(&outer, certificate, &algorithm, &code);
    certificate->tbs = (hf_span){.ptr = start, .len = (size_t)(outer.at - start)};
    read_algorithm(&outer, certificate, algorithm);
    certificate->signature = hf_der_read_bits(&outer);
    hf_der_leave(&r, &outer);
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
    *key = hf_algorithm_read_spki(&r);
    if (!hf_read_done(&r)) {
        *key = (hf_public_key){.kind = HF_KEY_NONE};
        return HF_E_CERT_SYNTAX;
    }
    return key->kind == HF_KEY_NONE ? HF_E_CERT_WEAK_KEY : HF_OK;
}
