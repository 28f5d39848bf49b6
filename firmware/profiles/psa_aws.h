/* The AWS profile with Mbed TLS 2.28, which opens AEADs whole only: with this input buffer the server is
 * asked for records of 1,024 bytes (max_fragment_length). */
#include "aws.h"

#undef PROFILE_INPUT
#define PROFILE_INPUT 1536
#define PROFILE_ARENA 16384 /* what of it was used is told at the end */
