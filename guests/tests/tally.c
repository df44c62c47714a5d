/* SPDX-License-Identifier: MIT */
/* Two harts add to one counter without a lock, and lose additions with some seeds. */
#include <guest.h>
#include <stdio.h>

static volatile long counter;

__attribute__((noinline)) static void add_one(void)
{
    volatile long old = counter;

    counter = old + 1;
}

static void work(void *argument)
{
    (void)argument;
    for (int i = 0; i < 2000; i++)
        add_one();
}

int main(void)
{
    if (hart_start(1, work, NULL) != 0) {
        printf("run it with -c2\n");
        return 2;
    }
    work(NULL);
    hart_join(1);
    printf("counter %ld of 4000\n", counter);
    return counter != 4000;
}
