/* A remembered chain: what a client needs to know the certificate path of its server again, so that
 * signatures it has verified once are not verified in every connection. Off by default.
 *
 *     hf_remembered remembered = {0};
 *     read_from_flash(&remembered, sizeof remembered);
 *     memory.remembered = &remembered;
 *     ... connection ...
 *     if (hf_tls_remembered_changed(&tls)) { write_to_flash(&remembered, sizeof remembered); }
 *
 * It is filled when the whole path was validated, the server has proved that it holds the leaf's
 * key, and its Finished is right; until then it stays as it was. In a later connection the
 * signature of a certificate is not verified again where that very certificate and its very issuer
 * stood at the same two places of the path before. Everything else is checked each time: dates,
 * names, purposes, path lengths, constraints, pins, stapled responses, and the signature over the
 * handshake.
 *
 * Another set of anchors, other pins, other switches, another identity of ours or another
 * hf_config.policy_epoch: what was remembered counts for nothing, and the next full validation
 * takes its place. One that is damaged, or of another version of the library, is ignored.
 *
 * Whoever can write it decides what is trusted: store it as safely as the anchors. It holds nothing
 * that is secret.
 */
#ifndef HANDFAST_REMEMBERED_H
#define HANDFAST_REMEMBERED_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HF_REMEMBERED_VERSION   1u
#define HF_REMEMBERED_POSITIONS 4u

/* The caller's; borrowed until hf_tls_release(), for one connection at a time. All zeros: nothing
 * is remembered. Only the library fills it. */
typedef struct hf_remembered {
    uint8_t version;
    uint8_t count;      /* of certificates in the path; 5: more than are remembered */
    uint8_t check[6];   /* of all the rest: tells damage, not forgery */
    uint8_t policy[32]; /* of the configuration: hf_config.policy */
    uint8_t anchor[32]; /* what the path ended at; zeros: the path is longer */
    uint8_t certificate[HF_REMEMBERED_POSITIONS][32]; /* SHA-256 of the DER; the leaf is 0 */
} hf_remembered;

#ifdef __cplusplus
}
#endif
#endif
