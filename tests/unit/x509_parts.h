/* Small DER values put together by hand: hex, headers, and a certificate of which one part at a
 * time is broken. */
#ifndef HF_TESTS_X509_PARTS_H
#define HF_TESTS_X509_PARTS_H

#include "unit/cmocka_all.h"
#include "x509/der.h"

#include <handfast/x509.h>

#include <stdio.h>
#include <string.h>

/* A small certificate put together by hand, to break one thing at a time. */
typedef struct parts {
    const char *version;
    const char *serial;
    const char *inner;
    const char *issuer;
    const char *key;
    const char *extensions; /* hex of the Extensions list's content; NULL: none */
    const char *outer;
    const char *rest; /* in the TBS, before the extensions */
} parts;

#define ECDSA_256 "300a06082a8648ce3d040302"
#define NAME_X    "300c310a300806035504030c0178"
#define KEY_X     "300a300506032b6570030100" /* Ed25519 without bits: unknown kind */

static inline size_t hex_bytes(const char *hex, uint8_t *out)
{
    size_t len = strlen(hex) / 2;
    for (size_t i = 0; i < len; i++) {
        unsigned byte;
        assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
        out[i] = (uint8_t)byte;
    }
    return len;
}

static inline size_t wrap(uint8_t tag, uint8_t *bytes, size_t len)
{
    size_t header = len < 0x80 ? 2 : len < 0x100 ? 3 : 4;
    memmove(bytes + header, bytes, len);
    bytes[0] = tag;
    bytes[1] = (uint8_t)(header == 2 ? len : header == 3 ? 0x81 : 0x82);
    if (header > 2) {
        bytes[header - 1] = (uint8_t)len;
        bytes[2] = header == 4 ? (uint8_t)(len >> 8) : bytes[2];
    }
    return header + len;
}

static inline hf_code parse_parts(parts p, hf_certificate *c)
{
    static uint8_t bytes[4096];
    uint32_t offset;
    size_t len = hex_bytes(p.version == NULL ? "a003020102" : p.version, bytes);
    len += hex_bytes(p.serial == NULL ? "020101" : p.serial, bytes + len);
    len += hex_bytes(p.inner == NULL ? ECDSA_256 : p.inner, bytes + len);
    len += hex_bytes(p.issuer == NULL ? NAME_X : p.issuer, bytes + len);
    len +=
        hex_bytes("301e170d3236303130313030303030305a170d3439313233313233353935395a", bytes + len);
    len += hex_bytes(NAME_X, bytes + len);
    len += hex_bytes(p.key == NULL ? KEY_X : p.key, bytes + len);
    len += hex_bytes(p.rest == NULL ? "" : p.rest, bytes + len);
    if (p.extensions != NULL) {
        size_t list = hex_bytes(p.extensions, bytes + len);
        list = wrap(HF_DER_SEQUENCE, bytes + len, list);
        len += wrap(HF_DER_EXPLICIT(3), bytes + len, list);
    }
    len = wrap(HF_DER_SEQUENCE, bytes, len);
    len +=
        hex_bytes(p.outer == NULL ? p.inner == NULL ? ECDSA_256 : p.inner : p.outer, bytes + len);
    len += hex_bytes("03020000", bytes + len);
    len = wrap(HF_DER_SEQUENCE, bytes, len);
    return hf_x509_parse(c, (hf_span){.ptr = bytes, .len = len}, &offset);
}

#define PARSES(...)  assert_int_equal(parse_parts((parts){__VA_ARGS__}, &c), HF_OK)
#define REFUSED(...) assert_int_equal(parse_parts((parts){__VA_ARGS__}, &c), HF_E_CERT_SYNTAX)

#endif
