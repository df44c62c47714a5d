/* SPDX-License-Identifier: MIT */
/* The counters that U-mode may read, on the first hart and on one that it starts. */
#include <guest.h>
#include <stdio.h>

static unsigned long scounteren(void)
{
    unsigned long value;

    __asm__ volatile("csrr %0, scounteren" : "=r"(value));
    return value & 7;
}

static void print(void *argument)
{
    (void)argument;
    printf("hart %u: cycle, time, instret: %lu\n", hart_id(), scounteren());
}

int main(void)
{
    print(NULL);
    if (hart_count() > 1 && hart_start(1, print, NULL) == 0)
        hart_join(1);
    return 0;
}
