/* Names of suites, schemes and groups for people: the part of handfast/tls.h over the tables of
 * tls/keys/suite.c. */
#include "tls/keys/suite.h"

#include <handfast/tls.h>

const char *hf_tls_suite_name(uint16_t suite)
{
    const hf_suite *found = hf_suite_find(suite);
    return found == NULL ? "unknown" : found->name;
}

const char *hf_tls_scheme_name(uint16_t scheme)
{
    const hf_scheme_info *found = hf_scheme_find(scheme);
    return found == NULL ? "unknown" : found->name;
}

const char *hf_tls_group_name(uint16_t group)
{
    switch (group) {
    case HF_SECP256R1:
        return "secp256r1";
    case HF_SECP384R1:
        return "secp384r1";
    case HF_X25519:
        return "x25519";
    default:
        return "unknown";
    }
}
