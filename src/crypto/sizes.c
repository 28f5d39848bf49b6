/* Facts that no backend has to say again: sizes by number. */
#include "crypto/crypto.h"

size_t hf_hash_size_of(hf_hash_id id)
{
    static const uint8_t sizes[] = {0, 32, HF_HAS_SHA384 ? 48 : 0, HF_HAS_SHA384 ? 64 : 0, 20};
    return (unsigned)id < sizeof sizes ? sizes[id] : 0;
}

size_t hf_aead_key_size_of(hf_aead_id id)
{
    static const uint8_t sizes[] = {0, 16, HF_HAS_AES256 ? 32 : 0, HF_HAS_CCM ? 16 : 0,
                                    HF_HAS_CHACHA20 ? 32 : 0};
    return (unsigned)id < sizeof sizes ? sizes[id] : 0;
}

size_t hf_exchange_point_size(uint16_t group)
{
    bool p384 = HF_HAS_P384 && group == HF_SECP384R1;
    return group == HF_X25519 ? 32 : group == HF_SECP256R1 ? 65 : p384 ? 97 : 0;
}

size_t hf_exchange_shared_size(uint16_t group)
{
    return HF_HAS_P384 && group == HF_SECP384R1 ? 48 : hf_exchange_point_size(group) > 0 ? 32 : 0;
}
