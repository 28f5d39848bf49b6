/* Stand-in for remember.c in builds without remembered chains (HF_CERTIFICATES=POCKET): nothing is
 * noted, nothing is known.
 */
#include "x509/remember.h"

void hf_remember_certificate(const hf_path_policy *policy, unsigned position, hf_span der)
{
    (void)policy;
    (void)position;
    (void)der;
}

void hf_remember_anchor(const hf_path_policy *policy, unsigned position, const hf_anchor *anchor)
{
    (void)policy;
    (void)position;
    (void)anchor;
}

bool hf_remembers_link(const hf_path_policy *policy, unsigned position)
{
    (void)policy;
    (void)position;
    return false;
}

bool hf_remembers_top(const hf_path_policy *policy, unsigned position)
{
    (void)policy;
    (void)position;
    return false;
}

bool hf_remembers_anchor(const hf_path_policy *policy, unsigned position, const hf_anchor *anchor)
{
    (void)policy;
    (void)position;
    (void)anchor;
    return false;
}
