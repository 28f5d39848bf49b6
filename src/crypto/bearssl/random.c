/* The operating system's random numbers. Linux: getrandom(), which waits until the kernel is seeded
 * and needs no file. Elsewhere: BearSSL's seeder of the system (none on bare metal) through its
 * HMAC_DRBG, seeded anew for each call, so that nothing is shared or kept. */
#include "crypto/bearssl/state.h"
#include "wire/secret.h"

#if defined(__linux__)

#include <errno.h>
#include <sys/random.h>

bool hf_br_system_random(void *ctx, uint8_t *out, size_t len)
{
    (void)ctx;
    while (len > 0) {
        ssize_t got = getrandom(out, len, 0);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return false;
        }
        out += got;
        len -= (size_t)got;
    }
    return true;
}

#else

bool hf_br_system_random(void *ctx, uint8_t *out, size_t len)
{
    (void)ctx;
    br_prng_seeder seed = br_prng_seeder_system(NULL);
    br_hmac_drbg_context drbg;
    if (seed == NULL) {
        return false;
    }
    br_hmac_drbg_init(&drbg, &br_sha256_vtable, NULL, 0);
    bool good = seed(&drbg.vtable) == 1;
    if (good) {
        br_hmac_drbg_generate(&drbg, out, len);
    }
    hf_wipe(&drbg, sizeof drbg);
    return good;
}

#endif
