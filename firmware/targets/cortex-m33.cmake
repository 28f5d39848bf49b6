# Toolchain: Arm Cortex-M33 without FPU, QEMU's mps2-an505; Debian's gcc-arm-none-eabi and picolibc.
set(HF_TARGET_CPU -mcpu=cortex-m33+nofp -mthumb -mfloat-abi=soft)
set(HF_TARGET_LINKER_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/mps2-an505.ld)
set(HF_TARGET_DEFINITIONS BOARD_UART_LINK=0x40201000u)
include(${CMAKE_CURRENT_LIST_DIR}/arm.cmake)
