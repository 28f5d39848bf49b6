# What single unit tests are linked with, for a host (tests/) and for a device (firmware/unit/).

# Public-key operations are counted at the seam of src/crypto.
set(operations hf_exchange_generate hf_exchange_agree hf_crypto_verify hf_key_sign)
list(TRANSFORM operations PREPEND -Wl,--wrap=)
target_link_options(test_work PRIVATE ${operations})
foreach(name x509_whole x509_whole_limits x509_remembered x509_remembered_any remembered x509_ocsp
    x509_ocsp_made)
  if(TARGET test_${name}) # one of them needs events
    target_link_options(test_${name} PRIVATE -Wl,--wrap=hf_crypto_verify)
  endif()
endforeach()
