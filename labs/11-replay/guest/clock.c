/* SPDX-License-Identifier: MIT */
/* Reads the clock, and checks that a timer set before the snapshot fires again: MS REWINDS. */
#include <guest.h>
#include <stdio.h>
#include <stdlib.h>

static volatile unsigned ticks;

static void on_tick(void)
{
    ticks++;
}

int main(int argc, char **argv)
{
    unsigned long ms = argc > 2 ? strtoul(argv[1], NULL, 10) : 1, before, after;
    long rewinds = argc > 2 ? strtol(argv[2], NULL, 10) : 0, life;

    timer_every(ms * NS_PER_MS, on_tick);
    life = sbi_checkpoint().value;
    before = time_ns() / NS_PER_MS;
    while (ticks < 3) {
        irq_disable();
        irq_wait();
        irq_enable();
    }
    after = time_ns() / NS_PER_MS;
    printf("life %ld: from %lu ms to %lu ms, %u ticks\n", life, before, after, ticks);
    if (life < rewinds)
        sbi_rewind();
    return 0;
}
