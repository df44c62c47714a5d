/* SPDX-License-Identifier: MIT */
#include "tasks.h"

#include <guest.h>

static struct task *all;
static unsigned task_count, current;
static unsigned turn_left;  /* ticks of the current task's turn */
static unsigned ticks_left; /* before tasks_run returns */
static struct context main_context;

/* A task begins here, inside the tick that starts its first turn. */
static void begin(void)
{
    // LAB 8: starter
    // for (;;)
    //     ;
    // LAB 8: solution
    irq_enable();
    all[current].function(current);
    // LAB 8: end
}

/* Called from the timer's interrupt, on the stack of the task that was interrupted. */
static void on_tick(void)
{
    // LAB 8: starter
    // /* Here: count; if a turn is over, switch to the next task; at the end, to main_context. */
    // (void)turn_left;
    // LAB 8: solution
    struct task *old = &all[current];

    if (--ticks_left == 0) {
        timer_stop();
        context_switch(&old->context, &main_context);
        return;
    }
    if (--turn_left > 0)
        return;
    current = (current + 1) % task_count;
    turn_left = all[current].weight;
    context_switch(&old->context, &all[current].context);
    // LAB 8: end
}

void tasks_run(struct task *tasks, unsigned count, uint64_t period_ns, unsigned ticks)
{
    all = tasks;
    task_count = count;
    ticks_left = ticks;
    // LAB 8: starter
    // /* Here: a context for each task; the first tick; and the switch to the first task. */
    // (void)begin, (void)on_tick, (void)current, (void)main_context, (void)period_ns;
    // LAB 8: solution
    for (unsigned i = 0; i < count; i++) {
        tasks[i].context.ra = (uintptr_t)begin;
        tasks[i].context.sp = (uintptr_t)(tasks[i].stack + sizeof(tasks[i].stack));
    }
    current = 0;
    turn_left = tasks[0].weight;
    timer_every(period_ns, on_tick);
    irq_disable();
    context_switch(&main_context, &tasks[0].context);
    // LAB 8: end
}
