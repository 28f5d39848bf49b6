/* Keying material exporters (RFC 8446 7.5, RFC 5705): the checks; derivation is src/tls/keys'.
 *
 * What it needs outlives the handshake: in TLS 1.3 the exporter's master secret; in TLS 1.2 the
 * master secret and both randoms (engine_keys.c).
 */
#include "tls/engine.h"

#include "crypto/crypto.h"
#include "tls/keys/schedule12.h"
#include "tls/keys/schedule13.h"

#include <string.h>

#define CONTEXT_MAX 65535u /* RFC 5705 4: its length is a uint16 */
#define BLOCKS_MAX  255u   /* RFC 5869 2.3 */

/* RFC 5705 4, RFC 7627 7: the PRF has these labels for itself. RFC 8446 7.5 takes the rule over. */
static bool reserved(const char *label)
{
    static const char *const LABELS[] = {"client finished", "server finished", "master secret",
                                         "key expansion", "extended master secret"};
    for (size_t i = 0; i < sizeof LABELS / sizeof LABELS[0]; i++) {
        if (strcmp(label, LABELS[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool good_label(const char *label)
{
    size_t len = label == NULL ? 0 : strlen(label);
    return len >= 1 && len <= HF_LABEL_MAX && !reserved(label);
}

static bool good_context(hf_span context)
{
    return context.len <= CONTEXT_MAX && (context.ptr != NULL || context.len == 0);
}

hf_code hf_tls_export(const hf_tls *tls, const char *label, hf_span context, bool has_context,
                      uint8_t *out, size_t len)
{
    const hf_handshake *hs = &tls->handshake;
    bool open = (tls->state & (HF_STATE_OPEN | HF_STATE_FAILED)) == HF_STATE_OPEN;
    hf_span given = has_context ? context : (hf_span){NULL, 0};
    if (!open || out == NULL || !good_label(label) || !good_context(given)) {
        return HF_E_USAGE;
    }
    if (len == 0 || len > BLOCKS_MAX * hf_hash_size(hs->suite->hash)) {
        return HF_E_USAGE;
    }
    if (hs->version == HF_TLS13) {
        hf_export13(hs->suite->hash, &hs->epoch.tls13.exporter, label, given, out, len);
        return HF_OK;
    }
    if (!hs->extended_master) {
        return HF_E_UNSUPPORTED;
    }
    hf_export12(hs->suite->hash, &hs->secret.master12, label, hs->client_random, hs->server_random,
                has_context ? &given : NULL, out, len);
    return HF_OK;
}
