/* Start of QEMU's RISC-V machine "virt" without firmware: its UART (16550), timer (CLINT) and the
 * semihosting trap. Its one UART is the link. */
#include "board.h"

#define UART  0x10000000u
#define MTIME 0x0200bff8u /* of the CLINT: 10 MHz */

#define REGISTER8(address)  (*(volatile uint8_t *)(address))
#define REGISTER32(address) (*(volatile uint32_t *)(address))

/* Stack and trap vector, then C. */
__asm__(".option push\n.option arch, +zicsr\n"
        ".section .vectors, \"ax\"\n"
        ".globl board_reset\n"
        "board_reset:\n"
        "    la sp, board_stack_top\n"
        "    la t0, trap\n"
        "    csrw mtvec, t0\n"
        "    j board_start\n"
        ".balign 4\n"
        "trap:\n"
        "    j board_fault\n"
        ".option pop\n"
        ".text\n");

/* The three instructions that say semihosting must stand in one aligned block. */
__attribute__((noinline)) intptr_t board_semihosting(int operation, const void *block)
{
    register intptr_t a0 __asm__("a0") = operation;
    register const void *a1 __asm__("a1") = block;
    __asm__ volatile(".option push\n.option norvc\n.balign 16\n"
                     "slli x0, x0, 0x1f\nebreak\nsrai x0, x0, 7\n"
                     ".option pop"
                     : "+r"(a0)
                     : "r"(a1)
                     : "memory");
    return a0;
}

void board_devices_init(void)
{
    REGISTER8(UART + 2) = 1; /* FIFO on */
}

void board_uart_send(uint8_t byte)
{
    while ((REGISTER8(UART + 5) & 0x20) == 0) {
    }
    REGISTER8(UART) = byte;
}

int board_uart_receive(void)
{
    return (REGISTER8(UART + 5) & 1) != 0 ? REGISTER8(UART) : -1;
}

uint32_t board_timer_ms(void)
{
    return REGISTER32(MTIME) / 10000u;
}

void board_fault(void);
void board_fault(void)
{
    board_put("board: fault\n");
    board_exit(99);
}
