/* SPDX-License-Identifier: MIT */
/* The timer by its calls alone, interrupts off; then by <guest.h>. */
#include <call.h>
#include <guest.h>

#include "check.h"

static volatile unsigned ticks;

static void on_tick(void)
{
    ticks++;
}

static void test_deadlines(void)
{
    uint64_t ms = time_frequency() / 1000, start;

    /* A deadline in the past has passed at once; a new one clears it. */
    CHECK_EQ(sbi_set_timer(0).error, SBI_SUCCESS);
    CHECK_EQ(sbi_wait(LAB_EVENT_TIMER).value, LAB_EVENT_TIMER);
    CHECK_EQ(sbi_wait(LAB_EVENT_TIMER).value, LAB_EVENT_TIMER); /* it stays so until then */
    CHECK_EQ(sbi_set_timer(UINT64_MAX).error, SBI_SUCCESS);
    CHECK_EQ(sbi_wait(LAB_EVENT_TIMER).error, SBI_ERR_FAILED);

    /* A wait lasts until the deadline by the guest's own clock, and not less. */
    start = time_ticks();
    sbi_set_timer(start + 5 * ms);
    CHECK_EQ(sbi_wait(0).value & LAB_EVENT_TIMER, 0);
    CHECK_EQ(sbi_wait(LAB_EVENT_TIMER).value, LAB_EVENT_TIMER);
    CHECK(time_ticks() - start >= 5 * ms);

    /* A later deadline replaces the one before. */
    start = time_ticks();
    if (sbi_probe_extension(EID_LEGACY_set_timer).value)
        CHECK_EQ(sbi_legacy_set_timer(start + 2 * ms), 0);
    sbi_set_timer(start + 20 * ms);
    sbi_wait(LAB_EVENT_TIMER);
    CHECK(time_ticks() - start >= 20 * ms);
    sbi_set_timer(UINT64_MAX);
}

static void test_interrupts(void)
{
    uint64_t start;
    unsigned seen;

    timer_every(NS_PER_MS, on_tick);
    while (ticks < 10) /* ticks come while the guest computes */
        ;
    irq_disable();
    seen = ticks;
    start = time_ns();
    while (time_ns() - start < 5 * NS_PER_MS)
        CHECK_EQ(ticks, seen); /* none while interrupts are off */
    irq_wait();                /* but it was not lost */
    CHECK(ticks > seen);

    /* A sleep goes on during ticks. */
    irq_enable();
    seen = ticks;
    do { /* on a busy host, one sleep may see fewer */
        start = time_ns();
        sleep_ns(20 * NS_PER_MS);
        CHECK(time_ns() - start >= 20 * NS_PER_MS);
    } while (ticks < seen + 5);
    CHECK(irq_disable());

    timer_stop();
    seen = ticks;
    sleep_ns(3 * NS_PER_MS);
    CHECK_EQ(ticks, seen);
    CHECK(!irq_disable()); /* as it was before sleep_ns */
}

/* Whatever the period, and however long a tick takes, main gets on. */
static void slow_tick(void)
{
    uint64_t start = time_ns();

    ticks++;
    while (time_ns() - start < 50 * NS_PER_US)
        ;
}

static void test_short_periods(void)
{
    static const uint64_t periods[] = {0, 1, NS_PER_US, TIMER_MIN_NS};

    for (int i = 0; i < 8; i++) {
        ticks = 0;
        timer_every(periods[i / 2], i % 2 ? slow_tick : on_tick);
        for (volatile int work = 0; work < 5000; work++)
            ;
        while (ticks < 3)
            ;
        timer_stop();
        irq_disable();
    }
}

/* Makes one sleep after the other: a lost wake-up would stop the guest for ever. */
static void test_many_sleeps(void)
{
    for (int i = 0; i < 200; i++)
        sleep_ns((uint64_t)(i % 10) * 10 * NS_PER_US);
}

int main(void)
{
    test_deadlines();
    test_interrupts();
    test_short_periods();
    test_many_sleeps();
    printf("time is right\n");
    return 0;
}
