/* SPDX-License-Identifier: MIT */
/* Fills bytes of the mapped pages, and checks which have changed: OFFSET LENGTH ... */
#include <stdio.h>
#include <stdlib.h>

#include "tables.h"

static void count(const char *what, long error)
{
    unsigned long first = 0, filled = 0;

    for (unsigned long i = PAGES * PAGE_SIZE; i-- > 0;)
        if (*seen_at(i)) {
            filled++;
            first = i;
            *seen_at(i) = 0;
        }
    printf("%s: error %ld, %lu filled from %lu on\n", what, error, filled, first);
}

int main(int argc, char **argv)
{
    uint64_t satp = make_tables();

    for (int i = 1; i + 1 < argc; i += 2) {
        unsigned long offset = strtoul(argv[i], NULL, 10), length = strtoul(argv[i + 1], NULL, 10);

        count("pages", sbi_fill_bytes(satp, VIRTUAL + offset, length, 0x55).error);
    }
    last[2] = entry((uintptr_t)pages[order[2]], V | R);
    count("read-only after it", sbi_fill_bytes(satp, VIRTUAL + 8000, 500, 0x55).error);
    last[2] = entry(ram_end(), RW);
    count("outside RAM after it", sbi_fill_bytes(satp, VIRTUAL + 8000, 500, 0x55).error);
    return 0;
}
