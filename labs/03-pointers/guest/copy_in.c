/* SPDX-License-Identifier: MIT */
/* Prints sums of bytes in the mapped pages: OFFSET LENGTH ... */
#include <stdio.h>
#include <stdlib.h>

#include "tables.h"

int main(int argc, char **argv)
{
    uint64_t satp = make_tables();

    for (unsigned long i = 0; i < PAGES * PAGE_SIZE; i++)
        *seen_at(i) = (uint8_t)(i * 7 / 5);
    for (int i = 1; i + 1 < argc; i += 2) {
        unsigned long offset = strtoul(argv[i], NULL, 10), length = strtoul(argv[i + 1], NULL, 10);
        struct sbiret ret = sbi_sum_bytes(satp, VIRTUAL + offset, length);

        printf("%lu bytes at %lu: error %ld, sum %ld\n", length, offset, ret.error, ret.value);
    }
    printf("none, nowhere: %ld\n", sbi_sum_bytes(satp, 0x1000, 0).error);
    printf("one too many: %ld\n", sbi_sum_bytes(satp, VIRTUAL + 1, PAGES * PAGE_SIZE).error);
    last[1] = 0;
    printf("a hole: %ld\n", sbi_sum_bytes(satp, VIRTUAL + 4000, 5000).error);
    last[1] = entry((uintptr_t)pages[0], V | X);
    printf("may not be read: %ld\n", sbi_sum_bytes(satp, VIRTUAL + 4000, 5000).error);
    return 0;
}
