/* One timer of the hart, shared by timer_every and sleep_ns. */
#include "arch.h"
#include "rt.h"

#define NEVER UINT64_MAX

static void (*tick_function)(void);
static uint64_t tick_period;              /* ticks of the clock */
static volatile uint64_t tick_at = NEVER; /* when the next tick is due */
static volatile uint64_t wake_at = NEVER; /* when sleep_ns ends */

uint64_t time_frequency(void)
{
    static uint64_t frequency;

    if (frequency == 0) {
        struct sbiret ret = sbi_get_timebase();

        frequency = ret.error || ret.value <= 0 ? arch_time_frequency() : (uint64_t)ret.value;
        if (frequency == 0)
            frequency = NS_PER_S; /* nobody knows */
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
        return NEVER / 4; /* more than a lifetime, and no sum with it overflows */
    return ns / NS_PER_S * frequency + ns % NS_PER_S * frequency / NS_PER_S;
}

/* Asks for an interrupt at what is due first; that also clears one that is pending. */
static void program(void)
{
    sbi_set_timer(tick_at < wake_at ? tick_at : wake_at);
}

void timer_interrupt(void)
{
    uint64_t now = time_ticks();
    void (*tick)(void) = NULL;

    if (now >= wake_at)
        wake_at = NEVER;
    if (now >= tick_at) {
        tick = tick_function;
        tick_at += (now - tick_at) / tick_period * tick_period + tick_period;
    }
    program();
    if (tick)
        tick();
}

void timer_every(uint64_t period_ns, void (*tick)(void))
{
    irq_disable();
    tick_function = tick;
    tick_period = ns_to_ticks(period_ns);
    if (tick_period == 0)
        tick_period = 1;
    tick_at = time_ticks() + tick_period;
    program();
    irq_enable();
}

void timer_stop(void)
{
    bool on = irq_disable();

    tick_at = NEVER;
    program();
    irq_restore(on);
}

void sleep_ns(uint64_t ns)
{
    bool on = irq_disable();
    uint64_t until = time_ticks() + ns_to_ticks(ns), outer = wake_at;

    /* A tick that is served meanwhile may sleep, too: each sleeps as long as it asked for. */
    while (time_ticks() < until) {
        wake_at = until;
        program();
        irq_wait();
    }
    wake_at = outer;
    program();
    irq_restore(on);
}

bool irq_enable(void)
{
    bool on = arch_irq_enabled();

    arch_irq_enable();
    return on;
}

bool irq_disable(void)
{
    bool on = arch_irq_enabled();

    arch_irq_disable();
    return on;
}

void irq_restore(bool on)
{
    if (on)
        arch_irq_enable();
    else
        arch_irq_disable();
}

void irq_wait(void)
{
    arch_irq_wait();
}
