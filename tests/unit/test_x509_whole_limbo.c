/* C2SP/x509-limbo through the whole walk: the certificates as the suite gives them, once in its
 * order and once reversed. Limits are raised where a case is about something else.
 */
#define _DEFAULT_SOURCE /* timegm */

#include "unit/limbo.h"

#include "x509/whole.h"

static hf_code walk_whole(limbo_case *c, bool reversed)
{
    static hf_span certificates[CERTIFICATES_MAX + 1];
    hf_whole whole;
    certificates[0] = c->peer;
    for (size_t i = 0; i < c->others_count; i++) {
        certificates[1 + i] = c->others[reversed ? c->others_count - 1 - i : i];
    }
    hf_whole_start(&whole, &c->policy, certificates, c->others_count + 1,
                   (hf_space){.ptr = names, .cap = NAMES});
    hf_code code = HF_PENDING;
    while (code == HF_PENDING) {
        code = hf_whole_run(&whole);
    }
    assert_in_range(whole.signatures, 0, c->policy.max_signatures);
    return code;
}

static bool accepted(limbo_case *c)
{
    c->policy.max_certificates = HF_WHOLE_CERTIFICATES_MAX;
    c->policy.max_signatures = 12;
    c->first_error = walk_whole(c, false);
    hf_code again = walk_whole(c, true);
    assert_int_equal(again == HF_OK, c->first_error == HF_OK);
    return c->first_error == HF_OK;
}

static void every_case(void **state)
{
    limbo_run(*state, accepted);
}

int main(void)
{
    return limbo_main(every_case);
}
