/* SPDX-License-Identifier: MIT */
/*
 * Dies of a NULL pointer. Look for: the runtime prints the registers on stdout. The VMM prints
 * on stderr the function, the page-table entries, and the likely cause.
 */
#include <stdio.h>

static __attribute__((noinline)) void store(volatile int *address)
{
    *address = 42;
}

int main(void)
{
    int *volatile nowhere = NULL;

    printf("About to write through a NULL pointer.\n");
    store(nowhere);
    return 0;
}
