/* SPDX-License-Identifier: MIT */
/* A tick that sleeps does not shorten the sleep that it interrupts. */
#include <guest.h>

#include "check.h"

static void on_tick(void)
{
    timer_stop();
    sleep_ns(5 * NS_PER_MS);
}

int main(void)
{
    uint64_t start = time_ns();

    timer_every(20 * NS_PER_MS, on_tick);
    sleep_ns(100 * NS_PER_MS);
    CHECK(time_ns() - start >= 100 * NS_PER_MS);
    printf("slept\n");
    return 0;
}
