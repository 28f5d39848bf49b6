/* Mbed TLS 2.28 with everything that the library can use: for tests. */
#ifndef FIRMWARE_MBEDTLS_ALL_H
#define FIRMWARE_MBEDTLS_ALL_H

#define MBEDTLS_CCM_C
#define MBEDTLS_CHACHA20_C
#define MBEDTLS_POLY1305_C
#define MBEDTLS_CHACHAPOLY_C
#define MBEDTLS_ECP_DP_SECP384R1_ENABLED

#include "aws.h"

#endif
