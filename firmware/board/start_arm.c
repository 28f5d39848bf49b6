/* Start of the Arm boards (QEMU's mps2-an385, mps2-an505), their UARTs and timer (CMSDK), and the
 * semihosting trap. The second UART is the link; the emulator keeps the first for itself. */
#include "board.h"

#if !defined(BOARD_UART_LINK)
#define BOARD_UART_LINK 0x40005000u
#endif
#define BOARD_TIMER        0x40000000u
#define BOARD_TICKS_PER_MS 25000u

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define UART_DATA         REGISTER(BOARD_UART_LINK)
#define UART_STATE        REGISTER(BOARD_UART_LINK + 4) /* bit 0: sending, bit 1: received */
#define UART_CONTROL      REGISTER(BOARD_UART_LINK + 8)
#define UART_DIVISOR      REGISTER(BOARD_UART_LINK + 16)
#define TIMER_CONTROL     REGISTER(BOARD_TIMER)
#define TIMER_VALUE       REGISTER(BOARD_TIMER + 4)
#define TIMER_RELOAD      REGISTER(BOARD_TIMER + 8)

extern uint32_t board_stack_top[];

intptr_t board_semihosting(int operation, const void *block)
{
    register intptr_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = block;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

void board_devices_init(void)
{
    UART_DIVISOR = 16;
    UART_CONTROL = 3; /* both directions */
    TIMER_RELOAD = UINT32_MAX;
    TIMER_VALUE = UINT32_MAX;
    TIMER_CONTROL = 1;
}

void board_uart_send(uint8_t byte)
{
    while ((UART_STATE & 1) != 0) {
    }
    UART_DATA = byte;
}

int board_uart_receive(void)
{
    return (UART_STATE & 2) != 0 ? (int)(UART_DATA & 0xff) : -1;
}

uint32_t board_timer_ms(void)
{
    return (UINT32_MAX - TIMER_VALUE) / BOARD_TICKS_PER_MS; /* good for 171 s */
}

void board_reset(void)
{
    board_start();
}

static void fault(void)
{
    board_put("board: fault\n");
    board_exit(99);
}

/* Stack pointer and handlers (Armv7-M B1.5.3); nothing here uses interrupts. */
__attribute__((section(".vectors"), used)) static void *const vectors[7] = {
    board_stack_top, board_reset, fault, fault, fault, fault, fault};
