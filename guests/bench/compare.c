/* SPDX-License-Identifier: MIT */
/*
 * Measures the ways out of a guest and back in (make compare). Prints a line for each: its name,
 * and its time in ns with one round of the loop around it. The first line is the loop alone.
 */
#include "measure.h"

#define SLEEPS 20

static volatile unsigned ipis;

static void on_ipi(void)
{
    ipis++;
}

static void nothing(void)
{
    __asm__ volatile("");
}

static void base_call(void)
{
    sbi_get_spec_version();
}

static void lab_call(void)
{
    sbi_get_abi_version();
}

static void timer_call(void)
{
    sbi_set_timer(UINT64_MAX);
}

/* Measures from the call until the interrupt has been handled. */
static void ipi_to_itself(void)
{
    unsigned before = ipis;

    ipi_send(0);
    while (ipis == before)
        ;
}

static uint64_t loop_batch(uint64_t count)
{
    return time_batch(count, nothing);
}

static uint64_t base_batch(uint64_t count)
{
    return time_batch(count, base_call);
}

static uint64_t lab_batch(uint64_t count)
{
    return time_batch(count, lab_call);
}

static uint64_t timer_batch(uint64_t count)
{
    return time_batch(count, timer_call);
}

static uint64_t ipi_batch(uint64_t count)
{
    return time_batch(count, ipi_to_itself);
}

/* Measures from a deadline until the sleeping code goes on: the shortest of several times. */
static void measure_wake_up(void)
{
    uint64_t best = UINT64_MAX;

    irq_disable();
    for (unsigned i = 0; i < SLEEPS; i++) {
        uint64_t deadline = time_ticks() + time_frequency() / 200, late;

        sbi_set_timer(deadline);
        while (time_ticks() < deadline)
            irq_wait();
        late = time_ticks() - deadline;
        best = late < best ? late : best;
    }
    print_time("wake-up", best, 1);
}

int main(void)
{
    struct trip trips[] = {
        {.name = "loop", .batch = loop_batch},
        {.name = "BASE.get_spec_version", .batch = base_batch},
        {.name = "LAB.get_abi_version", .batch = lab_batch},
        {.name = "TIME.set_timer", .batch = timer_batch},
        {.name = "IPI.send_ipi", .batch = ipi_batch},
    };

    ipi_set_handler(on_ipi);
    irq_enable();
    measure(trips, sizeof(trips) / sizeof(trips[0]));
    measure_wake_up();
    return 0;
}
