/* Stand-in for remembered.c in builds without remembered chains (HF_CERTIFICATES=POCKET or OFF):
 * what is stored stays as it is, and every signature is verified.
 */
#include "tls/remembered.h"

size_t hf_remembered_room(const hf_config *config, const hf_tls_memory *memory)
{
    (void)config;
    (void)memory;
    return 0;
}

void hf_remembered_begin(hf_handshake *hs, const hf_tls_memory *memory)
{
    (void)hs;
    (void)memory;
}

void hf_remembered_end(hf_handshake *hs, bool good)
{
    (void)hs;
    (void)good;
}

uint32_t hf_remembered_detail(const hf_handshake *hs, hf_code code)
{
    (void)hs;
    (void)code;
    return 0;
}
