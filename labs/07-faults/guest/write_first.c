/* SPDX-License-Identifier: MIT */
/* Writes pages of the region before it reads them: one fault each. */
#include <stdio.h>
#include <stdlib.h>

#include "vmem.h"

int main(int argc, char **argv)
{
    unsigned long sum = 0;

    trap_set_handler(TRAP_PAGE_FAULT, region_fault);
    for (int i = 1; i < argc; i++) {
        volatile uint32_t *word =
            (uint32_t *)(REGION + strtoul(argv[i], NULL, 10) * PAGE_SIZE + 4 * (unsigned)i);

        *word = (uint32_t)i;
        sum += *word + word[-1] + word[1];
    }
    printf("%u faults, sum %lu\n", faults, sum);
    return 0;
}
