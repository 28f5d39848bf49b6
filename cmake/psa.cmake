# The PSA implementation of this build: -DMBEDCRYPTO_LIBRARY=FILE and -DCMAKE_C_FLAGS=-I... for
# another one than the system's Mbed TLS. HF_PSA_PIECES: 1 when it opens AEADs in pieces, which Mbed TLS
# 2.28 declares and does not have; so it is linked, not only looked up. HF_PSA_SHORT_HASHES: 1 when its
# hashes need no room for SHA-512.
include(CheckCSourceCompiles)
find_library(MBEDCRYPTO_LIBRARY mbedcrypto REQUIRED)
set(CMAKE_REQUIRED_LIBRARIES ${MBEDCRYPTO_LIBRARY})
check_c_source_compiles("
#include <psa/crypto.h>
int main(void)
{
    return (int)psa_crypto_init();
}" HF_PSA_WORKS)
if(NOT HF_PSA_WORKS)
  message(FATAL_ERROR "HF_BACKEND=psa: no program with psa_crypto_init() can be linked with "
    "${MBEDCRYPTO_LIBRARY}; is it built with MBEDTLS_PSA_CRYPTO_C, and are its headers found?")
endif()
if(CMAKE_TRY_COMPILE_TARGET_TYPE STREQUAL STATIC_LIBRARY) # nothing is linked then: look for the symbol
  execute_process(COMMAND ${CMAKE_NM} ${MBEDCRYPTO_LIBRARY} OUTPUT_VARIABLE symbols
    COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCH " T psa_aead_decrypt_setup\n" HF_PSA_LINKS_PIECES "${symbols}")
else()
  check_c_source_compiles("
#include <psa/crypto.h>
int main(void)
{
    psa_aead_operation_t operation = PSA_AEAD_OPERATION_INIT;
    return (int)psa_aead_decrypt_setup(&operation, 0, PSA_ALG_GCM);
}" HF_PSA_LINKS_PIECES)
endif()
check_c_source_compiles("
#include <psa/crypto.h>
_Static_assert(sizeof(psa_hash_operation_t) <= 120, \"SHA-256 only\");
int main(void)
{
    return 0;
}" HF_PSA_SHORT_HASHES)
unset(CMAKE_REQUIRED_LIBRARIES)
set(HF_PSA_PIECES 0)
if(HF_PSA_LINKS_PIECES)
  set(HF_PSA_PIECES 1)
endif()
