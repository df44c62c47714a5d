/* Must be ended from outside: ticks for ever, asleep in between. */
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
