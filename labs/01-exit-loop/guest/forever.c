/* SPDX-License-Identifier: MIT */
/* Halts with interrupts on and no timer set: nothing wakes it. */
#include <guest.h>

int main(void)
{
    irq_enable();
    for (;;)
        __asm__ volatile("wfi" ::: "memory");
}
