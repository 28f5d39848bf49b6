# Kconfig.options as options of CMakeLists.txt: CONFIG_HANDFAST_... becomes HF_.... The backend is PSA,
# which ESP-IDF and Zephyr bring.
set(HF_BACKEND psa)
set(HF_SUITES all) # psa/crypto_config.h leaves out what is not wanted
set(HF_ROLES client)
if(CONFIG_HANDFAST_SERVER)
  set(HF_ROLES both)
endif()
set(HF_VERSIONS 1.3)
if(CONFIG_HANDFAST_TLS12)
  set(HF_VERSIONS both)
endif()
set(HF_EXTERNAL_PSK 1)
foreach(option CERTIFICATES OCSP ERROR_TEXTS TRACE PSA_PIECES)
  set(HF_${option} 0)
  if(CONFIG_HANDFAST_${option})
    set(HF_${option} 1)
  endif()
endforeach()
