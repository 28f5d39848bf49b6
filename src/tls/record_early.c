/* Refused early data: see record_early.h. */
#include "tls/record_early.h"

#include "tls/record_pieces.h"

hf_code hf_early_skip(hf_record_in *in, uint32_t len)
{
    uint32_t cost = HF_RECORD_HEADER + len; /* so that empty ones count, too */
    if (cost >= in->early) {
        return HF_E_EARLY_DATA;
    }
    in->early -= cost;
    return HF_OK;
}

hf_code hf_early_over(hf_record_in *in, uint32_t *detail)
{
    bool over = in->early > 0 && in->keys.active && in->limit > 0 && in->inner_len > in->limit;
    in->early = 0;
    *detail = over ? in->inner_len : *detail;
    return over ? HF_E_RECORD_OVERFLOW : HF_OK;
}

hf_code hf_early_begin(hf_record_in *in, uint32_t len)
{
    in->state = HF_IN_EARLY;
    in->records++;
    in->start += HF_RECORD_HEADER;
    in->body_left = len;
    (void)hf_early_pass(in);
    return HF_PENDING;
}

bool hf_early_pass(hf_record_in *in)
{
    uint32_t have = in->end - in->start;
    uint32_t len = have < in->body_left ? have : in->body_left;
    in->start += len;
    in->body_left -= len;
    if (in->body_left == 0) {
        in->state = HF_IN_HEADER;
    }
    return in->body_left == 0;
}
