/* SPDX-License-Identifier: MIT */
/* Sleeps COUNT times, for different times, and computes a little in between. */
#include <guest.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 10) : 100, early = 0;

    for (unsigned long i = 0; i < count; i++) {
        uint64_t start = time_ns(), wanted = i % 40 * 100 + i / 40;

        for (volatile unsigned long work = 0; work < i % 13; work = work + 1)
            ;
        sleep_ns(wanted);
        early += time_ns() - start < wanted;
    }
    printf("%lu sleeps, %lu too short\n", count, early);
    sleep_ns(10 * NS_PER_S);
    printf("and a long one\n");
    return 0;
}
