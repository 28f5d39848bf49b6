/* Stand-in for TLS 1.2, in builds without it (HF_VERSIONS=1.3, HF_CERTIFICATES=OFF). None of its
 * suites is there then, so it is neither offered nor chosen; what the engine calls only has to be
 * there.
 */
#include "tls/handshake.h"
#include "tls/keys/schedule12.h"

#include <string.h>

const hf_row *hf_flow12_row(unsigned index)
{
    (void)index;
    return NULL;
}

const hf_row *hf_flow12_later(unsigned index)
{
    (void)index;
    return NULL;
}

hf_code hf_check_answers12(hf_handshake *hs, const hf_extensions *answers)
{
    (void)hs;
    (void)answers;
    return HF_E_VERSION;
}

hf_code hf_record_keys12(hf_record_keys *sealing, hf_record_keys *opening, const hf_crypto *crypto,
                         const hf_suite *suite, const hf_master_secret12 *master,
                         const uint8_t client_random[32], const uint8_t server_random[32],
                         bool client)
{
    (void)sealing;
    (void)opening;
    (void)crypto;
    (void)suite;
    (void)master;
    (void)client_random;
    (void)server_random;
    (void)client;
    return HF_E_INTERNAL;
}

void hf_export12(hf_hash_id hash, const hf_master_secret12 *master, const char *label,
                 const uint8_t client_random[32], const uint8_t server_random[32],
                 const hf_span *context, uint8_t *out, size_t len)
{
    (void)hash;
    (void)master;
    (void)label;
    (void)client_random;
    (void)server_random;
    (void)context;
    memset(out, 0, len);
}
