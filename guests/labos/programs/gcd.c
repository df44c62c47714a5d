/* SPDX-License-Identifier: MIT */
/* The greatest common divisor, by Euclid's algorithm. */
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    if (argc != 3) {
        printf("gcd: of which two numbers?\n");
        return 2;
    }
    unsigned long a = strtoul(argv[1], NULL, 10), b = strtoul(argv[2], NULL, 10);

    while (b != 0) {
        unsigned long rest = a % b;

        a = b;
        b = rest;
    }
    printf("%lu\n", a);
    return 0;
}
