# What `cmake --install` puts where: headers, libraries, tool, manual page, and the files by which
# pkg-config and CMake find them. Included by the top CMakeLists.txt after all targets.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(hf_other_libs "")
set(hf_other_requires "")
if(HF_BACKEND STREQUAL openssl)
  set(hf_other_requires "libcrypto")
elseif(HF_BACKEND STREQUAL bearssl)
  set(hf_other_libs "-lbearssl")
else()
  set(hf_other_libs "-lmbedcrypto")
endif()

if(HF_ROLES STREQUAL client)
  list(APPEND hf_other_libs -Wl,--gc-sections)
endif()

# hf_install_pc(NAME FLAGS LIBRARY REQUIRES): NAME.pc, with FLAGS for the compiler before all others. Its
# folders are relative to itself, so that an installation can be moved, or installed with another --prefix.
file(RELATIVE_PATH HF_PC_UP /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
function(hf_install_pc HF_PC_NAME flags library requires)
  set(HF_PC_REQUIRES ${hf_other_requires} ${requires})
  list(JOIN HF_PC_REQUIRES " " HF_PC_REQUIRES)
  set(HF_PC_LIBS ${library} -lhandfast ${hf_other_libs})
  list(JOIN HF_PC_LIBS " " HF_PC_LIBS)
  string(STRIP "${flags} -I\${includedir}" HF_PC_CFLAGS)
  configure_file(cmake/handfast.pc.in ${PROJECT_BINARY_DIR}/${HF_PC_NAME}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${HF_PC_NAME}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endfunction()

# Each port has headers in a folder of its own, and handfast/port.h finds those of the port that the program's
# library names to the compiler, in whatever order the program names its libraries.
set(hf_targets handfast)
set(hf_first_port "")
foreach(port posix serial lwip)
  set(target handfast_net_${port})
  if(port STREQUAL posix)
    set(target handfast_net)
  endif()
  if(NOT TARGET ${target})
    continue()
  endif()
  list(APPEND hf_targets ${target})
  set(folder handfast/ports/${port})
  install(DIRECTORY ports/${port}/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/${folder})
  target_include_directories(${target} INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/${folder}>)
  string(TOUPPER HF_PORT_${port} name)
  target_compile_definitions(${target} INTERFACE $<INSTALL_INTERFACE:${name}>)
  if(NOT port STREQUAL posix)
    hf_install_pc(handfast-${port} "-I\${includedir}/${folder} -D${name}" -l${target} "")
  endif()
  if(NOT hf_first_port)
    set(hf_first_port ${port})
  endif()
endforeach()
if(hf_first_port)
  configure_file(cmake/port.h.in ${PROJECT_BINARY_DIR}/install/port.h @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/install/port.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/handfast)
endif()
set(HF_HAS_NET OFF)
if(TARGET handfast_net)
  set(HF_HAS_NET ON)
  hf_install_pc(handfast "" -lhandfast_net libcares)
else()
  hf_install_pc(handfast "" "" "")
endif()
if(TARGET handfast_esp_tls)
  list(APPEND hf_targets handfast_esp_tls)
  install(DIRECTORY compat/esp_tls/include/ compat/esp_tls/stack/
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/handfast/compat/esp_tls FILES_MATCHING PATTERN "*.h")
  hf_install_pc(handfast-esp-tls "-I\${includedir}/handfast/compat/esp_tls" -lhandfast_esp_tls libcares)
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

set(hf_package ${CMAKE_INSTALL_LIBDIR}/cmake/handfast)
configure_package_config_file(cmake/handfast-config.cmake.in
  ${PROJECT_BINARY_DIR}/handfast-config.cmake INSTALL_DESTINATION ${hf_package})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/handfast-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/handfast-config.cmake
  ${PROJECT_BINARY_DIR}/handfast-config-version.cmake DESTINATION ${hf_package})
install(EXPORT handfast-targets NAMESPACE handfast:: DESTINATION ${hf_package})
