/* SPDX-License-Identifier: MIT */
/* Halts with interrupts on, but has set no timer: nothing will wake it. */
#include <guest.h>

int main(void)
{
    irq_enable();
    for (;;)
        __asm__ volatile("wfi" ::: "memory");
}
