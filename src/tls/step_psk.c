/* A server's choice among the PSKs that a ClientHello offers (RFC 8446 4.2.11).
 *
 * The first one that is known, a session's or the configuration's, good for this connection and
 * usable in a mode that both take is chosen; its binder, and only its, is checked. What is not
 * known is passed over, and without any the handshake is done in full.
 */
#include "tls/handshake.h"

#include "crypto/crypto.h"
#include "tls/config.h"
#include "tls/keys/schedule13.h"
#include "tls/keys/transcript.h"
#include "wire/secret.h"

#include <string.h>

#define IDENTITIES_MAX 8u /* that are looked at: each may cost an opening */

static bool has_mode(hf_span modes, uint8_t mode)
{
    return modes.len > 0 && memchr(modes.ptr, mode, modes.len) != NULL;
}

/* RFC 8446 4.2.9: of the modes of both; with a key exchange where that is possible. False: there is
 * none in common. */
static bool choose_mode(hf_handshake *hs, const hf_client_hello *hello)
{
    static const uint8_t KE = 0;
    static const uint8_t DHE = 1;
    hf_span ours = hf_offered_psk_modes(hs->config);
    bool dhe = has_mode(ours, DHE) && has_mode(hello->psk_modes, DHE);
    hs->psk_alone = !dhe;
    return dhe || (has_mode(ours, KE) && has_mode(hello->psk_modes, KE));
}

/* The hash of everything before the list of binders; behind a HelloRetryRequest the transcript goes
 * before it (RFC 8446 4.2.11.2). */
static void hash_truncated(const hf_handshake *hs, const hf_client_hello *hello,
                           uint8_t out[HF_HASH_MAX])
{
    hf_hash running;
    size_t len = (size_t)(hello->psk_binders.ptr - 2 - hs->body.ptr);
    if (hf_transcript_started(&hs->transcript)) {
        hf_hash_clone(&running, &hs->transcript.hash);
    } else {
        hf_hash_start(&running, hs->suite->hash);
    }
    hf_hash_add(&running, hs->header, HF_MESSAGE_HEADER);
    hf_hash_add(&running, hs->body.ptr, len);
    hf_hash_final(&running, out);
}

static hf_code check_binder(hf_handshake *hs, const hf_client_hello *hello, hf_psk_kind kind,
                            hf_span binder)
{
    uint8_t hash[HF_HASH_MAX];
    uint8_t expected[HF_HASH_MAX];
    hash_truncated(hs, hello, hash);
    hf_psk_binder(hs->suite->hash, &hs->secret.early, kind, hash, expected);
    bool right = binder.len == hf_hash_size(hs->suite->hash) &&
                 hf_same_secret(expected, binder.ptr, binder.len);
    hf_wipe(expected, sizeof expected);
    hs->detail = 0; /* of an error: nothing about whose key it was */
    return right ? HF_OK : HF_E_PSK_REFUSED;
}

/* A second ClientHello is judged anew: what the first one showed counts for nothing. */
static void forget(hf_handshake *hs)
{
    hs->has_psk = hs->psk_alone = hs->peer_known = false;
    hs->facts &= (uint16_t)~HF_FACT_RESUMED;
}

static bool is_session(hf_handshake *hs, hf_span identity)
{
    hf_session_state state;
    bool opens = hs->suite != NULL && hf_open_ticket(hs, identity, &state);
    if (opens) {
        hf_resume13(hs, &state);
        hf_wipe(&state, sizeof state);
    }
    return opens;
}

/* Nobody is let in without a PSK here, and none was known: the same work, the same error and the
 * same facts as for one that is known and whose key is wrong. */
static hf_code refuse(hf_handshake *hs, const hf_client_hello *hello)
{
    hf_span identity;
    hf_span binder;
    hf_psk_kind kind;
    if (!hf_client_hello_psk(hello, 0, &identity, &binder)) {
        return HF_E_PSK_REFUSED;
    }
    hf_code code = hf_pretend_external(hs, hello, identity, &kind);
    if (code == HF_OK) {
        (void)check_binder(hs, hello, kind, binder);
        code = HF_E_PSK_REFUSED;
    }
    return code;
}

hf_code hf_take_psk(hf_handshake *hs, const hf_client_hello *hello)
{
    hf_span identity;
    hf_span binder;
    forget(hs);
    bool common = choose_mode(hs, hello);
    hs->server_name = hello->server_name; /* a ticket is bound to it */
    for (unsigned i = 0; common && i < IDENTITIES_MAX; i++) {
        hf_psk_kind kind = HF_PSK_RESUMPTION;
        if (!hf_client_hello_psk(hello, i, &identity, &binder)) {
            break;
        }
        if (is_session(hs, identity) || hf_choose_external(hs, hello, identity, &kind)) {
            hs->selected_psk = (uint16_t)i;
            return check_binder(hs, hello, kind, binder);
        }
    }
    hs->psk_alone = false;
    return hf_config_lives_by_psks(hs->config) ? refuse(hs, hello) : HF_OK;
}
