/* Keys of the psa backend: bytes go to the implementation, which from then on holds them under an
 * id. Volatile, so that a reset leaves none behind. */
#include "crypto/psa/state.h"

psa_status_t hf_psa_import(psa_key_type_t type, psa_key_usage_t usage, psa_algorithm_t algorithm,
                           hf_span bytes, psa_key_id_t *key)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    *key = 0;
    psa_set_key_type(&attributes, type);
    psa_set_key_usage_flags(&attributes, usage);
    psa_set_key_algorithm(&attributes, algorithm);
    return psa_import_key(&attributes, bytes.ptr, bytes.len, key);
}

hf_code hf_psa_failure(psa_status_t status)
{
    return status == PSA_ERROR_NOT_SUPPORTED ? HF_E_UNSUPPORTED : HF_E_BACKEND;
}
