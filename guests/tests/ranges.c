/* SPDX-License-Identifier: MIT */
/* Each hart waits in the same loop for ticks of its own: a debugger steps through it. */
#include <guest.h>

static volatile int ticks[LAB_HARTS_MAX];

static void tick(void)
{
    ticks[hart_id()]++;
}

__attribute__((noinline)) static void wait(volatile int *count)
{
    __asm__ volatile("loop:" ::: "memory");
    while (*count < 3)
        ;
    __asm__ volatile("loop_end: nop" ::: "memory");
}

static void run(void *unused)
{
    (void)unused;
    timer_every(2 * NS_PER_MS, tick);
    wait(&ticks[hart_id()]);
    timer_stop();
}

int main(void)
{
    for (unsigned i = 1; i < hart_count(); i++)
        hart_start(i, run, 0);
    run(0);
    for (unsigned i = 0; i < hart_count(); i++)
        hart_join(i);
    return 0;
}
