# Refuses values that no option has, and options that exclude each other, before anything is built: a
# misspelt value would otherwise mean something, and mostly the default. scripts/check-options tries it.

# What this project's options can be: ON and OFF as CMake spells them, or a word of the list.
set(hf_switch "^(1|0|ON|OFF|YES|NO|TRUE|FALSE|Y|N)$")
foreach(name HF_BACKEND HF_SUITES HF_ROLES HF_VERSIONS HF_CERTIFICATES HF_SANITIZE HF_ERROR_TEXTS HF_OCSP
    HF_EXTERNAL_PSK HF_TRACE HF_TOOL HF_TESTS)
  get_property(words CACHE ${name} PROPERTY STRINGS)
  string(TOUPPER "${${name}}" value)
  if("${${name}}" IN_LIST words OR (value MATCHES "${hf_switch}" AND (NOT words OR ON IN_LIST words)))
    continue()
  endif()
  if(NOT words)
    set(words ON OFF)
  endif()
  list(JOIN words ", " words)
  message(FATAL_ERROR "${name} is \"${${name}}\"; it can be: ${words}")
endforeach()

set(pem OFF) # all that certificates can be
if(HF_CERTIFICATES AND NOT HF_CERTIFICATES MATCHES "^(DER|POCKET)$")
  set(pem ON)
endif()
if(NOT HF_EXTERNAL_PSK AND NOT (HF_CERTIFICATES AND HF_ROLES STREQUAL client))
  message(FATAL_ERROR "HF_EXTERNAL_PSK=OFF is for HF_ROLES=client with certificates")
endif()
if(NOT pem AND (HF_TOOL OR HF_SANITIZE STREQUAL FUZZ))
  message(FATAL_ERROR "HF_TOOL and HF_SANITIZE=FUZZ need certificates and PEM: set them OFF, or HF_CERTIFICATES ON")
endif()
if(HF_TOOL AND NOT HF_TRACE)
  message(FATAL_ERROR "HF_TOOL needs events: set it OFF, or HF_TRACE ON")
endif()
if(HF_TOOL AND NOT HF_ROLES STREQUAL both)
  message(FATAL_ERROR "HF_TOOL needs both roles, for it has a server: set it OFF, or HF_ROLES both")
endif()
if(NOT HF_SUITES STREQUAL all AND HF_BACKEND STREQUAL openssl)
  message(FATAL_ERROR "HF_SUITES other than all is for HF_BACKEND=bearssl and psa")
endif()
