/* External PSKs in the handshake, both roles (RFC 8446 4.2.11, RFC 9258): a client's one stands in
 * its ClientHello and is bound to it; a server finds one by its identity.
 *
 * Unlike a session's, such a key decides the hash, and so the suite; and it says itself who the
 * peer is.
 */
#include "tls/handshake.h"

#include "crypto/crypto.h"
#include "tls/keys/psk.h"
#include "tls/keys/transcript.h"
#include "tls/offer.h"
#include "wire/secret.h"

#include <string.h>

/* The peer is who holds the key, whatever else it said. */
static void use(hf_handshake *hs, const hf_psk *psk)
{
    hs->has_psk = true;
    hs->peer_known = true;
    hs->peer.peer = (hf_peer){
        .verified = HF_VERIFIED_PSK,
        .credential = HF_CREDENTIAL_PSK,
        .not_after = HF_TIME_NEVER,
        .server_name = hs->server_name,
    };
    hf_sha256(psk->identity, hs->peer.peer.sha256);
    hf_early_from_external(psk, &hs->secret.early);
}

/* ---- client */

void hf_external_fill_hello(const hf_handshake *hs, hf_client_hello_out *hello)
{
    const hf_psk *psk = hs->config->psk;
    hello->psk_modes = hf_offered_psk_modes(hs->config);
    hello->external = psk;
    hello->age = 0; /* RFC 8446 4.2.11: of external ones */
    hello->binder_len = hf_hash_size(hf_psk_hash(psk));
}

void hf_external_bind(const hf_handshake *hs, hf_writer *w, const hf_hello_marks *marks)
{
    const hf_psk *psk = hs->config->psk;
    hf_binding binding = {.hash = hf_psk_hash(psk), .kind = hf_psk_binder_kind(psk)};
    if (!w->bad) {
        hf_early_from_external(psk, &binding.early);
        hf_write_binder(hs, w, marks, &binding);
        hf_wipe(&binding, sizeof binding);
    }
}

hf_code hf_external_taken13(hf_handshake *hs, const hf_server_hello *hello)
{
    const hf_psk *psk = hs->config->psk;
    if (!hf_extensions_have(&hello->extensions, HF_EXT_BIT(PRE_SHARED_KEY))) {
        hs->detail = 0;
        return HF_E_PSK_NOT_TAKEN; /* whoever it is, we have nothing to know it by */
    }
    hf_code code = hf_check_psk_choice(hs, hello, hf_psk_hash(psk));
    if (code == HF_OK) {
        use(hs, psk);
    }
    return code;
}

/* ---- server */

/* Our first suite of TLS 1.3 that the client has, too, with this hash; behind a HelloRetryRequest
 * the one that it named. */
static const hf_suite *suite_for(const hf_handshake *hs, const hf_client_hello *hello,
                                 hf_hash_id hash)
{
    uint16_t ours[HF_OFFER_SUITES_MAX];
    size_t count = hf_offer_suites(hs->config, ours);
    if (hf_transcript_started(&hs->transcript)) {
        return hs->suite->hash == hash || hash == HF_HASH_NONE ? hs->suite : NULL;
    }
    for (size_t i = 0; i < count; i++) {
        const hf_suite *suite = hf_suite_find(ours[i]);
        bool fits = suite->version == HF_TLS13 && (hash == HF_HASH_NONE || suite->hash == hash);
        if (fits && hf_numbers_have(hello->suites, suite->id)) {
            return suite;
        }
    }
    return NULL;
}

bool hf_choose_external(hf_handshake *hs, const hf_client_hello *hello, hf_span identity,
                        hf_psk_kind *kind)
{
    hf_psk psk;
    if (!hf_psk_find(&hs->config->psks, identity, &psk)) {
        return false;
    }
    const hf_suite *suite = suite_for(hs, hello, hf_psk_hash(&psk));
    if (suite == NULL) {
        return false; /* as if it were unknown: a stranger shall not learn that it is not */
    }
    hs->suite = suite;
    *kind = hf_psk_binder_kind(&psk);
    use(hs, &psk);
    return true;
}

/* Where nothing but a PSK lets a client in, one that is unknown costs what a wrong key costs: the
 * key of nobody takes its place. */
hf_code hf_pretend_external(hf_handshake *hs, const hf_client_hello *hello, hf_span identity,
                            hf_psk_kind *kind)
{
    static const uint8_t NOBODY[32];
    hf_imported_identity imported;
    const hf_suite *suite = suite_for(hs, hello, HF_HASH_NONE);
    if (suite == NULL) {
        return HF_E_NO_COMMON_SUITE;
    }
    hs->suite = suite;
    const hf_psk psk = {.identity = identity,
                        .key = {NOBODY, sizeof NOBODY},
                        .hash = (uint8_t)suite->hash,
                        .plain = !hf_imported_identity_parse(identity, &imported)};
    *kind = hf_psk_binder_kind(&psk);
    hf_early_from_external(&psk, &hs->secret.early);
    return HF_OK;
}
