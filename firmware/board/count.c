/* Marks around what the crypto backend does, for the counting build: the linker is told to put
 * these functions around those of the library (-Wl,--wrap), so the library itself is unchanged. */
#include "board.h"

#include "crypto/crypto.h"

#define PUBLIC_KEY 8
#define AEAD       9
#define HASH       10
#define MARK(n)    BOARD_MARK(n)

/* Each wraps the function of its name: same arguments, same result. */
#define WRAP(class_, type, name, parameters, arguments)                                            \
    type __real_##name parameters;                                                                 \
    type __wrap_##name parameters;                                                                 \
    type __wrap_##name parameters                                                                  \
    {                                                                                              \
        MARK(class_);                                                                              \
        type result = __real_##name arguments;                                                     \
        MARK(11);                                                                                  \
        return result;                                                                             \
    }
#define WRAP_VOID(class_, name, parameters, arguments)                                             \
    void __real_##name parameters;                                                                 \
    void __wrap_##name parameters;                                                                 \
    void __wrap_##name parameters                                                                  \
    {                                                                                              \
        MARK(class_);                                                                              \
        __real_##name arguments;                                                                   \
        MARK(11);                                                                                  \
    }

WRAP(PUBLIC_KEY, hf_code, hf_exchange_generate,
     (hf_exchange * exchange, const hf_crypto *crypto, uint16_t group, uint8_t *point),
     (exchange, crypto, group, point))
WRAP(PUBLIC_KEY, hf_code, hf_exchange_agree,
     (hf_exchange * exchange, const hf_crypto *crypto, hf_span point, uint8_t *shared),
     (exchange, crypto, point, shared))
WRAP(PUBLIC_KEY, hf_code, hf_crypto_verify,
     (const hf_crypto *crypto, const hf_public_key *key, hf_signature_kind kind, hf_hash_id hash,
      const uint8_t *value, hf_span signature),
     (crypto, key, kind, hash, value, signature))
WRAP(PUBLIC_KEY, hf_code, hf_key_sign,
     (const hf_key *key, const hf_crypto *crypto, hf_signature_kind kind, hf_hash_id hash,
      const uint8_t *value, uint8_t *signature, size_t cap, size_t *len),
     (key, crypto, kind, hash, value, signature, cap, len))
WRAP(AEAD, hf_code, hf_aead_init,
     (hf_aead * aead, const hf_crypto *crypto, hf_aead_id id, const uint8_t *key, bool sealing),
     (aead, crypto, id, key, sealing))
WRAP(AEAD, hf_code, hf_aead_seal,
     (hf_aead * aead, const uint8_t *nonce, hf_span ad, uint8_t *data, size_t len, uint8_t *tag),
     (aead, nonce, ad, data, len, tag))
WRAP(AEAD, hf_code, hf_aead_open,
     (hf_aead * aead, const uint8_t *nonce, hf_span ad, uint8_t *data, size_t len,
      const uint8_t *tag),
     (aead, nonce, ad, data, len, tag))
WRAP(AEAD, hf_code, hf_aead_pieces_begin,
     (hf_aead * aead, hf_aead_pieces *pieces, const uint8_t *nonce, hf_span ad, size_t total),
     (aead, pieces, nonce, ad, total))
WRAP(AEAD, hf_code, hf_aead_pieces_next,
     (hf_aead * aead, hf_aead_pieces *pieces, uint8_t *data, size_t len), (aead, pieces, data, len))
WRAP(AEAD, hf_code, hf_aead_pieces_end,
     (hf_aead * aead, hf_aead_pieces *pieces, const uint8_t *tag), (aead, pieces, tag))
WRAP_VOID(HASH, hf_hash_start, (hf_hash * hash, hf_hash_id id), (hash, id))
WRAP_VOID(HASH, hf_hash_add, (hf_hash * hash, const uint8_t *ptr, size_t len), (hash, ptr, len))
WRAP_VOID(HASH, hf_hash_clone, (hf_hash * to, const hf_hash *from), (to, from))
WRAP_VOID(HASH, hf_hash_final, (hf_hash * hash, uint8_t *out), (hash, out))
