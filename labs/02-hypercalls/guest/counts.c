/* SPDX-License-Identifier: MIT */
/* Makes 2 * argv[1] exits, and prints the VMM's count of them. */
#include <call.h>
#include <stdio.h>
#include <stdlib.h>

#include "calls.h"

int main(int argc, char **argv)
{
    long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : 1;
    long before = count_exits(), calls = count_exits_of(EXIT_HYPERCALL).value;

    for (long i = 0; i < rounds; i++) {
        sbi_get_spec_version();
        sbi_get_impl_id();
    }
    printf("%ld exits, ", count_exits() - before);
    printf("%ld of them calls\n", count_exits_of(EXIT_HYPERCALL).value - calls);
    printf("halts: %ld\n", count_exits_of(EXIT_HALT).value);
    printf("no such kind: %ld\n", count_exits_of(EXIT_KIND_COUNT).error);
    printf("far from it: %ld\n", count_exits_of(1ul << 32).error);
    return 0;
}
