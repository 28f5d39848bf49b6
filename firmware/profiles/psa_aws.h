/* The AWS profile with Mbed TLS 2.28, which opens AEADs whole only: AWS IoT Core does not heed
 * max_fragment_length, so its flight in one record of TLS 1.3 has to fit. */
#include "aws.h"

#undef PROFILE_INPUT
#define PROFILE_INPUT 6144
#define PROFILE_ARENA 16384 /* what of it was used is told at the end */
