/* SPDX-License-Identifier: MIT */
/* Shows when an interrupt is taken, and which one of two first. */
#include <guest.h>
#include <stdio.h>

#define STIE (1ul << 5) /* of sie: enables the timer interrupt */
#define SSIE (1ul << 1)

static volatile unsigned taken;
static char order[8];

static void on_tick(void)
{
    order[taken++ % 7] = 'T';
    timer_stop();
}

static void on_ipi(void)
{
    order[taken++ % 7] = 'S';
}

static void compute(void)
{
    for (volatile unsigned i = 0; i < 10000; i = i + 1)
        ;
}

static void tell(const char *when)
{
    printf("%s: %u '%s'\n", when, taken, order);
}

int main(void)
{
    ipi_set_handler(on_ipi);
    timer_every(20 * NS_PER_US, on_tick);
    irq_disable();
    compute();
    tell("interrupts off");
    irq_enable();
    compute();
    tell("on");
    __asm__ volatile("csrc sie, %0" ::"r"(STIE));
    timer_every(20 * NS_PER_US, on_tick);
    compute();
    tell("the timer's own switch off");
    __asm__ volatile("csrs sie, %0" ::"r"(STIE));
    compute();
    tell("on again");
    irq_disable();
    __asm__ volatile("csrs sie, %0" ::"r"(SSIE));
    timer_every(20 * NS_PER_US, on_tick);
    irq_disable();
    ipi_send(0);
    compute();
    irq_enable();
    compute();
    tell("two at once");
    return 0;
}
