/* Mbed TLS 2.28 for the AWS profile: besides the P-256 profile's, RSA for the server's
 * certificates, SHA-384 and SHA-512. AES-256 is in AES anyway. */
#ifndef FIRMWARE_MBEDTLS_AWS_H
#define FIRMWARE_MBEDTLS_AWS_H

#define MBEDTLS_SHA512_C
#define MBEDTLS_SHA512_SMALLER
#define MBEDTLS_RSA_C
#define MBEDTLS_PKCS1_V15
#define MBEDTLS_PKCS1_V21
#define MBEDTLS_OID_C
#define MBEDTLS_PK_C
#define MBEDTLS_PK_PARSE_C /* PSA reads RSA keys with it */
#define MBEDTLS_PK_WRITE_C
#define MBEDTLS_MPI_MAX_SIZE 512 /* RSA-4096 */

#include "p256.h"

#endif
