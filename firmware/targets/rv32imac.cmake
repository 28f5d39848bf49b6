# Toolchain: RISC-V RV32IMAC, QEMU's virt; Debian's gcc-riscv64-unknown-elf and picolibc.
set(HF_TARGET_CPU -march=rv32imac -mabi=ilp32 -mno-relax)
set(HF_TARGET_LINKER_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/virt-rv32.ld)
set(HF_TARGET_COMPILER riscv64-unknown-elf)
set(HF_TARGET_START start_riscv.c)
include(${CMAKE_CURRENT_LIST_DIR}/bare.cmake)
