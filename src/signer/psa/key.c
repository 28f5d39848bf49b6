/* An identity's private key by its id in the PSA key store: see handfast/psa.h. The form in which
 * the backend gets it is told in crypto.h (hf_private_key). */
#include <handfast/psa.h>

#include "crypto/psa/state.h"

hf_code hf_config_psa_key(hf_config *config, hf_identity *identity, uint32_t key_id)
{
    hf_key_kind kind = HF_KEY_NONE;
    bool deterministic = false;
    identity->key_parts = (hf_private_key){.pub = {.kind = HF_KEY_NONE}};
    hf_code code = hf_psa_key_kind(key_id, &kind, &deterministic);
    if (code != HF_OK) {
        return hf_fail(&config->error, code);
    }
    identity->key_parts.pub.kind = kind;
    identity->key_parts.secret.len = key_id;
    return HF_OK;
}
