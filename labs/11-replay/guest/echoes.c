/* Says each line again, with its number, while a tick counts. */
#include <guest.h>
#include <stdio.h>

static volatile unsigned ticks;

static void on_tick(void)
{
    ticks++;
}

int main(void)
{
    char line[200];
    unsigned number = 0;

    timer_every(50 * NS_PER_US, on_tick);
    while (fgets(line, sizeof(line), stdin))
        printf("%u: %s", ++number, line);
    timer_stop();
    printf("%s\n", ticks ? "and ticked" : "no tick");
    return 0;
}
