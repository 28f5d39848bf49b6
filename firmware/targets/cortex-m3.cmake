# Toolchain: Arm Cortex-M3, QEMU's mps2-an385; Debian's gcc-arm-none-eabi and picolibc.
set(HF_TARGET_CPU -mcpu=cortex-m3 -mthumb)
set(HF_TARGET_LINKER_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/mps2-an385.ld)
include(${CMAKE_CURRENT_LIST_DIR}/arm.cmake)
