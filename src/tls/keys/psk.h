/* External PSKs (RFC 8446 4.2.11) and their import (RFC 9258): from what the program gives to an
 * identity on the wire and an early secret.
 *
 * Nothing of a PSK is stored in the engine but what is derived from it.
 */
#ifndef HF_TLS_KEYS_PSK_H
#define HF_TLS_KEYS_PSK_H

#include "tls/keys/schedule13.h"
#include "wire/writer.h"

#include <handfast/psk.h>

/* ImportedIdentity (RFC 9258 4.1). */
typedef struct hf_imported_identity {
    hf_span external;
    hf_span context;
    uint16_t protocol; /* target_protocol: HF_TLS13 */
    uint16_t kdf;      /* target_kdf: HKDF_SHA256 or HKDF_SHA384 */
} hf_imported_identity;
#define HF_IMPORTED_AROUND 8u /* its bytes besides external_identity and context */
#define HF_PSK_WIRE_MAX    (HF_IMPORTED_AROUND + HF_PSK_IDENTITY_MAX + HF_PSK_CONTEXT_MAX)

/* False: it is not exactly one ImportedIdentity. Values are not judged. */
bool hf_imported_identity_parse(hf_span bytes, hf_imported_identity *identity);

hf_hash_id hf_psk_hash(const hf_psk *psk);
hf_psk_kind hf_psk_binder_kind(const hf_psk *psk);

/* PskIdentity.identity, without its length: at most HF_PSK_WIRE_MAX bytes. */
void hf_psk_identity_write(hf_writer *w, const hf_psk *psk);

/* The early secret of a PSK that hf_psk_check() has accepted: of the key itself when it is plain,
 * else of ipskx (RFC 9258 4.1). */
void hf_early_from_external(const hf_psk *psk, hf_early_secret *early);

/* A server: the PSK that an identity on the wire names, an imported one first. False: there is
 * none, or none that may be used. */
bool hf_psk_find(const hf_psk_source *source, hf_span identity, hf_psk *psk);

#endif
