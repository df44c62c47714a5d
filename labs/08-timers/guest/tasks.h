/* SPDX-License-Identifier: MIT */
/* Tasks that take turns on one hart, preempted by the timer. */
#ifndef TASKS_H
#define TASKS_H

#include <stdint.h>

/* The saved state of a task: the registers that a function call preserves (context.c). */
struct context {
    uint64_t ra, sp, s[12];
    double fs[12];
};

struct task {
    void (*function)(unsigned id); /* never returns */
    unsigned weight;               /* the length of its turn in ticks */
    struct context context;
    uint8_t stack[8192] __attribute__((aligned(16)));
};

/* Saves the caller's state in from and continues with the state in to: jumps to to->ra with the
 * stack pointer to->sp. For a new task, set both by hand. */
void context_switch(struct context *from, struct context *to);

/* Runs tasks in turn, each for weight ticks of period_ns, and returns after `ticks` ticks in all.
 */
void tasks_run(struct task *tasks, unsigned count, uint64_t period_ns, unsigned ticks);

#endif
