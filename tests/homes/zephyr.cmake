# Stand-ins for the functions of Zephyr's build system that a module calls.
add_library(zephyr_interface INTERFACE)

function(zephyr_include_directories)
  target_include_directories(zephyr_interface INTERFACE ${ARGN})
endfunction()

macro(zephyr_library_named name)
  add_library(${name} STATIC)
  target_link_libraries(${name} PUBLIC zephyr_interface)
  set(ZEPHYR_CURRENT_LIBRARY ${name})
endmacro()

function(zephyr_library_sources)
  target_sources(${ZEPHYR_CURRENT_LIBRARY} PRIVATE ${ARGN})
endfunction()

function(zephyr_library_include_directories)
  target_include_directories(${ZEPHYR_CURRENT_LIBRARY} PRIVATE ${ARGN})
endfunction()

function(zephyr_library_compile_definitions)
  target_compile_definitions(${ZEPHYR_CURRENT_LIBRARY} PRIVATE ${ARGN})
endfunction()

function(zephyr_library_link_libraries_ifdef condition)
  if(${condition})
    target_link_libraries(${ZEPHYR_CURRENT_LIBRARY} PUBLIC ${ARGN})
  endif()
endfunction()

add_library(mbedTLS INTERFACE) # headers: the system's
add_subdirectory(${HANDFAST}/zephyr module)
add_library(home ALIAS handfast)
