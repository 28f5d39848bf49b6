/* OCSP responses put together and signed by the tests, with one thing at a time out of order. A
 * part that is NULL gets what makes the response good for ocsp/leaf under ocsp/ca at NOON.
 */
#ifndef HF_TESTS_OCSP_MAKE_H
#define HF_TESTS_OCSP_MAKE_H

#include "unit/ocsp_rig.h"
#include "unit/x509_parts.h"

#define ANSWERS  3
#define ATTACHED 6

#define ID_SHA1   "300906052b0e03021a0500"
#define ID_SHA256 "300d06096086480165030402010500"
#define GOOD      "8000"
#define UNKNOWN   "8200"
#define WEEK      "a011180f32303237303632323030303030305a" /* nextUpdate 20270622000000Z */
#define TODAY     "180f32303237303631353030303030305a"     /* 20270615000000Z */
/* [1] with one extension 1.2.3, of the given criticality (hex of a BOOLEAN and its length, more) */
#define PLAIN    "a10a3008300606022a030400"
#define CRITICAL "a10d300b300906022a030101ff0400"

/* One SingleResponse; all in hex. */
typedef struct answer {
    const char *algorithm; /* ID_SHA1 */
    hf_hash_id hash;       /* SHA-1 */
    int wrong;             /* 1: another name, 2: another key, 3: name hash cut, 4: key hash cut */
    const char *serial;    /* 02020080... as in the leaf */
    const char *status;    /* GOOD */
    const char *this_update;
    const char *next_update;
    const char *rest; /* extensions */
} answer;

typedef struct made {
    const char *status;    /* 0a0100 */
    const char *type;      /* id-pkix-ocsp-basic */
    const char *version;   /* nothing */
    const char *responder; /* the name of `signer` */
    const char *produced;
    answer answers[ANSWERS]; /* up to the first without a status; the first stands always */
    unsigned repeat;         /* the first answer that often */
    bool no_answers;
    const char *extensions;
    const char *algorithm; /* ecdsa-with-SHA256 */
    const char *signer;    /* "ca" */
    size_t signature_len;  /* > 0: zeros of that length */
    const char *attached[ATTACHED];
    const char *garbage; /* behind those attached */
    const char *behind;  /* behind the certificates, inside BasicOCSPResponse */
    const char *tail;    /* behind the response bytes */
} made;

static uint8_t made_bytes[1 << 15];

static inline const char *either(const char *text, const char *usual)
{
    return text == NULL ? usual : text;
}

static inline size_t put_span(uint8_t *out, hf_span bytes)
{
    memcpy(out, bytes.ptr, bytes.len);
    return bytes.len;
}

static inline void hash_span(hf_hash_id id, hf_span bytes, uint8_t out[HF_HASH_MAX])
{
    hf_hash hash;
    hf_hash_start(&hash, id);
    hf_hash_add(&hash, bytes.ptr, bytes.len);
    hf_hash_final(&hash, out);
}

static inline size_t put_hash(uint8_t *out, hf_hash_id id, hf_span bytes, bool wrong, bool cut)
{
    uint8_t value[HF_HASH_MAX];
    size_t size = hf_hash_size(id);
    hash_span(id, bytes, value);
    value[size - 1] ^= wrong ? 1 : 0;
    memcpy(out, value, size);
    return wrap(HF_DER_OCTET_STRING, out, size - (cut ? 1 : 0));
}

static inline size_t put_answer(uint8_t *out, const pair *p, const answer *a)
{
    hf_hash_id hash = a->hash == HF_HASH_NONE ? HF_SHA1 : a->hash;
    size_t len = hex_bytes(either(a->algorithm, ID_SHA1), out);
    len += put_hash(out + len, hash, p->leaf.issuer, a->wrong == 1, a->wrong == 3);
    len += put_hash(out + len, hash, p->issuer.key.point, a->wrong == 2, a->wrong == 4);
    len += hex_bytes(either(a->serial, "0203008001"), out + len);
    len = wrap(HF_DER_SEQUENCE, out, len);
    len += hex_bytes(either(a->status, GOOD), out + len);
    len += hex_bytes(either(a->this_update, TODAY), out + len);
    len += hex_bytes(either(a->next_update, WEEK), out + len);
    len += hex_bytes(either(a->rest, ""), out + len);
    return wrap(HF_DER_SEQUENCE, out, len);
}

static inline size_t put_data(uint8_t *out, const pair *p, const made *m, hf_span name)
{
    uint8_t *list;
    size_t list_len = 0;
    size_t len = hex_bytes(either(m->version, ""), out);
    if (m->responder == NULL) {
        size_t name_len = put_span(out + len, name);
        len += wrap(HF_DER_EXPLICIT(1), out + len, name_len);
    } else {
        len += hex_bytes(m->responder, out + len);
    }
    len += hex_bytes(either(m->produced, TODAY), out + len);
    list = out + len;
    for (unsigned i = 0; i < m->repeat; i++) {
        list_len += put_answer(list + list_len, p, &m->answers[0]);
    }
    for (size_t i = 0; i < ANSWERS && !m->no_answers; i++) {
        if (i == 0 || m->answers[i].status != NULL) {
            list_len += put_answer(list + list_len, p, &m->answers[i]);
        }
    }
    len += wrap(HF_DER_SEQUENCE, list, list_len);
    len += hex_bytes(either(m->extensions, ""), out + len);
    return wrap(HF_DER_SEQUENCE, out, len);
}

/* The signature over `data` by the key of that name; a BIT STRING. */
static inline size_t put_signature(uint8_t *out, const made *m, hf_span data)
{
    char name[64];
    uint8_t value[HF_HASH_MAX];
    hf_private_key numbers;
    hf_key key;
    size_t len = m->signature_len;
    (void)snprintf(name, sizeof name, "key-%s", either(m->signer, "ca"));
    hf_span der = ocsp_certificate(name);
    assert_int_equal(hf_key_parse(&numbers, der, NULL), HF_OK);
    assert_int_equal(hf_key_load(&key, &backend, &numbers), HF_OK);
    hash_span(HF_SHA256, data, value);
    out[0] = 0;
    memset(out + 1, 0, len);
    if (len == 0) {
        assert_int_equal(hf_key_sign(&key, &backend, HF_ECDSA, HF_SHA256, value, out + 1,
                                     HF_SIGNATURE_MAX, &len),
                         HF_OK);
    }
    hf_key_release(&key);
    fixture_free(der);
    return wrap(HF_DER_BIT_STRING, out, len + 1);
}

static inline size_t put_attached(uint8_t *out, const made *m)
{
    size_t len = 0;
    for (size_t i = 0; i < ATTACHED && m->attached[i] != NULL; i++) {
        hf_span der = ocsp_certificate(m->attached[i]);
        len += put_span(out + len, der);
        fixture_free(der);
    }
    len += hex_bytes(either(m->garbage, ""), out + len);
    if (len == 0) {
        return 0;
    }
    len = wrap(HF_DER_SEQUENCE, out, len);
    return wrap(HF_DER_EXPLICIT(0), out, len);
}

static inline size_t put_basic(uint8_t *out, const pair *p, const made *m)
{
    hf_span signer_der = ocsp_certificate(either(m->signer, "ca"));
    hf_certificate signer;
    assert_int_equal(hf_x509_parse(&signer, signer_der, NULL), HF_OK);
    size_t len = put_data(out, p, m, signer.subject);
    const hf_span data = {.ptr = out, .len = len};
    fixture_free(signer_der);
    len += hex_bytes(either(m->algorithm, ECDSA_256), out + len);
    len += put_signature(out + len, m, data);
    len += put_attached(out + len, m);
    len += hex_bytes(either(m->behind, ""), out + len);
    return wrap(HF_DER_SEQUENCE, out, len);
}

static inline hf_span make(const pair *p, const made *m)
{
    uint8_t *out = made_bytes;
    uint8_t *type = out + hex_bytes(either(m->status, "0a0100"), out);
    size_t type_len = hex_bytes(either(m->type, "06092b0601050507300101"), type);
    size_t len = put_basic(type + type_len, p, m);
    len = type_len + wrap(HF_DER_OCTET_STRING, type + type_len, len);
    len = wrap(HF_DER_SEQUENCE, type, len);
    len = wrap(HF_DER_EXPLICIT(0), type, len) + (size_t)(type - out);
    len += hex_bytes(either(m->tail, ""), out + len);
    return (hf_span){.ptr = out, .len = wrap(HF_DER_SEQUENCE, out, len)};
}

static inline verdict made_at(hf_code code, made m, int line)
{
    pair p;
    pair_open(&p, "leaf", "ca");
    verdict v = judge(&p.subject, make(&p, &m), NOON);
    pair_close(&p);
    if (v.code != code) {
        fail_msg("line %d: %s, not %s; detail %u, offset %u", line, hf_error_name(v.code),
                 hf_error_name(code), v.detail, v.offset);
    }
    return v;
}

/* Makes the response given as initialisers and checks what comes out. */
#define MADE(code, ...) made_at(code, (made){__VA_ARGS__}, __LINE__)
#define ANSWER(...)     .answers = {{__VA_ARGS__}}

#endif
