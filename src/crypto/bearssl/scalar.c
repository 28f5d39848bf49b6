/* Range of EC scalars: BearSSL's results are undefined outside of [1, n-1], so we look first. */
#include "crypto/bearssl/state.h"

bool hf_br_scalar_ok(const uint8_t *scalar, size_t len, int curve)
{
    size_t order_len = 0;
    const uint8_t *order = hf_br_curve(curve)->order(curve, &order_len);
    unsigned borrow = 0;
    unsigned any = 0;
    if (len != order_len) {
        return false;
    }
    for (size_t i = len; i > 0; i--) { /* scalar - order borrows at the end: it is less */
        unsigned difference = (unsigned)scalar[i - 1] - order[i - 1] - borrow;
        borrow = difference >> 8 & 1;
        any |= scalar[i - 1];
    }
    return borrow == 1 && any != 0;
}
