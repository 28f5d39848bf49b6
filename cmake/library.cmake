# What libhandfast is made of, out of the options HF_BACKEND, HF_SUITES, HF_ROLES, HF_VERSIONS, HF_ERROR_TEXTS,
# HF_OCSP, HF_CERTIFICATES, HF_EXTERNAL_PSK, HF_TRACE and, with the psa backend, HF_PSA_PIECES. Gives hf_sources (whole
# paths), hf_definitions (for the library's own sources), hf_include, hf_private_include, and
# hf_write_headers(). The one list for every build: CMake's own, ESP-IDF's and Zephyr's.
get_filename_component(hf_root ${CMAKE_CURRENT_LIST_DIR} DIRECTORY)
set(hf_include ${hf_root}/include)
set(hf_private_include ${hf_root}/src)

set(hf_layers error wire entropy crypto crypto/${HF_BACKEND} x509 tls/keys tls/message tls signer/${HF_BACKEND}
  mqtt)
set(hf_sources)
foreach(layer ${hf_layers})
  file(GLOB found CONFIGURE_DEPENDS ${hf_root}/src/${layer}/*.c)
  list(APPEND hf_sources ${found})
endforeach()

# hf_leave_out(PATTERN...): of names of files, without .c, as they stand under src/.
macro(hf_leave_out)
  foreach(pattern ${ARGN})
    list(FILTER hf_sources EXCLUDE REGEX "/src/${pattern}\\.c$")
  endforeach()
endmacro()

hf_leave_out("mqtt/link[a-z_]*") # the link keeper is part of handfast_net
if(HF_ERROR_TEXTS)
  hf_leave_out("error/error_notext")
else()
  hf_leave_out("error/error_text")
endif()
set(hf_pem 0)
set(hf_remembered 1)
if(HF_CERTIFICATES AND NOT HF_CERTIFICATES MATCHES "^(DER|POCKET)$")
  set(hf_pem 1)
  hf_leave_out("x509/pem_none")
else()
  hf_leave_out("x509/pem")
endif()
if(HF_CERTIFICATES STREQUAL "POCKET")
  set(hf_remembered 0)
  hf_leave_out("x509/(constraints|host_address|remember)" "tls/remembered")
else()
  hf_leave_out("x509/(constraints|host_address|remember)_none")
endif()
if(HF_CERTIFICATES)
  hf_leave_out("tls/certificates_none")
  if(hf_remembered)
    hf_leave_out("tls/remembered_none")
  endif()
else() # what is left of x509: names and addresses of hosts
  hf_leave_out("x509/.*" "signer/.*" "tls/config_(anchors|identity)" "tls/offer_schemes"
    "tls/step_(certificate|chain|verify|sign|request)" "tls/(choose_identity|remembered)"
    "tls/message/certificate[a-z_]*" "crypto/(pss|rsa_key|ecdsa_der)"
    "crypto/[a-z]+/(key|sign|verify|decrypt_key|rsa_der)")
  list(APPEND hf_sources ${hf_root}/src/x509/clock.c ${hf_root}/src/x509/host.c ${hf_root}/src/x509/host_address.c
    ${hf_root}/src/x509/ocsp_none.c)
endif()
if(NOT HF_EXTERNAL_PSK) # keys agreed beforehand
  hf_leave_out("tls/step_external_psk" "tls/keys/psk")
endif()
if(HF_OCSP AND HF_CERTIFICATES)
  hf_leave_out("x509/ocsp_none")
else()
  hf_leave_out("x509/ocsp(_read)?")
endif()

set(hf_tls12 1)
if(NOT HF_CERTIFICATES OR HF_VERSIONS STREQUAL "1.3")
  set(hf_tls12 0)
  hf_leave_out("tls/(flow12|step12|step_server12)" "tls/keys/schedule12" "tls/message/key_exchange12"
    "crypto/prf12")
else()
  hf_leave_out("tls/tls12_none")
endif()

set(hf_server 1)
if(HF_ROLES STREQUAL client)
  set(hf_server 0)
  hf_leave_out("tls/(step_accept[a-z_]*|step_hello|step_server1[23])"
    "tls/(step_psk|step_give_ticket|record_early)" "tls/message/(client_hello_in|answers)"
    "tls/keys/ticket")
else()
  hf_leave_out("tls/server_none")
endif()
set(hf_whole 1) # all certificates of the peer at once: what servers, hooks and stapling need
if(HF_ROLES STREQUAL client AND NOT HF_OCSP AND HF_CERTIFICATES)
  set(hf_whole 0)
  hf_leave_out("x509/whole[a-z_]*" "x509/ocsp_subject" "tls/step_chain")
else()
  hf_leave_out("tls/whole_none")
endif()
if(HF_PSA_PIECES)
  hf_leave_out("crypto/psa/pieces_none")
else()
  hf_leave_out("crypto/psa/pieces")
endif()
if(NOT HF_TRACE)
  hf_leave_out("tls/tell(_decisions)?")
endif()

set(hf_definitions HF_TRACE=$<BOOL:${HF_TRACE}> HF_HAS_SERVER=${hf_server} HF_HAS_WHOLE=${hf_whole}
  HF_HAS_TLS12=${hf_tls12} HF_HAS_SHA1=$<BOOL:${HF_OCSP}>
  HF_HAS_REMEMBERED=${hf_remembered} HF_HAS_EXTERNAL_PSK=$<BOOL:${HF_EXTERNAL_PSK}>) # OCSP's identifiers

# hf_write_headers(FOLDER): what public headers include of this build. Storage sizes of the backend, which
# become handfast/backend.h, and the suites, which become handfast/suites.h.
function(hf_write_headers folder)
  configure_file(${hf_root}/src/crypto/${HF_BACKEND}/backend.h ${folder}/handfast/backend.h @ONLY)
  configure_file(${hf_root}/src/crypto/suites/${HF_SUITES}.h ${folder}/handfast/suites.h COPYONLY)
endfunction()
