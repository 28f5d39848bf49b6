# A machine without an operating system: what all targets share. Size matters most, and what is not
# called is not linked.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_C_COMPILER ${HF_TARGET_COMPILER}-gcc)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
list(JOIN HF_TARGET_CPU " " cpu)
set(CMAKE_C_FLAGS_INIT "${cpu} --specs=picolibc.specs -ffunction-sections -fdata-sections")
set(CMAKE_C_FLAGS_MINSIZEREL_INIT "-Os -g")
set(CMAKE_BUILD_TYPE MinSizeRel CACHE STRING "")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-Wl,--gc-sections")
