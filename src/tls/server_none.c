/* Stand-in for the server's half, in builds with HF_ROLES=client. Configurations of a server are
 * refused when they are built, so none of this is reached: it only has to be there.
 */
#include "tls/handshake.h"
#include "tls/keys/session.h"
#include "tls/record_early.h"

#include <string.h>

/* ---- early data, which only a server is sent */

hf_code hf_early_skip(hf_record_in *in, uint32_t len)
{
    (void)in;
    (void)len;
    return HF_E_INTERNAL;
}

hf_code hf_early_over(hf_record_in *in, uint32_t *detail)
{
    (void)in;
    (void)detail;
    return HF_OK;
}

hf_code hf_early_begin(hf_record_in *in, uint32_t len)
{
    (void)in;
    (void)len;
    return HF_E_INTERNAL;
}

bool hf_early_pass(hf_record_in *in)
{
    (void)in;
    return true;
}

/* ---- sessions that a server keeps */

void hf_ticket_context(const hf_handshake *hs, uint8_t context[32])
{
    (void)hs;
    memset(context, 0, 32);
}

size_t hf_stored_write(const hf_session_state *state, const uint8_t context[32],
                       uint8_t out[HF_STORED_MAX])
{
    (void)state;
    (void)context;
    (void)out;
    return 0;
}
