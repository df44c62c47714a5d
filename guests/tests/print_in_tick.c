/* SPDX-License-Identifier: MIT */
/* Prints from the timer's interrupt while main prints: lines stay whole, and none is lost. */
#include <guest.h>
#include <stdio.h>

static volatile unsigned ticks;

static void on_tick(void)
{
    printf("%s%c", "tick", '\n');
    ticks++;
}

int main(void)
{
    timer_every(3 * NS_PER_MS, on_tick);
    for (int i = 0; i < 300; i++)
        printf("%s %d\n", "main", i);
    while (ticks < 3)
        ;
    timer_stop();
    printf("done\n");
    return 0;
}
