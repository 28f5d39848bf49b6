/* Mbed TLS 2.28 for the P-256 profile on a bare board: the PSA core with what HF_SUITES=aes128
 * uses, no files, no clock, no threads, no TLS. Memory comes from one arena, random numbers from
 * the board.
 */
#ifndef FIRMWARE_MBEDTLS_P256_H
#define FIRMWARE_MBEDTLS_P256_H

#define MBEDTLS_PSA_CRYPTO_C
#define MBEDTLS_PSA_CRYPTO_EXTERNAL_RNG   /* mbedtls_psa_external_get_random() of device_crypto.c */
#define MBEDTLS_PSA_KEY_SLOT_COUNT      8 /* docs/porting.md says how many a connection needs */

#define MBEDTLS_PLATFORM_C
#define MBEDTLS_PLATFORM_MEMORY
#define MBEDTLS_PLATFORM_NO_STD_FUNCTIONS
#define MBEDTLS_PLATFORM_EXIT_MACRO board_exit /* what the arena does when it is damaged */
#define MBEDTLS_MEMORY_BUFFER_ALLOC_C
#define MBEDTLS_NO_PLATFORM_ENTROPY
#define MBEDTLS_HAVE_ASM

#define MBEDTLS_SHA256_C
#define MBEDTLS_SHA256_SMALLER
#define MBEDTLS_MD_C
#define MBEDTLS_AES_C
#define MBEDTLS_AES_ROM_TABLES
#define MBEDTLS_AES_FEWER_TABLES
#define MBEDTLS_GCM_C
#define MBEDTLS_CIPHER_C

#define MBEDTLS_BIGNUM_C
#define MBEDTLS_ASN1_PARSE_C
#define MBEDTLS_ASN1_WRITE_C
#define MBEDTLS_ECP_C
#define MBEDTLS_ECP_DP_SECP256R1_ENABLED
#define MBEDTLS_ECP_DP_CURVE25519_ENABLED
#define MBEDTLS_ECP_NIST_OPTIM
#define MBEDTLS_ECP_NO_INTERNAL_RNG     /* PSA gives each operation its random numbers */
#define MBEDTLS_ECP_WINDOW_SIZE       2 /* the least memory */
#define MBEDTLS_ECP_FIXED_POINT_OPTIM 0
#define MBEDTLS_ECDH_C
#define MBEDTLS_ECDSA_C

void board_exit(int code);

#include "mbedtls/check_config.h"

#endif
