/* NIST SP 800-90B 4.4.1 (repetition count) and 4.4.2 (adaptive proportion), both with a false
 * positive probability of 2^-20 for each sample or window. */
#include <handfast/entropy.h>

#include <stdbool.h>
#include <string.h>

#define BITS_MAX 8
#define WINDOW   512 /* 4.4.2: of samples that are not binary */

/* 1 + ceil(20 / H). */
static const uint8_t REPEATS[BITS_MAX] = {21, 11, 8, 6, 5, 5, 4, 4};

/* 1 + the smallest c for which a binomial variable of 512 tries at 2^-H is at most c with a
 * probability of 1 - 2^-20. */
static const uint16_t SHARES[BITS_MAX] = {311, 177, 103, 62, 39, 25, 18, 13};

hf_code hf_entropy_begin(hf_entropy *check, unsigned bits)
{
    memset(check, 0, sizeof *check);
    if (bits < 1 || bits > BITS_MAX) {
        check->code = HF_E_USAGE;
        return HF_E_USAGE;
    }
    check->repeat_cutoff = REPEATS[bits - 1];
    check->share_cutoff = SHARES[bits - 1];
    return HF_OK;
}

static bool repeats_too_often(hf_entropy *check, uint8_t sample)
{
    bool again = check->repeats > 0 && sample == check->last;
    check->repeats = again ? (uint8_t)(check->repeats + 1u) : 1;
    check->last = sample;
    return check->repeats >= check->repeat_cutoff;
}

static bool has_too_large_a_share(hf_entropy *check, uint8_t sample)
{
    if (check->window == 0) {
        check->first = sample;
        check->share = 0;
    }
    check->share = (uint16_t)(check->share + (sample == check->first ? 1u : 0u));
    check->window = (uint16_t)((check->window + 1u) % WINDOW);
    return check->share >= check->share_cutoff;
}

hf_code hf_entropy_look(hf_entropy *check, const uint8_t *samples, size_t count)
{
    for (size_t i = 0; i < count && check->code == HF_OK; i++) {
        bool repeats = repeats_too_often(check, samples[i]);
        if (has_too_large_a_share(check, samples[i]) || repeats) {
            check->code = HF_E_NO_RANDOM;
        }
        check->passed = (uint16_t)(check->passed + (check->passed < HF_ENTROPY_START ? 1u : 0u));
    }
    if (check->code != HF_OK) {
        return (hf_code)check->code;
    }
    return check->passed < HF_ENTROPY_START ? HF_PENDING : HF_OK;
}
