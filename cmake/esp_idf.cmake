# The component of an ESP-IDF project. ESP-IDF first asks what it requires, in a script that knows no
# configuration and ends at idf_component_register(); so what is required does not depend on it.
get_filename_component(hf_root ${CMAKE_CURRENT_LIST_DIR} DIRECTORY)
if(NOT CMAKE_BUILD_EARLY_EXPANSION)
  include(${hf_root}/cmake/kconfig.cmake)
  include(${hf_root}/cmake/library.cmake)
endif()
if(CONFIG_HANDFAST_ESP_TLS) # the half of compat/esp_tls that is a stack
  set(hf_esp_tls ${hf_root}/compat/esp_tls)
  foreach(name stack engine setup setup_client setup_server store trust tickets codes key_store_psa
      port port_esp_idf)
    list(APPEND hf_sources ${hf_esp_tls}/src/${name}.c)
  endforeach()
  list(APPEND hf_include ${hf_esp_tls}/stack)
endif()

idf_component_register(SRCS ${hf_sources} INCLUDE_DIRS ${hf_include}
  PRIV_INCLUDE_DIRS ${hf_private_include} REQUIRES mbedtls esp-tls
  PRIV_REQUIRES esp_hw_support esp_timer lwip pthread)

hf_write_headers(${CMAKE_CURRENT_BINARY_DIR}/include)
target_include_directories(${COMPONENT_LIB} PUBLIC ${CMAKE_CURRENT_BINARY_DIR}/include)
target_compile_definitions(${COMPONENT_LIB} PRIVATE ${hf_definitions})
if(CONFIG_HANDFAST_ESP_TLS) # what is behind an esp_tls_t, which a stack has to know
  idf_component_get_property(esp_tls_folder esp-tls COMPONENT_DIR)
  target_include_directories(${COMPONENT_LIB} PRIVATE ${esp_tls_folder}/private_include)
endif()
