/* Stand-in for ocsp.c and ocsp_read.c in builds without OCSP: nothing is checked, everything
 * refused. */
#include "x509/ocsp.h"

bool hf_ocsp_available(void)
{
    return false;
}

void hf_ocsp_start(hf_ocsp *ocsp, const hf_crypto *crypto, hf_span response,
                   const hf_ocsp_subject *subject, hf_time now)
{
    *ocsp = (hf_ocsp){.crypto = crypto, .response = response, .subject = *subject, .now = now};
}

hf_code hf_ocsp_run(hf_ocsp *ocsp)
{
    ocsp->state = HF_OCSP_FAILED;
    return HF_E_UNSUPPORTED;
}
