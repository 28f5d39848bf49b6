/* Stand-in for constraints.c in builds that cannot check name constraints (HF_CERTIFICATES=POCKET):
 * that a CA has some is read, and refuses the path.
 */
#include "x509/constraints.h"

#include "x509/der.h"

hf_span hf_constraints_read(hf_reader *r)
{
    return hf_der_read(r, HF_DER_SEQUENCE);
}

void hf_constraints_collect(const hf_space *area, uint32_t *len, const hf_certificate *certificate,
                            uint8_t depth)
{
    (void)area;
    (void)len;
    (void)certificate;
    (void)depth;
}

hf_code hf_constraints_check(hf_span constraints, hf_span names, uint8_t *depth)
{
    (void)constraints;
    (void)names;
    (void)depth;
    return HF_E_CONSTRAINTS_LEFT_OUT;
}
