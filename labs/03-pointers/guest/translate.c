/* SPDX-License-Identifier: MIT */
/* Translates its arguments, offsets into the mapped pages, and addresses that are not mapped. */
#include <stdio.h>
#include <stdlib.h>

#include "tables.h"

int main(int argc, char **argv)
{
    uint64_t satp = make_tables();

    for (int i = 1; i < argc; i++) {
        unsigned long offset = strtoul(argv[i], NULL, 10);
        struct sbiret ret = sbi_translate(satp, VIRTUAL + offset);

        printf("%lu: error %ld, %s\n", offset, ret.error,
               (uintptr_t)ret.value == (uintptr_t)seen_at(offset) ? "right" : "wrong");
    }
    printf("after it: %ld\n", sbi_translate(satp, VIRTUAL + PAGES * PAGE_SIZE).error);
    printf("in no table: %ld\n", sbi_translate(satp, 0x1000).error);
    printf("not canonical: %ld\n", sbi_translate(satp, VIRTUAL | 1ul << 39).error);
    printf("not canonical: %ld\n", sbi_translate(satp, VIRTUAL | 1ul << 63).error);
    root[511] = root[255];
    printf("the upper half: %ld\n", sbi_translate(satp, 0xffffffffc0000000).error);
    printf("bare: %s\n", (uintptr_t)sbi_translate(0, (uintptr_t)pages).value == (uintptr_t)pages
                             ? "right"
                             : "wrong");
    printf("an unknown mode: %ld\n", sbi_translate(satp | 9ul << 60, VIRTUAL).error);
    return 0;
}
