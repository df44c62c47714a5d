/*
 * How a dying guest is explained. Look for: the runtime's register dump on stdout, and on
 * stderr the VMM's own words: which function, which page-table entry, the likely cause.
 */
#include <stdio.h>

static __attribute__((noinline)) void store(volatile int *place)
{
    *place = 42;
}

int main(void)
{
    int *volatile nowhere = NULL;

    printf("About to write through a NULL pointer.\n");
    store(nowhere);
    return 0;
}
