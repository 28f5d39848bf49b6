# What the Arm targets share; included by their toolchain files.
set(HF_TARGET_COMPILER arm-none-eabi)
set(HF_TARGET_START start_arm.c)
include(${CMAKE_CURRENT_LIST_DIR}/bare.cmake)
