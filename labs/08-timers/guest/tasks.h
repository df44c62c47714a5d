/* SPDX-License-Identifier: MIT */
/* Tasks that take turns on one hart, whether they want to or not. */
#ifndef TASKS_H
#define TASKS_H

#include <stdint.h>

/* What a task needs to go on later: the registers that a function call preserves (context.c). */
struct context {
    uint64_t ra, sp, s[12];
};

struct task {
    void (*function)(unsigned id); /* never returns */
    unsigned weight;               /* ticks that its turn lasts */
    struct context context;
    uint8_t stack[8192] __attribute__((aligned(16)));
};

/* Saves where the caller is to from, and goes on where to was saved, or, if it was made by hand,
 * jumps to to->ra with the stack pointer to->sp. */
void context_switch(struct context *from, struct context *to);

/* Runs tasks in turn, each for weight ticks of period_ns, and returns after so many ticks in all.
 */
void tasks_run(struct task *tasks, unsigned count, uint64_t period_ns, unsigned ticks);

#endif
