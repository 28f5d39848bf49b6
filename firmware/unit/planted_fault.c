/* A test of the tests: a write to where no memory is ends the program, and not well. */
#include <stdint.h>

int main(void)
{
    *(volatile uint32_t *)0xf0000000u = 1;
    return 0;
}
