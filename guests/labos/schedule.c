/* SPDX-License-Identifier: MIT */
/*
 * The scheduler: round robin. The timer ends a turn. If no process is ready, the kernel waits in
 * the VMM, without a tick. Interrupts are off in the kernel; a timer that fires meanwhile
 * interrupts the process that the kernel enters next.
 */
#include "kernel.h"

#define TICK_MS 10

static bool turn_over = true;
static uint64_t armed; /* the last deadline given to set_timer; 0: it has passed */

static void arm(uint64_t deadline)
{
    if (deadline != armed)
        sbi_set_timer(deadline);
    armed = deadline;
}

/* Sets the timer for the next tick, unless it fires early enough already. */
static void arm_tick(void)
{
    uint64_t now = time_ticks(), next = now + time_frequency() / 1000 * TICK_MS;

    if (armed <= now || armed > next)
        arm(next);
}

static void wake_sleepers(void)
{
    uint64_t now = time_ticks();

    for (struct process *p = processes; p < processes + MAX_PROCESSES; p++)
        if (p->state == SLEEPING && p->wake_at <= now)
            p->state = READY;
}

/* Returns the time at which the first sleeping process wakes; 0: none sleeps. */
static uint64_t next_wake(void)
{
    uint64_t first = 0;

    for (const struct process *p = processes; p < processes + MAX_PROCESSES; p++)
        if (p->state == SLEEPING && (first == 0 || p->wake_at < first))
            first = p->wake_at;
    return first;
}

static void idle(void)
{
    uint64_t next = next_wake();

    if (next)
        arm(next);
    console_look(LAB_EVENT_INPUT | (next ? LAB_EVENT_TIMER : 0));
    wake_sleepers();
}

static struct process *next_ready(void)
{
    struct process *p = current;

    for (unsigned i = 0; i < MAX_PROCESSES; i++) {
        p = p + 1 < processes + MAX_PROCESSES ? p + 1 : processes;
        if (p->state == READY)
            return p;
    }
    return NULL;
}

static struct process *choose(void)
{
    for (;;) {
        struct process *next;

        console_interrupt();
        next = next_ready();
        if (next)
            return next;
        idle();
    }
}

void give_way(void)
{
    turn_over = true;
}

void tick(void)
{
    armed = 0;
    console_look(0);
    wake_sleepers();
    give_way();
}

void schedule(void)
{
    if (turn_over || current->state != READY) {
        turn_over = false;
        current = choose();
        cpu_use(current->space.root);
        arm_tick();
    }
    cpu_enter(&current->frame);
}
