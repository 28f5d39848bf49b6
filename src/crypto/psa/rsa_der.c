/* RSA keys as PSA takes and gives them: RSAPublicKey and RSAPrivateKey in DER (RFC 8017 A.1). */
#include "crypto/psa/state.h"
#include "wire/writer.h"

#define INTEGER  0x02
#define SEQUENCE 0x30

static size_t header_size(size_t len)
{
    return len < 0x80 ? 2 : len < 0x100 ? 3 : 4;
}

static void write_header(hf_writer *w, uint8_t tag, size_t len)
{
    hf_write_u8(w, tag);
    if (len >= 0x100) {
        hf_write_u8(w, 0x82);
        hf_write_u8(w, (uint8_t)(len >> 8));
    } else if (len >= 0x80) {
        hf_write_u8(w, 0x81);
    }
    hf_write_u8(w, (uint8_t)len);
}

/* Length of the content: a zero goes before a number whose first bit is set. */
static size_t content_size(hf_span number)
{
    return number.len + (number.len > 0 && number.ptr[0] >= 0x80 ? 1 : 0);
}

static size_t write_sequence(const hf_span *numbers, size_t count, hf_writer w)
{
    size_t len = 0;
    for (size_t i = 0; i < count; i++) {
        len += header_size(content_size(numbers[i])) + content_size(numbers[i]);
    }
    write_header(&w, SEQUENCE, len);
    for (size_t i = 0; i < count; i++) {
        write_header(&w, INTEGER, content_size(numbers[i]));
        if (content_size(numbers[i]) > numbers[i].len) {
            hf_write_u8(&w, 0);
        }
        hf_write_bytes(&w, numbers[i].ptr, numbers[i].len);
    }
    return w.bad ? 0 : w.len;
}

size_t hf_psa_rsa_public(const hf_public_key *key, uint8_t out[HF_PSA_RSA_PUBLIC_MAX])
{
    const hf_span numbers[] = {key->point, key->exponent};
    return write_sequence(numbers, 2, hf_write_to(out, HF_PSA_RSA_PUBLIC_MAX));
}

size_t hf_psa_rsa_private(const hf_private_key *key, uint8_t out[HF_PSA_RSA_PRIVATE_MAX])
{
    static const uint8_t two_primes[1] = {0};
    const hf_span numbers[] = {{two_primes, 1}, key->pub.point, key->pub.exponent,
                               key->secret,     key->p,         key->q,
                               key->dp,         key->dq,        key->iq};
    return write_sequence(numbers, 9, hf_write_to(out, HF_PSA_RSA_PRIVATE_MAX));
}
