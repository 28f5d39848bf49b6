/* -use-client-ca-list: anchors with the given names, so that a CertificateRequest lists them.
 *
 * The library takes these names from its trust anchors, and anchors from certificates. So a
 * certificate is made around each name: version 1, some P-256 key, an empty signature. Nothing of
 * it is looked at but the name, as any chain is accepted. */
#include "shim/shim.h"

#include <string.h>

#define NAME_MAX_BYTES 1024u

/* 1.2.840.10045.4.3.2: ecdsa-with-SHA256 */
static const uint8_t ALGORITHM[] = {0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2};
static const uint8_t SERIAL[] = {0x02, 0x01, 0x01};
static const uint8_t VALIDITY[] = "\x30\x1e\x17\x0d"
                                  "200101000000Z"
                                  "\x17\x0d"
                                  "400101000000Z";
/* The generator of P-256 (SEC 2, 2.4.2) as a public key. */
static const uint8_t KEY[] = {
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04, 0x6b, 0x17, 0xd1, 0xf2, 0xe1,
    0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2, 0x77, 0x03, 0x7d, 0x81, 0x2d,
    0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96, 0x4f, 0xe3, 0x42, 0xe2, 0xfe,
    0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce, 0x33, 0x57, 0x6b,
    0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5,
};
static const uint8_t SIGNATURE[] = {0x03, 0x01, 0x00};

static void append(shim_bytes *out, const void *bytes, size_t len)
{
    memcpy(out->ptr + out->len, bytes, len);
    out->len += len;
}

/* SEQUENCE, its length in the shortest form. */
static size_t header_size(size_t len)
{
    return len < 0x80 ? 2 : (len < 0x100 ? 3 : 4);
}

static void append_header(shim_bytes *out, size_t len)
{
    const uint8_t header[3][4] = {
        {0x30, (uint8_t)len},
        {0x30, 0x81, (uint8_t)len},
        {0x30, 0x82, (uint8_t)(len >> 8), (uint8_t)len},
    };
    append(out, header[header_size(len) - 2], header_size(len));
}

static hf_span certificate_for(hf_span name)
{
    size_t signed_len =
        sizeof SERIAL + sizeof ALGORITHM + 2 * name.len + sizeof VALIDITY - 1 + sizeof KEY;
    size_t len = header_size(signed_len) + signed_len + sizeof ALGORITHM + sizeof SIGNATURE;
    shim_bytes out = {shim_memory(4 + len), 0, 4 + len};
    append_header(&out, len);
    append_header(&out, signed_len);
    append(&out, SERIAL, sizeof SERIAL);
    append(&out, ALGORITHM, sizeof ALGORITHM);
    append(&out, name.ptr, name.len);
    append(&out, VALIDITY, sizeof VALIDITY - 1);
    append(&out, name.ptr, name.len);
    append(&out, KEY, sizeof KEY);
    append(&out, ALGORITHM, sizeof ALGORITHM);
    append(&out, SIGNATURE, sizeof SIGNATURE);
    return (hf_span){out.ptr, out.len};
}

int shim_authorities(hf_config *config, const char *names)
{
    if (names == NULL || strcmp(names, "<NULL>") == 0 || strcmp(names, "<EMPTY>") == 0) {
        return SHIM_OK;
    }
    config->send_authorities = true;
    for (const char *at = names;; at++) {
        hf_span name = {NULL, 0};
        size_t len = strcspn(at, ",");
        if (!shim_hex(&name, at, len) || name.len > NAME_MAX_BYTES) {
            return shim_failed("-use-client-ca-list: no list of names in hexadecimal");
        }
        hf_span made = certificate_for(name);
        if (hf_config_anchors(config, made.ptr, made.len) != HF_OK) {
            return shim_report_error(&config->error);
        }
        at += len;
        if (*at == '\0') {
            return SHIM_OK;
        }
    }
}
