/* SPDX-License-Identifier: MIT */
/* Each tick is served or counted, also after one that takes longer than its period. */
#include <guest.h>

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
    while (ticks == 5 && time_ticks() < now + 4 * period)
        ;
}

int main(void)
{
    period = TIMER_MIN_NS * time_frequency() / NS_PER_S;
    start = time_ticks();
    timer_every(0, on_tick);
    while (ticks < 20)
        ;
    timer_stop();
    CHECK(timer_dropped() >= 3);
    printf("none is missing\n");
    return 0;
}
