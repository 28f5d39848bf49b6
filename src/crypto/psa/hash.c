/* Hashes of the psa backend: operations held by value.
 *
 * hf_hash never fails, PSA may (a hash engine that does not answer). A failed operation refuses all
 * that follows, so one look at the end sees it; the result is then random, which compares equal to
 * nothing and is no key that anybody knows. Without random numbers too, nothing safe is left: stop.
 */
#include "crypto/psa/state.h"
#include "wire/secret.h"

#include <string.h>

psa_algorithm_t hf_psa_hash_of(hf_hash_id id)
{
    static const psa_algorithm_t ALGORITHMS[] = {
        0, PSA_ALG_SHA_256, HF_PSA_HAS_SHA384 ? PSA_ALG_SHA_384 : 0,
        HF_PSA_HAS_SHA512 ? PSA_ALG_SHA_512 : 0, HF_PSA_HAS_SHA1 ? PSA_ALG_SHA_1 : 0};
    return (unsigned)id < sizeof ALGORITHMS / sizeof ALGORITHMS[0] ? ALGORITHMS[id] : 0;
}

/* Fingerprints are wanted before there is a configuration, and so before PSA was started. */
void hf_hash_start(hf_hash *hash, hf_hash_id id)
{
    hf_psa_hash *own = (hf_psa_hash *)hash->space_;
    memset(own, 0, sizeof *own);
    hash->id = (uint8_t)id;
    if (psa_hash_setup(&own->operation, hf_psa_hash_of(id)) == PSA_ERROR_BAD_STATE &&
        psa_crypto_init() == PSA_SUCCESS) {
        memset(own, 0, sizeof *own);
        (void)psa_hash_setup(&own->operation, hf_psa_hash_of(id));
    }
}

void hf_hash_add(hf_hash *hash, const uint8_t *ptr, size_t len)
{
    hf_psa_hash *own = (hf_psa_hash *)hash->space_;
    if (len > 0) { /* ptr may be NULL */
        (void)psa_hash_update(&own->operation, ptr, len);
    }
}

void hf_hash_clone(hf_hash *to, const hf_hash *from)
{
    const hf_psa_hash *source = (const hf_psa_hash *)from->space_;
    hf_psa_hash *own = (hf_psa_hash *)to->space_;
    memset(own, 0, sizeof *own);
    to->id = from->id;
    (void)psa_hash_clone(&source->operation, &own->operation);
}

void hf_hash_final(hf_hash *hash, uint8_t *out)
{
    hf_psa_hash *own = (hf_psa_hash *)hash->space_;
    size_t size = hf_hash_size((hf_hash_id)hash->id);
    size_t len = 0;
    psa_status_t status = psa_hash_finish(&own->operation, out, size, &len);
    if ((status != PSA_SUCCESS || len != size) && !hf_psa_random(NULL, out, size)) {
        __builtin_trap();
    }
    hf_wipe(hash, sizeof *hash);
}

void hf_hash_drop(hf_hash *hash)
{
    hf_psa_hash *own = (hf_psa_hash *)hash->space_;
    if (hash->id != HF_HASH_NONE) {
        (void)psa_hash_abort(&own->operation);
    }
    hf_wipe(hash, sizeof *hash);
}
