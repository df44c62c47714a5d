/* SPDX-License-Identifier: MIT */
/* The factorial; that of 21 does not fit in 64 bits. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : -1;
    uint64_t product = 1;

    if (n < 0 || n > 20) {
        printf("fact: of what number? 0 to 20\n");
        return 2;
    }
    for (int factor = 2; factor <= n; factor++)
        product *= (uint64_t)factor;
    printf("%d! = %lu\n", n, product);
    return 0;
}
