/* SPDX-License-Identifier: MIT */
/* Ticks COUNT times: PERIOD in microseconds, COUNT. The third tick takes three periods and a half.
 */
#include <guest.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t start, period;
static volatile unsigned ticks;
static uint64_t at[64];

static void on_tick(void)
{
    uint64_t now = time_ns();

    at[ticks % 64] = now - start;
    if (++ticks == 3)
        while (time_ns() - now < 3 * period + period / 2)
            ;
}

int main(int argc, char **argv)
{
    unsigned count = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) % 64 : 5;

    period = (argc > 1 ? strtoul(argv[1], NULL, 10) : 100) * NS_PER_US;
    start = time_ns();
    timer_every(period, on_tick);
    while (ticks < count)
        ;
    timer_stop();
    for (unsigned i = 0; i < count; i++)
        printf("tick %u: period %lu%s\n", i + 1, at[i] / period,
               at[i] % period < period / 5 ? "" : " and more");
    return 0;
}
