/* SPDX-License-Identifier: MIT */
/* Counts, ten numbers a second: between them it sleeps, and others run. */
#include "../user/labos.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    long last = argc > 1 ? atol(argv[1]) : 10;

    for (long n = 1; n <= last; n++) {
        printf("%ld%c", n, n < last ? ' ' : '\n');
        fflush(stdout);
        sys_sleep(100);
    }
    return 0;
}
