/* SPDX-License-Identifier: MIT */
/* Must die: a write where neither the image nor RAM is; with an argument, close to the stacks. */
#include <guest.h>
#include <machine.h>
#include <stdint.h>

int main(int argc, char **argv)
{
    uintptr_t address = argc > 1 ? ram_end() + LAB_STACK_STRIDE : 0x7000000000;

    (void)argv;
    *(volatile int *)address = 42;
    return 0;
}
