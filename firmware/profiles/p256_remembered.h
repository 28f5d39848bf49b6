/* The P-256 profile for devices that keep a remembered chain: room for it beside the certificate.
 */
#include "p256.h"

#undef PROFILE_CERTIFICATE
#define PROFILE_CERTIFICATE 984
