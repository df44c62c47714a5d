/* SPDX-License-Identifier: MIT */
/* Writes through a NULL pointer. The kernel kills it. */
#include <stdio.h>

int main(void)
{
    volatile int *volatile nowhere = NULL;

    printf("crash: writing to address 0\n");
    *nowhere = 42;
    printf("crash: still here\n");
    return 0;
}
