/* The P-256 profile with Mbed TLS 2.28, which opens AEADs whole only: the server's flight in one
 * record has to fit. */
#include "p256.h"

#undef PROFILE_INPUT
#define PROFILE_INPUT 1600
#define PROFILE_ARENA 8192 /* what of it was used is told at the end */
