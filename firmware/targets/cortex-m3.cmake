# Toolchain: Arm Cortex-M3, QEMU's mps2-an385; Debian's gcc-arm-none-eabi and picolibc.
set(HF_TARGET_CPU -mcpu=cortex-m3 -mthumb)
set(HF_TARGET_LINKER_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/mps2-an385.ld)
# For programs that want more: 4 MB of code and 16 MB of RAM, of which the stack may have 1.
set(HF_TARGET_MEMORY -Wl,--defsym=__flash=0 -Wl,--defsym=__flash_size=0x400000 -Wl,--defsym=__ram=0x21000000
  -Wl,--defsym=__ram_size=0x1000000 -Wl,--defsym=__stack_size=0x100000)
set(HF_TARGET_EMULATOR qemu-system-arm -M mps2-an385)
include(${CMAKE_CURRENT_LIST_DIR}/arm.cmake)
