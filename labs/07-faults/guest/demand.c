/* SPDX-License-Identifier: MIT */
/* Reads pages of the region, then also writes pages: NUMBER ... w NUMBER ... */
#include <stdio.h>
#include <stdlib.h>

#include "vmem.h"

static bool all_zero(const unsigned char *page, unsigned from)
{
    for (unsigned i = from; i < PAGE_SIZE; i++)
        if (page[i])
            return false;
    return true;
}

int main(int argc, char **argv)
{
    bool writing = false;
    unsigned wrong = 0, base;

    trap_set_handler(TRAP_PAGE_FAULT, region_fault);
    *(volatile char *)REGION = 1; /* also makes the tables */
    base = pages_used;
    for (int i = 1; i < argc; i++) {
        unsigned char *page = (unsigned char *)REGION + strtoul(argv[i], NULL, 10) * PAGE_SIZE;

        if (argv[i][0] == 'w') {
            writing = true;
            continue;
        }
        wrong += !all_zero(page, 0);
        if (writing)
            *(volatile unsigned char *)page = (unsigned char)i;
        wrong += writing ? page[0] != (unsigned char)i || !all_zero(page, 1) : !all_zero(page, 0);
    }
    printf("%u faults, %u pages, %u wrong\n", faults - 1, pages_used - base, wrong);
    return 0;
}
