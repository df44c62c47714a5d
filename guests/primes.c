/* SPDX-License-Identifier: MIT */
/*
 * Counts primes with a sieve: a computation with hardly an exit. Look for: in `--stats`,
 * the guest spends nearly all time, and the VMM hardly any.
 *
 *   make run GUEST=primes ARGS=100000 OPTIONS=--stats
 */
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    size_t limit = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000, count = 0;
    char *composite = calloc(limit + 1, 1);

    if (!composite) {
        fprintf(stderr, "no memory for %zu numbers\n", limit);
        return 1;
    }
    for (size_t n = 2; n <= limit; n++) {
        if (composite[n])
            continue;
        count++;
        for (size_t multiple = n * n; multiple <= limit; multiple += n)
            composite[multiple] = 1;
    }
    printf("%zu primes up to %zu\n", count, limit);
    free(composite);
    return 0;
}
