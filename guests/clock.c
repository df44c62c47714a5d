/* SPDX-License-Identifier: MIT */
/*
 * A periodic timer interrupts a computation; then the guest sleeps. Look for: with
 * `--stats`, each tick costs a few exits (kick or irq-window, and set_timer). The sleep is
 * one `halt`, during which the vCPU does not use the host's CPU.
 */
#include <guest.h>
#include <stdio.h>

#define TICKS 5

static volatile unsigned ticks;

static void on_tick(void)
{
    if (++ticks == TICKS)
        timer_stop();
}

int main(void)
{
    volatile unsigned long rounds = 0; /* the loop stays one, whatever the compiler */
    uint64_t start;

    timer_every(20 * NS_PER_MS, on_tick);
    while (ticks < TICKS)
        rounds++;
    printf("%u ticks while the guest counted%s\n", ticks, rounds ? "" : " nothing");

    start = time_ns();
    sleep_ns(100 * NS_PER_MS);
    printf("slept %s 100 ms\n", time_ns() - start >= 100 * NS_PER_MS ? "at least" : "less than");
    return 0;
}
