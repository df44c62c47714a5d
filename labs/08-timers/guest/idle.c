/* SPDX-License-Identifier: MIT */
/* Sleeps COUNT times, for different times, and computes a little in between. Then waits for ticks.
 */
#include <guest.h>
#include <stdio.h>
#include <stdlib.h>

static volatile unsigned ticks;

static void on_tick(void)
{
    ticks++;
}

/* Returns how many of a number of waits ended before an interrupt was handled. */
static unsigned wait_for_ticks(unsigned count)
{
    unsigned nothing = 0;

    timer_every(50 * NS_PER_US, on_tick);
    irq_disable();
    for (unsigned waits = 0; waits < count; waits++) {
        unsigned before = ticks;

        irq_wait();
        nothing += ticks == before;
    }
    timer_stop();
    ticks = 0;
    return nothing;
}

int main(int argc, char **argv)
{
    unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 10) : 100, early = 0;

    for (unsigned long i = 0; i < count; i++) {
        uint64_t start = time_ns(), wanted = i % 40 * 100 + i / 40;

        for (volatile unsigned long work = 0; work < i % 13; work = work + 1)
            ;
        sleep_ns(wanted);
        early += time_ns() - start < wanted;
    }
    printf("%lu sleeps, %lu too short\n", count, early);
    sleep_ns(10 * NS_PER_S);
    printf("and a long one\n");
    printf("100 waits, %u for nothing\n", wait_for_ticks(100));
    sleep_ns(NS_PER_MS);
    printf("%u ticks after the end\n", ticks);
    return 0;
}
