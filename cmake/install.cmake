# What `cmake --install` puts where: headers, libraries, tool, manual page, and the files by which
# pkg-config and CMake find them. Included by the top CMakeLists.txt after all targets.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(HF_PC_LIBS "-lhandfast")
set(HF_PC_REQUIRES "")
set(HF_HAS_NET OFF)
set(hf_targets handfast)
if(HF_BACKEND STREQUAL openssl)
  set(HF_PC_REQUIRES "libcrypto")
elseif(HF_BACKEND STREQUAL bearssl)
  string(APPEND HF_PC_LIBS " -lbearssl")
else()
  string(APPEND HF_PC_LIBS " -lmbedcrypto")
endif()
if(TARGET handfast_net)
  set(HF_HAS_NET ON)
  list(APPEND hf_targets handfast_net)
  install(FILES ports/posix/include/handfast/port.h
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/handfast)
  set(HF_PC_LIBS "-lhandfast_net ${HF_PC_LIBS}")
  string(APPEND HF_PC_REQUIRES " libcares")
endif()
if(TARGET handfast_esp_tls)
  list(APPEND hf_targets handfast_esp_tls)
  install(DIRECTORY compat/esp_tls/include/ compat/esp_tls/stack/
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/handfast/compat/esp_tls FILES_MATCHING PATTERN "*.h")
endif()

install(TARGETS ${hf_targets} EXPORT handfast-targets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY include/handfast DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.h" PATTERN "*.def")
install(FILES ${PROJECT_BINARY_DIR}/include/handfast/backend.h
  ${PROJECT_BINARY_DIR}/include/handfast/suites.h
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/handfast)
if(HF_TOOL)
  install(TARGETS handfast_tool RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  install(FILES docs/man/handfast.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
  install(FILES cli/completion/handfast.bash RENAME handfast
    DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
  install(FILES cli/completion/_handfast DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
endif()

# Relative to the .pc file, so that an installation can be moved, or installed with another --prefix.
file(RELATIVE_PATH HF_PC_UP /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(cmake/handfast.pc.in ${PROJECT_BINARY_DIR}/handfast.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/handfast.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

set(hf_package ${CMAKE_INSTALL_LIBDIR}/cmake/handfast)
configure_package_config_file(cmake/handfast-config.cmake.in
  ${PROJECT_BINARY_DIR}/handfast-config.cmake INSTALL_DESTINATION ${hf_package})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/handfast-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/handfast-config.cmake
  ${PROJECT_BINARY_DIR}/handfast-config-version.cmake DESTINATION ${hf_package})
install(EXPORT handfast-targets NAMESPACE handfast:: DESTINATION ${hf_package})
