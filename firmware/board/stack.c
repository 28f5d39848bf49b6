/* How deep the stack went: what is free is painted, and what is not paint any more was used. */
#include "board.h"

#define PAINT 0xa5c3a5c3u
#define SPARE 64u /* the painter's own frame and what its caller pushes */

extern uint32_t board_stack_limit[];

static uintptr_t painted_from;

__attribute__((noinline)) uint32_t board_stack_paint(void)
{
    uintptr_t top = (uintptr_t)__builtin_frame_address(0);
    painted_from = top;
    for (volatile uint32_t *at = board_stack_limit; (uintptr_t)at < top - SPARE; at++) {
        *at = PAINT;
    }
    return (uint32_t)top;
}

uint32_t board_stack_used(void)
{
    const volatile uint32_t *at = board_stack_limit;
    while (*at == PAINT) {
        at++;
    }
    return (uint32_t)(painted_from - (uintptr_t)at);
}
