/* SPDX-License-Identifier: MIT */
/*
 * A lost update: run with -c 4. Harts add to one counter. Each addition is a load, an add and a
 * store, and another hart's store may come between. `lost lock` takes a lock around them.
 */
#include <guest.h>
#include <stdio.h>
#include <string.h>

#define ROUNDS 1000

static volatile unsigned long counter;
static struct spinlock lock;
static bool locked;
static struct barrier start;

static void count(void *unused)
{
    (void)unused;
    barrier_wait(&start); /* otherwise the first hart may end before the last one begins */
    for (int i = 0; i < ROUNDS; i++) {
        if (locked)
            spin_lock(&lock);
        counter = counter + 1;
        if (locked)
            spin_unlock(&lock);
    }
}

int main(int argc, char **argv)
{
    unsigned long all = (unsigned long)hart_count() * ROUNDS;

    locked = argc > 1 && strcmp(argv[1], "lock") == 0;
    start.count = hart_count();
    for (unsigned i = 1; i < hart_count(); i++)
        hart_start(i, count, NULL);
    count(NULL);
    for (unsigned i = 1; i < hart_count(); i++)
        hart_join(i);
    printf("%lu of %lu\n", counter, all);
    return counter != all;
}
