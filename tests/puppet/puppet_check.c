/* What the puppet checks of the client's flight: certificates, signature, key exchange.
 * See puppet.h.
 */
#include "puppet/puppet_inside.h"

#include <string.h>

void puppet_certificate_in(puppet *p, const uint8_t *body, size_t len)
{
    size_t extra = p->version == HF_TLS13 ? 2 : 0;
    size_t at = p->version == HF_TLS13 ? 4 : 3;
    p->peer_chain_count = 0;
    if (p->peer_raw && p->version != HF_TLS13) { /* RFC 7250 3: no list */
        at = 0;
    }
    while (at + 3 <= len) {
        size_t one = (size_t)body[at] << 16 | (size_t)body[at + 1] << 8 | body[at + 2];
        if (at + 3 + one + extra > len) {
            puppet_fault(p, "the client's certificate list is broken");
            return;
        }
        if (p->peer_chain_count == 0 && one <= sizeof p->peer_leaf) {
            memcpy(p->peer_leaf, body + at + 3, one);
            p->peer_leaf_len = one;
        }
        p->peer_chain_count++;
        at += 3 + one + extra;
    }
    if (at != len) {
        puppet_fault(p, "the client's certificate list has a rest");
    }
}

void puppet_verify_in(puppet *p, const uint8_t *body, size_t len)
{
    if (!puppet_verify_peer(p, (hf_span){body, len})) {
        puppet_fault(p, "the client's signature is wrong");
        return;
    }
    p->certificate_verified = true;
}

void puppet_key_exchange_in(puppet *p, const uint8_t *body, size_t len)
{
    if (len < 1 || body[0] + 1u != len ||
        hf_exchange_agree(&p->exchange, &p->crypto, (hf_span){body + 1, len - 1}, p->shared) !=
            HF_OK) {
        puppet_fault(p, "the client's key exchange is bad");
    }
    puppet_master12(p);
}
