/* SPDX-License-Identifier: MIT */
/* Runs tasks that never yield: TICKS WEIGHT WEIGHT ... */
#include <guest.h>
#include <stdio.h>
#include <stdlib.h>

#include "tasks.h"

#define TASKS_MAX 4

static struct task tasks[TASKS_MAX];
static volatile unsigned long work[TASKS_MAX];
static volatile unsigned wrong;

/* Counts, and checks that no register changes meanwhile. */
static void count(unsigned id)
{
    unsigned long a = id, b = id + 1, c = id + 2, d = id + 3, e = id + 4, f = id + 5;

    for (;;) {
        a++, b++, c++, d++, e++, f++;
        __asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e), "+r"(f));
        if (b - a != 1 || c - a != 2 || d - a != 3 || e - a != 4 || f - a != 5)
            wrong = 1;
        work[id]++;
    }
}

static unsigned long all_work(void)
{
    unsigned long all = 0;

    for (unsigned i = 0; i < TASKS_MAX; i++)
        all += work[i];
    return all;
}

/* Returns whether a task still works, while main computes with interrupts on. */
static bool works_on(void)
{
    unsigned long before = all_work();

    irq_enable();
    for (volatile unsigned i = 0; i < 100000; i = i + 1)
        ;
    irq_disable();
    return all_work() != before;
}

int main(int argc, char **argv)
{
    unsigned ticks = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 10, tasks_given = 0;
    unsigned long all;

    for (int i = 2; i < argc && tasks_given < TASKS_MAX; i++)
        tasks[tasks_given++] = (struct task){.function = count, .weight = (unsigned)atoi(argv[i])};
    tasks_run(tasks, tasks_given, 100 * NS_PER_US, ticks);
    all = all_work();
    for (unsigned i = 0; i < tasks_given; i++)
        printf("task %u: %lu %%\n", i, all ? (100 * work[i] + all / 2) / all : 0);
    printf("after the end %s\n", works_on() ? "a task works" : "no task works");
    printf("%s\n", wrong ? "a register has changed" : "no register has changed");
    return 0;
}
