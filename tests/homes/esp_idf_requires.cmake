# As ESP-IDF asks a component what it requires: in a script, without a configuration, up to
# idf_component_register(). cmake -DHANDFAST=... -P this file
set(ESP_PLATFORM 1)
set(CMAKE_BUILD_EARLY_EXPANSION 1)
macro(idf_component_register)
  cmake_parse_arguments(it "" "" "SRCS;INCLUDE_DIRS;PRIV_INCLUDE_DIRS;REQUIRES;PRIV_REQUIRES" ${ARGN})
  set(registered ${it_REQUIRES} ${it_PRIV_REQUIRES})
  return()
endmacro()
include(${HANDFAST}/CMakeLists.txt)
message("requires ${registered}")
