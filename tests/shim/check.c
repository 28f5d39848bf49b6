/* The connection against the flags that expect something of it, when its handshake is over. */
#include "shim/shim.h"

#include <string.h>

typedef int (*checker)(const shim *s);

static int same_number(const char *what, uint32_t is, uint32_t should)
{
    return should == 0 || is == should ? SHIM_OK
                                       : shim_failed("%s is %u, should be %u", what, is, should);
}

/* A resumed connection does not know the group and the signature of the full handshake any more. */
static uint32_t if_known(const shim *s, uint32_t is, uint32_t should)
{
    return is == 0 && hf_tls_resumed(&s->tls) ? 0 : should;
}

static int check_numbers(const shim *s)
{
    const shim_options *o = s->options;
    const hf_tls *tls = &s->tls;
    const struct {
        const char *what;
        uint32_t is;
        uint32_t should;
    } pairs[] = {
        {"the version", hf_tls_version(tls), o->expect_version},
        {"the cipher suite", hf_tls_suite(tls), o->expect_cipher},
        {"the cipher suite", hf_tls_suite(tls), o->expect_cipher_aes},
        {"the group", hf_tls_group(tls), if_known(s, hf_tls_group(tls), o->expect_curve_id)},
        {"the peer's signature scheme", hf_tls_peer_scheme(tls),
         if_known(s, hf_tls_peer_scheme(tls), o->expect_peer_signature_algorithm)},
        {"the number of renegotiations", 0, o->expect_total_renegotiations},
    };
    int result = SHIM_OK;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0] && result == SHIM_OK; i++) {
        result = same_number(pairs[i].what, pairs[i].is, pairs[i].should);
    }
    return result;
}

static int check_facts(const shim *s)
{
    const shim_options *o = s->options;
    bool retried = hf_tls_retried(&s->tls);
    if ((o->expect_hrr && !retried) || (o->expect_no_hrr && retried)) {
        return shim_failed("a HelloRetryRequest %s", retried ? "was sent" : "was not sent");
    }
    if (o->expect_extended_master_secret && !hf_tls_extended_master_secret(&s->tls)) {
        return shim_failed("no extended master secret");
    }
    /* A client makes no TLS 1.2 connection without RFC 5746. A server does, and does not tell. */
    if (o->expect_secure_renegotiation && o->server && hf_tls_version(&s->tls) == HF_TLS12) {
        return shim_unimplemented("-expect-secure-renegotiation of a server");
    }
    return SHIM_OK;
}

/* Always compared: without a flag, none is expected. */
static int check_alpn(const shim *s)
{
    const shim_options *o = s->options;
    const char *is = hf_tls_alpn(&s->tls);
    const char *should = o->server ? o->select_alpn : o->expect_alpn;
    is = is == NULL ? "" : is;
    should = should == NULL || o->decline_alpn ? "" : should;
    return strcmp(is, should) == 0
               ? SHIM_OK
               : shim_failed("the application protocol is \"%s\", should be \"%s\"", is, should);
}

static int check_server_name(const shim *s)
{
    const shim_options *o = s->options;
    const char *is = s->peer.server_name;
    if (o->expect_no_server_name && s->peer.has_server_name) {
        return shim_failed("the client asks for %s, should ask for no name", is);
    }
    if (o->expect_server_name != NULL && strcmp(is, o->expect_server_name) != 0) {
        return shim_failed("the client asks for \"%s\", should be \"%s\"", is,
                           o->expect_server_name);
    }
    return SHIM_OK;
}

/* ---- the peer's certificates */

static int check_presence(const shim *s)
{
    const shim_options *o = s->options;
    const hf_peer *peer = hf_tls_peer(&s->tls);
    bool showed = peer != NULL && peer->credential != HF_CREDENTIAL_NONE;
    bool must = !o->server || o->require_any_client_certificate;
    if (o->expect_no_peer_cert && showed) {
        return shim_failed("the peer sent a certificate");
    }
    if (!o->expect_no_peer_cert && must && !showed) {
        return shim_failed("the peer sent no certificate");
    }
    return SHIM_OK;
}

/* Of a session there is nothing left but the leaf's fingerprint. */
static int check_fingerprint(const shim *s, hf_span leaf)
{
    uint8_t value[32];
    const hf_peer *peer = hf_tls_peer(&s->tls);
    hf_sha256(leaf, value);
    bool same = peer != NULL && memcmp(peer->sha256, value, sizeof peer->sha256) == 0;
    return same ? SHIM_OK : shim_failed("the session is of another certificate than expected");
}

static int check_chain(const shim *s)
{
    const shim_peer *peer = &s->peer;
    hf_span text = {NULL, 0};
    size_t at = 0;
    if (s->options->expect_peer_cert_file == NULL) {
        return SHIM_OK;
    }
    if (!shim_file(&text, s->options->expect_peer_cert_file)) {
        return shim_failed("-expect-peer-cert-file: cannot be read");
    }
    for (size_t i = 0;; i++) {
        hf_span der = {NULL, 0};
        hf_code code = shim_pem(&der, text, &at, "CERTIFICATE");
        if (code == HF_E_PEM_EMPTY && i > 0) {
            return i == peer->count ? SHIM_OK
                                    : shim_failed("the peer sent %zu certificates, should be %zu",
                                                  peer->count, i);
        }
        if (code != HF_OK) {
            return shim_failed("-expect-peer-cert-file: no certificates");
        }
        if (hf_tls_resumed(&s->tls)) {
            return check_fingerprint(s, der);
        }
        bool same = i < peer->count && peer->certificates[i].len == der.len &&
                    memcmp(peer->certificates[i].ptr, der.ptr, der.len) == 0;
        if (!same) {
            return shim_failed("certificate %zu of the peer is another than expected", i);
        }
    }
}

/* A certificate that was shown must have been judged, once, as the flags say. */
static int check_verification(const shim *s)
{
    const shim_options *o = s->options;
    const hf_peer *peer = hf_tls_peer(&s->tls);
    bool showed = peer != NULL && peer->credential != HF_CREDENTIAL_NONE;
    if (!o->expect_verify_result) {
        return SHIM_OK;
    }
    if (showed && !s->peer.decided) {
        return shim_failed("the peer showed a certificate and was not judged");
    }
    return s->peer.refused == o->verify_fail
               ? SHIM_OK
               : shim_failed("the result of the verification is another than expected");
}

int shim_check(const shim *s)
{
    static const checker CHECKERS[] = {
        shim_check_resumed, check_numbers,  check_facts, check_alpn,
        check_server_name,  check_presence, check_chain, check_verification,
    };
    int result = SHIM_OK;
    for (size_t i = 0; i < sizeof CHECKERS / sizeof CHECKERS[0] && result == SHIM_OK; i++) {
        result = CHECKERS[i](s);
    }
    return result;
}
