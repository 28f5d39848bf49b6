/* External pre-shared keys of TLS 1.3 (RFC 8446 4.2.11, RFC 9257): devices without certificates.
 *
 * Both ends have the same key and a name for it, the identity, which travels in the clear. A client
 * with a PSK needs no anchors, no clock and no name: who holds the key is the right server. A
 * server with PSKs needs no certificate, but may have one for its other clients.
 *
 *     static const hf_psk psk = {.identity = {id, id_len}, .key = {key, 32}};
 *     config.psk = &psk;                                        client
 *     config.psks = (hf_psk_source){hf_psk_list_find, &list};   server
 *
 * By default a key is not used as it is, but imported (RFC 9258): what the handshake uses depends
 * on the version, the hash and a context besides, so a key does no harm in another place that has
 * it too. Peers that do not import need `plain`.
 */
#ifndef HANDFAST_PSK_H
#define HANDFAST_PSK_H

#include <handfast/bytes.h>
#include <handfast/error.h>

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HF_PSK_IDENTITY_MAX 256u /* bytes; at least 1 */
#define HF_PSK_CONTEXT_MAX  256u
#define HF_PSK_KEY_MIN      16u
#define HF_PSK_KEY_MAX      64u
#define HF_PSK_KEY_VALUES   8u /* least number of different bytes in a key */

/* One key, for one version and one hash (RFC 8446 4.2.11). Everything is borrowed. */
typedef struct hf_psk {
    hf_span identity; /* external_identity of RFC 9258; never empty. It is sent unencrypted: do not
                         put anything private into it */
    hf_span key;      /* random bytes, not a password: HF_E_PSK_WEAK for what cannot be random */
    hf_span context;  /* of the importer: what both ends know of each other, see RFC 9258 4.1 and
                         appendix B; usually empty. Not with `plain` */
    uint16_t version; /* 0 or HF_TLS13: PSKs are not used in TLS 1.2 */
    uint8_t hash;     /* hf_hash_id: HF_SHA256 (0: the same) or HF_SHA384. Only cipher suites with
                         this hash are used with it */
    bool plain;       /* not imported: for peers without RFC 9258, which is most of them. Then do
                         not use the key anywhere else */
} hf_psk;

/* Where a server's PSKs come from. `find` fills *psk, whose spans must stay until the engine's call
 * returns, or returns false; psk->identity may be left empty. It may be asked twice about one
 * identity: for an imported key, then for a plain one, and it is asked before the client has proved
 * anything. What it found is checked as hf_config_build() checks a client's; a key that would be
 * refused there counts as unknown. To give nothing away by the time it takes, it should look at all
 * that there are, or at a hash table. */
typedef struct hf_psk_source {
    bool (*find)(void *ctx, hf_span identity, hf_psk *psk);
    void *ctx;
} hf_psk_source;

/* A list in memory for hf_psk_list_find(): ctx is the list. */
typedef struct hf_psk_list {
    const hf_psk *psks;
    size_t count;
} hf_psk_list;

bool hf_psk_list_find(void *list, hf_span identity, hf_psk *psk);

/* Whether a PSK may be used. Errors: HF_E_PSK_FORM (a length outside its bounds, an unknown hash, a
 * context with `plain`), HF_E_PSK_VERSION, HF_E_PSK_WEAK. The time depends on lengths alone. */
hf_code hf_psk_check(const hf_psk *psk);

#ifdef __cplusplus
}
#endif
#endif
