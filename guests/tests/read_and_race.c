/* SPDX-License-Identifier: MIT */
/* Waits for a line of input; then harts lose updates. How many depends on turns, and so on how
 * often the VMM has chosen one: a run that waited has to be the run that is repeated. */
#include <guest.h>
#include <stdio.h>

static volatile unsigned long counter;

static void count(void *unused)
{
    (void)unused;
    for (int i = 0; i < 3000; i++)
        counter = counter + 1;
}

int main(void)
{
    char line[80];

    while (fgets(line, sizeof(line), stdin)) {
        for (unsigned i = 1; i < hart_count(); i++)
            hart_start(i, count, NULL);
        count(NULL);
        for (unsigned i = 1; i < hart_count(); i++)
            hart_join(i);
        printf("%lu after %s", counter, line);
    }
    return 0;
}
