/* SPDX-License-Identifier: MIT */
/* The Fibonacci numbers; the 94th does not fit in 64 bits. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    int count = argc > 1 ? atoi(argv[1]) : 20;
    uint64_t number = 0, next = 1;

    if (count < 1 || count > 93) {
        printf("fib: how many numbers? 1 to 93\n");
        return 2;
    }
    for (int i = 0; i < count; i++) {
        uint64_t sum = number + next;

        printf("%lu%c", number, i + 1 < count ? ' ' : '\n');
        number = next;
        next = sum;
    }
    return 0;
}
