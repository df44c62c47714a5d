/* SPDX-License-Identifier: MIT */
/* The timer of each hart, shared by timer_every, sleep_ns and console_read_for. */
#include "arch.h"
#include "rt.h"

#include <machine.h>

#define NEVER UINT64_MAX

static struct timer {
    void (*tick)(void);
    uint64_t period;           /* ticks of the clock */
    volatile uint64_t tick_at; /* the time of the next tick; 0: none */
    volatile uint64_t wake_at; /* the time at which a wait ends; 0: none */
    uint64_t dropped;          /* ticks that came too late */
    uint64_t not_before;       /* until this time no tick interrupts */
    uint64_t busy_since; /* when a tick began that ended after the next one was due; 0: none */
} timers[LAB_HARTS_MAX];

uint64_t time_frequency(void)
{
    static uint64_t frequency;

    if (frequency == 0) {
        struct sbiret ret = sbi_get_timebase();

        frequency = ret.error || ret.value <= 0 ? arch_time_frequency() : (uint64_t)ret.value;
        if (frequency == 0)
            frequency = NS_PER_S; /* unknown: a guess */
    }
    return frequency;
}

uint64_t time_ns(void)
{
    uint64_t ticks = time_ticks(), frequency = time_frequency();

    return ticks / frequency * NS_PER_S + ticks % frequency * NS_PER_S / frequency;
}

static uint64_t ns_to_ticks(uint64_t ns)
{
    uint64_t frequency = time_frequency();

    if (ns / NS_PER_S >= NEVER / 4 / frequency)
        return NEVER / 4; /* centuries, and a sum with it does not overflow */
    return ns / NS_PER_S * frequency + ns % NS_PER_S * frequency / NS_PER_S;
}

/* Sets the timer to the earlier of the two times. That also clears a pending interrupt. */
static void program(const struct timer *timer)
{
    uint64_t tick_at = timer->tick_at ? timer->tick_at : NEVER;
    uint64_t wake_at = timer->wake_at ? timer->wake_at : NEVER;

    if (tick_at < timer->not_before)
        tick_at = timer->not_before;
    sbi_set_timer(tick_at < wake_at ? tick_at : wake_at);
}

/* If the next tick is due already when a tick ends, it comes at once. If the one after it is, too,
 * lets the interrupted code run first, as long as both took. Otherwise it would not get on. */
static void give_time(struct timer *timer, uint64_t start)
{
    uint64_t now = time_ticks();

    if (!timer->tick_at || timer->tick_at > now) {
        timer->busy_since = 0;
    } else if (!timer->busy_since) {
        timer->busy_since = start;
    } else {
        timer->not_before = now + (now - timer->busy_since);
        timer->busy_since = 0;
        program(timer);
    }
}

void timer_interrupt(void)
{
    struct timer *timer = &timers[hart_id()];
    uint64_t now = time_ticks(), due = timer->tick_at, late;
    void (*tick)(void) = NULL;

    if (timer->wake_at && now >= timer->wake_at)
        timer->wake_at = 0;
    // LAB 8: starter
    // /* Here: if a tick is due, tick is to call it below, and tick_at is when the next one is. */
    // (void)now, (void)late;
    // LAB 8: solution
    if (timer->tick_at && now >= timer->tick_at) {
        tick = timer->tick;
        late = now - timer->tick_at;
        timer->tick_at += late / timer->period * timer->period + timer->period;
    }
    // LAB 8: end
    program(timer);
    if (tick) {
        timer->dropped += (timer->tick_at - due) / timer->period - 1;
        tick();
        irq_disable();
        give_time(timer, now);
    }
}

void timer_every(uint64_t period_ns, void (*tick)(void))
{
    struct timer *timer = &timers[hart_id()];

    irq_disable();
    timer->tick = tick;
    timer->period = ns_to_ticks(period_ns > TIMER_MIN_NS ? period_ns : TIMER_MIN_NS);
    if (timer->period == 0)
        timer->period = 1; /* a slow clock */
    timer->tick_at = time_ticks() + timer->period;
    program(timer);
    irq_enable();
}

void timer_stop(void)
{
    struct timer *timer = &timers[hart_id()];
    bool on = irq_disable();

    timer->tick_at = 0;
    program(timer);
    irq_restore(on);
}

uint64_t timer_dropped(void)
{
    return timers[hart_id()].dropped;
}

void sleep_ns(uint64_t ns)
{
    struct timer *timer = &timers[hart_id()];
    bool on = irq_disable();
    uint64_t until = time_ticks() + ns_to_ticks(ns), outer = timer->wake_at;

    /* A tick that comes during the sleep may sleep, too. Both get their full time. */
    while (time_ticks() < until) {
        timer->wake_at = until;
        program(timer);
        irq_wait();
    }
    timer->wake_at = outer;
    program(timer);
    irq_restore(on);
}

/* Waits for input until a time. Interrupts are off. If they are on outside of the wait, a tick ends
 * it, so that the tick comes at once. If not, a tick that is due would end each wait at once. */
static struct sbiret wait_for_input(struct timer *timer, uint64_t until, bool with_ticks)
{
    timer->wake_at = until;
    if (with_ticks)
        program(timer);
    else
        sbi_set_timer(until);
    return sbi_wait(LAB_EVENT_INPUT | LAB_EVENT_TIMER);
}

/* Handles the interrupt of a timer that has ended a wait. Under an SBI implementation without
 * LAB.wait, where reading spins, lets any interrupt come. */
static void handle_due(struct sbiret event)
{
    if (event.error) {
        arch_irq_enable();
        irq_disable();
    } else if (event.value & LAB_EVENT_TIMER) {
        irq_wait();
    }
}

long console_read_for(char *buf, size_t len, uint64_t ns)
{
    struct timer *timer = &timers[hart_id()];
    uint64_t until = time_ticks() + ns_to_ticks(ns), outer = timer->wake_at;
    long got;
    bool on;

    stdio_flush();
    got = (long)console_read_now(buf, len);
    if (got > 0)
        return got;
    on = irq_disable();
    for (;;) {
        struct sbiret event = wait_for_input(timer, until, on);

        if (event.error || event.value & LAB_EVENT_INPUT)
            got = (long)console_read_now(buf, len);
        else if (event.value & LAB_EVENT_EOF)
            break;
        if (got == 0 && time_ticks() >= until)
            got = -1;
        if (got != 0)
            break;
        if (on)
            handle_due(event);
    }
    timer->wake_at = outer;
    program(timer);
    irq_restore(on);
    return got;
}

bool irq_enable(void)
{
    bool on = arch_irq_enabled();

    arch_irq_enable();
    return on;
}

void irq_restore(bool on)
{
    if (on)
        arch_irq_enable();
    else
        irq_disable();
}

void irq_wait(void)
{
    arch_irq_wait();
}
