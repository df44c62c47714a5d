/* SPDX-License-Identifier: MIT */
/* ebreak, of both lengths, reaches the guest's own handler. */
#include <guest.h>
#include <stdio.h>

static volatile unsigned hits;

static bool on_breakpoint(struct trap *trap)
{
    hits++;
    trap->pc +=
        *(const uint16_t *)trap->pc == 0x9002 ? 2 : 4; /* sepc is the ebreak's own address */
    return true;
}

int main(void)
{
    trap_set_handler(TRAP_BREAKPOINT, on_breakpoint);
    __asm__ volatile("c.ebreak");
    __asm__ volatile(".option push; .option norvc; ebreak; .option pop");
    printf("%u hits\n", hits);
    return 0;
}
