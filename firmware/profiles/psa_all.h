/* Everything that the library has, in buffers for any server, with Mbed TLS 2.28, which opens AEADs
 * whole only: for tests. */
#include "all.h"

#undef PROFILE_INPUT
#define PROFILE_INPUT 4096
#define PROFILE_ARENA 16384 /* what of it was used is told at the end */
