/* SPDX-License-Identifier: MIT */
/* Ticks faster than they can be served: main goes on, and each tick is served or counted. */
#include <guest.h>
#include <stdlib.h>

#include "check.h"

static volatile unsigned ticks;
static uint64_t period, start; /* ticks of the clock */

static void on_tick(void)
{
    static uint64_t first, before;
    uint64_t now = time_ticks(), number = ++ticks + timer_dropped();

    CHECK(number * period <= now - start); /* it was due */
    if (ticks == 1)
        first = now - number * period; /* the timer has not begun later than that */
    else
        CHECK(before < first + (number + 1) * period); /* the tick after it was not, just now */
    before = now;
}

int main(int argc, char **argv)
{
    uint64_t ns = argc > 1 ? strtoul(argv[1], NULL, 0) : 0;

    period = ns * time_frequency() / NS_PER_S;
    if (period == 0)
        period = 1;
    start = time_ticks();
    timer_every(ns, on_tick);
    while (ticks < 20)
        ;
    timer_stop();
    CHECK(period > 1 || timer_dropped() > 0);
    printf("main goes on\n");
    return 0;
}
