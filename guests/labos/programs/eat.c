/* SPDX-License-Identifier: MIT */
/* Uses up its stack, which grows by pages until the process has its largest number of pages. */
#include <stdio.h>

static volatile int always = 1;

static int eat(int depth)
{
    volatile char meal[4096] = {0};

    printf("%d ", depth);
    fflush(stdout);
    return always ? eat(depth + 1) + meal[0] : 0;
}

int main(void)
{
    return eat(1);
}
