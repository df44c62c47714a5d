/* SPDX-License-Identifier: MIT */
/* All harts read lines from the same input, with ticks: each line goes to one of them, and is
 * whole. */
#include <guest.h>
#include <string.h>

#include "check.h"

static unsigned long sum;
static volatile unsigned ticks;

static void tick(void)
{
    ticks++;
}

/* A line is one letter, repeated, and a newline. */
static void check_line(const char *line)
{
    size_t len = strlen(line);

    CHECK(len > 1 && line[len - 1] == '\n');
    for (size_t i = 0; i < len - 1; i++)
        CHECK_EQ(line[i], line[0]);
    __atomic_fetch_add(&sum, len - 1, __ATOMIC_RELAXED);
}

static void read_lines(void *unused)
{
    char line[100];

    (void)unused;
    timer_every(200 * NS_PER_US, tick);
    while (fgets(line, sizeof(line), stdin)) {
        CHECK(irq_disable()); /* as it was before */
        irq_enable();
        check_line(line);
    }
    timer_stop();
}

int main(void)
{
    for (unsigned id = 1; id < hart_count(); id++)
        CHECK_EQ(hart_start(id, read_lines, NULL), 0);
    read_lines(NULL);
    for (unsigned id = 1; id < hart_count(); id++)
        CHECK_EQ(hart_join(id), 0);
    printf("%lu letters\n", sum);
    return 0;
}
