/* SPDX-License-Identifier: MIT */
/* The primes up to a number, by trial division. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static bool is_prime(int n)
{
    for (int divisor = 2; divisor <= n / divisor; divisor++)
        if (n % divisor == 0)
            return false;
    return n > 1;
}

int main(int argc, char **argv)
{
    int last = argc > 1 ? atoi(argv[1]) : 100;
    int count = 0;

    for (int n = 2; n <= last; n++)
        if (is_prime(n))
            printf("%d%c", n, ++count % 10 ? ' ' : '\n');
    printf("%s%d primes up to %d\n", count % 10 ? "\n" : "", count, last);
    return 0;
}
