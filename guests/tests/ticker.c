/* SPDX-License-Identifier: MIT */
/* Ticks for ever and sleeps in between; must be ended from outside. */
#include <guest.h>

static void on_tick(void)
{
}

int main(void)
{
    timer_every(5 * NS_PER_MS, on_tick);
    irq_disable();
    for (;;)
        irq_wait();
}
