/* The health of a board's noise source: the continuous tests of NIST SP 800-90B 4.4.
 *
 * For a port that gives hf_config.random out of raw noise (oscillators, an ADC, SRAM at power-up):
 * it passes every raw sample through the check before anything is made of it, and gives out nothing
 * once that has failed. What comes out of a DRBG or a conditioned hardware generator is not raw,
 * and looks healthy whatever is behind it. docs/porting.md has the whole contract.
 *
 * The tests find a source that is broken, not one that can be guessed: a counter passes.
 */
#ifndef HANDFAST_ENTROPY_H
#define HANDFAST_ENTROPY_H

#include <handfast/error.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HF_ENTROPY_START 1024 /* samples that have to pass before the source is used (4.3) */

/* All members are private. */
typedef struct hf_entropy {
    uint16_t share_cutoff; /* adaptive proportion: of a window's samples, equal to its first */
    uint16_t share;
    uint16_t window; /* samples of the window looked at */
    uint16_t passed; /* samples, up to HF_ENTROPY_START */
    uint8_t repeat_cutoff;
    uint8_t repeats;
    uint8_t last;
    uint8_t first; /* of the window */
    uint16_t code; /* hf_code; the first error sticks */
} hf_entropy;

/* `bits`: the min-entropy that a sample of one byte is known to have at least, 1 to 8; for a source
 * with less put several samples into one byte. A healthy source fails either test once in 2^20
 * samples or more rarely. Error: HF_E_USAGE. */
hf_code hf_entropy_begin(hf_entropy *check, unsigned bits);

/* Looks at `count` samples. HF_OK: healthy; HF_PENDING: so far, but the start test has not seen
 * HF_ENTROPY_START samples, and none may be used; HF_E_NO_RANDOM, from now on always: repetition
 * count (4.4.1) or adaptive proportion (4.4.2) is beyond its cutoff. */
hf_code hf_entropy_look(hf_entropy *check, const uint8_t *samples, size_t count);

#ifdef __cplusplus
}
#endif
#endif
