/* SPDX-License-Identifier: MIT */
/* int3 reaches the guest's own handler. */
#include <guest.h>
#include <stdio.h>

static volatile unsigned hits;

static bool on_breakpoint(struct trap *trap)
{
    (void)trap; /* the pc is already after int3, because that is a trap, not a fault */
    hits++;
    return true;
}

int main(void)
{
    trap_set_handler(TRAP_BREAKPOINT, on_breakpoint);
    __asm__ volatile("int3");
    printf("%u hit\n", hits);
    return 0;
}
