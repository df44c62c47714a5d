/* SPDX-License-Identifier: MIT */
/* A tick that comes while main waits for input. */
#include <guest.h>
#include <stdio.h>

static volatile unsigned ticks;

static void tick(void)
{
    ticks++;
}

int main(void)
{
    char line[80];

    timer_every(20 * NS_PER_MS, tick);
    printf("reading\n");
    if (!fgets(line, sizeof(line), stdin))
        return 1;
    timer_stop();
    printf("%s%s", ticks >= 3 ? "ticked: " : "too few ticks: ", line);
    return 0;
}
