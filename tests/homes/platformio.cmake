# PlatformIO's build of a library: what scripts/check-homes has read in library.json.
add_library(home STATIC ${HOMES_SOURCES})
target_include_directories(home PUBLIC ${HOMES_INCLUDES})
target_compile_definitions(home PRIVATE ${HOMES_DEFINITIONS})
