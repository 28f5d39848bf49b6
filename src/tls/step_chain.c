/* All certificates of the peer at once: collected in the slot, then walked in any order
 * (src/x509/whole.h). Servers and clients on hosts; a raw public key is collected the same way.
 *
 * From hs->chain_at on the slot holds a hf_chain and, behind it, what was collected, leaf first.
 * When the peer is trusted only the leaf stays, for the program's decision, unless a stapled
 * response is still awaited (TLS 1.2), which needs the issuer.
 */
#include "tls/handshake.h"

#include "crypto/crypto.h"
#include "x509/ocsp.h"
#include "x509/whole.h"

#include <string.h>

#define DEFAULT_CERTIFICATES 10

typedef struct hf_chain {
    hf_whole whole;
    hf_ocsp ocsp;
    hf_span list[HF_WHOLE_CERTIFICATES_MAX];
    size_t count;
    hf_span collecting; /* len: what is there of it */
    size_t most;        /* certificates that are kept */
    bool skipping;
    bool must_staple; /* the leaf demands a response (RFC 7633) */
    bool asking;      /* `ocsp` has begun */
} hf_chain;

static hf_chain *chain_of(const hf_handshake *hs)
{
    return (hf_chain *)(void *)(hs->slot.ptr + hs->chain_at);
}

static size_t most_certificates(const hf_handshake *hs)
{
    size_t most = hs->policy.max_certificates;
    most = most > 0 ? most : DEFAULT_CERTIFICATES;
    return most < HF_WHOLE_CERTIFICATES_MAX ? most : HF_WHOLE_CERTIFICATES_MAX;
}

hf_code hf_chain_start(hf_handshake *hs)
{
    uintptr_t front = (uintptr_t)(hs->slot.ptr + hs->reserved);
    size_t slack = (_Alignof(hf_chain) - front % _Alignof(hf_chain)) % _Alignof(hf_chain);
    size_t need = hs->reserved + slack + sizeof(hf_chain);
    if (need > hs->slot.cap) {
        hs->detail = (uint32_t)need;
        return HF_E_MEMORY_TOO_SMALL;
    }
    hs->chain_at = (uint32_t)(hs->reserved + slack);
    hf_chain *chain = chain_of(hs);
    chain->count = 0;
    chain->skipping = chain->asking = chain->must_staple = false;
    chain->most = most_certificates(hs);
    chain->collecting = (hf_span){hs->slot.ptr + need, 0};
    hs->chain_step = HF_CHAIN_IDENTIFY;
    return HF_OK;
}

/* Room for `len` bytes behind what is there. */
static hf_code make_room(hf_handshake *hs, uint32_t len, uint8_t depth)
{
    hf_chain *chain = chain_of(hs);
    const uint8_t *at = chain->collecting.ptr + chain->collecting.len;
    size_t used = (size_t)(at - hs->slot.ptr);
    if (len > hs->slot.cap - used) {
        hs->depth = depth;
        hs->detail = (uint32_t)(used + len);
        return HF_E_CERT_TOO_LARGE;
    }
    chain->collecting = (hf_span){at, 0};
    return HF_OK;
}

hf_code hf_chain_entry(hf_handshake *hs, uint32_t len)
{
    hf_chain *chain = chain_of(hs);
    chain->skipping = chain->count >= chain->most;
    if (chain->skipping) {
        return HF_OK;
    }
    hf_code code = make_room(hs, len, hs->list.count);
    if (code == HF_OK) {
        chain->list[chain->count++] = (hf_span){chain->collecting.ptr, len};
    }
    return code;
}

hf_code hf_chain_staple(hf_handshake *hs, uint32_t len)
{
    hf_chain *chain = chain_of(hs);
    hf_code code = make_room(hs, len, 0);
    chain->skipping = false;
    if (code == HF_OK) {
        hs->staple = (hf_span){chain->collecting.ptr, len};
    }
    return code;
}

void hf_chain_bytes(hf_handshake *hs, hf_span piece)
{
    hf_chain *chain = chain_of(hs);
    if (chain->skipping || piece.len == 0) {
        return;
    }
    size_t at = (size_t)(chain->collecting.ptr - hs->slot.ptr) + chain->collecting.len;
    memcpy(hs->slot.ptr + at, piece.ptr, piece.len);
    chain->collecting.len += piece.len;
}

hf_span hf_chain_certificate(const hf_handshake *hs, size_t index)
{
    const hf_chain *chain = chain_of(hs);
    return index < chain->count && !chain->skipping ? chain->list[index] : (hf_span){NULL, 0};
}

/* ---- who it is */

static void describe_certificate(hf_handshake *hs, const hf_certificate *leaf)
{
    hf_peer *peer = &hs->peer.peer;
    *peer = (hf_peer){
        .credential = HF_CREDENTIAL_CERTIFICATE,
        .not_before = leaf->not_before,
        .not_after = leaf->not_after,
        .certificate = leaf->der,
        .subject = leaf->subject,
        .alt_names = leaf->alt_names,
        .server_name = hs->server_name,
    };
    hf_sha256(leaf->der, peer->sha256);
    hf_sha256(leaf->spki, peer->spki_sha256);
    hs->peer_known = true;
}

static void describe_raw_key(hf_handshake *hs, hf_span spki)
{
    hf_peer *peer = &hs->peer.peer;
    *peer = (hf_peer){
        .credential = HF_CREDENTIAL_RAW_PUBLIC_KEY,
        .not_after = HF_TIME_NEVER,
        .certificate = spki,
        .server_name = hs->server_name,
    };
    hf_sha256(spki, peer->sha256);
    memcpy(peer->spki_sha256, peer->sha256, sizeof peer->sha256);
    hs->peer_known = true;
}

/* Only the leaf is needed from here on. */
static void keep_leaf(hf_handshake *hs, hf_span leaf)
{
    hs->reserved = (uint32_t)((size_t)(leaf.ptr - hs->slot.ptr) + leaf.len);
}

/* ---- a raw public key: what binds it is a pin, or the program's decision later (RFC 7250 6) */

static bool is_pinned(const hf_handshake *hs)
{
    for (size_t i = 0; i < hs->config->pins_count; i++) {
        const uint8_t *pin = hs->config->pins[i].sha256;
        if (memcmp(pin, hs->peer.peer.spki_sha256, 32) == 0) {
            return true;
        }
    }
    return false;
}

static hf_code end_raw_key(hf_handshake *hs)
{
    hf_span spki = chain_of(hs)->list[0];
    hf_code code = hf_x509_public_key(&hs->peer_key, spki);
    hs->depth = 0;
    if (code != HF_OK) {
        return code;
    }
    describe_raw_key(hs, spki);
    keep_leaf(hs, spki);
    if (is_pinned(hs)) {
        hs->peer.peer.verified = HF_VERIFIED_PIN;
        return HF_OK;
    }
    if (hs->config->insecure_skip_certificate_check) {
        return HF_OK;
    }
    hs->peer.peer.verified = HF_VERIFIED_KEY_ONLY;
    /* Pins, where there are any, are all that is trusted. */
    bool decided = hs->config->hooks.authorise != NULL && hs->config->pins_count == 0;
    return decided ? HF_OK : HF_E_CERT_PIN;
}

/* ---- certificates */

static hf_code with_facts(hf_handshake *hs, hf_code code)
{
    const hf_whole *whole = &chain_of(hs)->whole;
    if (hf_is_certificate_error(code)) {
        hs->depth = whole->depth;
        hs->offset = whole->offset;
        hs->detail = whole->detail;
    }
    return code;
}

static hf_code trusted(hf_handshake *hs, const hf_certificate *leaf, hf_verified how)
{
    hs->peer.peer.verified = (uint8_t)how;
    hs->peer_key = leaf->key;
    chain_of(hs)->must_staple = leaf->must_staple;
    hs->chain_step = HF_CHAIN_STAPLE;
    return HF_OK;
}

static hf_code parse_leaf(hf_handshake *hs, hf_certificate *leaf)
{
    hf_code code = hf_x509_parse(leaf, chain_of(hs)->list[0], &hs->offset);
    hs->depth = 0;
    return code;
}

/* What is asked of the leaf before its path is. */
static hf_code identify(hf_handshake *hs)
{
    hf_certificate leaf;
    hf_code code = parse_leaf(hs, &leaf);
    bool known = false;
    if (code != HF_OK) {
        return code;
    }
    if (!hs->peer_known) {
        describe_certificate(hs, &leaf);
    }
    if (hs->policy.insecure_any_certificate) {
        return leaf.key.kind == HF_KEY_NONE ? HF_E_CERT_WEAK_KEY
                                            : trusted(hs, &leaf, HF_VERIFIED_NOTHING);
    }
    code = hf_is_server(hs) ? hf_ask_identify(hs, &known) : HF_OK;
    if (code == HF_OK && known) {
        code = hf_link_leaf(&hs->policy, &leaf);
        return code == HF_OK ? trusted(hs, &leaf, HF_VERIFIED_KNOWN) : code;
    }
    if (code == HF_OK) {
        hf_chain *chain = chain_of(hs);
        hf_whole_start(&chain->whole, &hs->policy, chain->list, chain->count, hs->names);
        hs->chain_step = HF_CHAIN_WALK;
    }
    return code;
}

static hf_code walk(hf_handshake *hs)
{
    hf_certificate leaf;
    if (!hs->work) {
        return HF_PENDING;
    }
    hf_whole *whole = &chain_of(hs)->whole;
    uint8_t before = whole->signatures;
    hf_code code = hf_whole_run(whole);
    if (whole->signatures != before) {
        hf_count_signature(hs);
    }
    if (code != HF_OK) {
        return with_facts(hs, code);
    }
    code = parse_leaf(hs, &leaf);
    return code == HF_OK ? trusted(hs, &leaf, HF_VERIFIED_PATH) : code;
}

/* ---- stapled responses (RFC 6066 8, RFC 7633) */

static hf_code start_staple(hf_handshake *hs, hf_span response)
{
    hf_chain *chain = chain_of(hs);
    hf_ocsp_subject subject;
    if (!hf_ocsp_subject_of_whole(&subject, &chain->whole)) {
        return HF_OK; /* the leaf is an anchor itself: nobody speaks for it */
    }
    hf_ocsp_start(&chain->ocsp, hs->policy.crypto, response, &subject, hs->policy.now);
    chain->asking = true;
    return HF_OK;
}

static hf_code run_staple(hf_handshake *hs)
{
    hf_chain *chain = chain_of(hs);
    hf_ocsp *ocsp = &chain->ocsp;
    if (!hs->work) {
        return HF_PENDING;
    }
    /* An anchor is lent until its source is asked again, which others may have done meanwhile. */
    if (!hf_ocsp_subject_of_whole(&ocsp->subject, &chain->whole)) {
        return HF_E_OCSP_OTHER;
    }
    hf_code code = hf_ocsp_run(ocsp);
    (void)hf_take_work(hs, HF_WORK_VERIFY_CERTIFICATE, 0);
    if (code != HF_OK && code != HF_PENDING) {
        hs->depth = 0;
        hs->offset = ocsp->offset;
        hs->detail = ocsp->detail;
    }
    return code;
}

/* `response` empty: none came. What was verified by nothing has no issuer to ask about. */
static hf_code check_staple(hf_handshake *hs, hf_span response)
{
    hf_chain *chain = chain_of(hs);
    uint8_t stapling = hs->config->stapling;
    bool verified = hs->peer.peer.verified == HF_VERIFIED_PATH;
    if (hf_is_server(hs) || stapling == HF_STAPLING_OFF || !verified) {
        return HF_OK;
    }
    if (response.len == 0) {
        hs->depth = 0;
        bool demanded = chain->must_staple || stapling == HF_STAPLING_REQUIRE;
        return demanded ? HF_E_OCSP_MISSING : HF_OK;
    }
    if (!chain->asking) {
        hf_code code = start_staple(hs, response);
        if (code != HF_OK || !chain->asking) {
            return code;
        }
    }
    return run_staple(hs);
}

static hf_code staple_settled(hf_handshake *hs)
{
    keep_leaf(hs, chain_of(hs)->list[0]);
    hs->chain_step = HF_CHAIN_DONE;
    return HF_OK;
}

/* TLS 1.3: the response came with the leaf. TLS 1.2: a message of its own may bring it, until then
 * everything stays. */
static hf_code settle_staple(hf_handshake *hs)
{
    hf_span response = {NULL, 0};
    hf_code code = HF_OK;
    if ((hs->facts & HF_FACT_STATUS) != 0 && !hf_is_server(hs)) {
        const hf_chain *chain = chain_of(hs);
        const uint8_t *end = chain->collecting.ptr + chain->collecting.len;
        hs->reserved = (uint32_t)(end - hs->slot.ptr);
        return HF_OK;
    }
    if (hs->staple.len > 0) {
        hf_reader r = hf_read_span_of(hs->staple);
        code = hf_certificate_status_parse(&r, &response);
        hs->offset = (uint32_t)hf_read_offset(&r);
    }
    code = code == HF_OK ? check_staple(hs, response) : code;
    return code == HF_OK ? staple_settled(hs) : code;
}

hf_code hf_recv_certificate_status(hf_handshake *hs, hf_reader *body)
{
    hf_span response;
    hf_code code = hf_certificate_status_parse(body, &response);
    if (hs->peer_type == HF_TYPE_RAW_PUBLIC_KEY) {
        return code; /* says nothing about a raw key */
    }
    code = code == HF_OK ? check_staple(hs, response) : code;
    return code == HF_OK ? staple_settled(hs) : code;
}

hf_code hf_check_staple_came(hf_handshake *hs)
{
    bool waits = hs->config->whole_chain && hs->peer_type == HF_TYPE_X509 &&
                 hs->chain_step == HF_CHAIN_STAPLE;
    if (!waits) {
        return HF_OK;
    }
    hf_code code = check_staple(hs, (hf_span){NULL, 0});
    return code == HF_OK ? staple_settled(hs) : code;
}

/* ---- all of it */

hf_code hf_chain_end(hf_handshake *hs)
{
    hf_code code = HF_OK;
    if (hs->peer_type == HF_TYPE_RAW_PUBLIC_KEY) {
        return end_raw_key(hs);
    }
    if (hs->chain_step == HF_CHAIN_IDENTIFY) {
        code = identify(hs);
    }
    if (code == HF_OK && hs->chain_step == HF_CHAIN_WALK) {
        code = walk(hs);
    }
    if (code == HF_OK && hs->chain_step == HF_CHAIN_STAPLE) {
        code = settle_staple(hs);
    }
    return code;
}
