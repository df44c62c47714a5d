/* SPDX-License-Identifier: MIT */
/* Translates addresses by tables whose page numbers would be addresses in RAM, if they were taken
 * for addresses; then its arguments, offsets into the mapped pages; then addresses that are not
 * mapped. */
#include <stdio.h>
#include <stdlib.h>

#include "tables.h"

#define GIB (1ul << 30)

static void use_numbers_as_addresses(uint64_t satp)
{
    printf("a root at its number's address: %ld\n",
           sbi_translate(8ul << 60 | (uintptr_t)root, VIRTUAL).error);
    root[5] = entry(8 * GIB, RW); /* the entry's bits, without a shift, are an address in RAM */
    printf("a page at its entry's bits: %ld\n", sbi_translate(satp, 5 * GIB).error);
    root[5] = 0;
}

int main(int argc, char **argv)
{
    uint64_t satp = make_tables();

    use_numbers_as_addresses(satp);
    for (int i = 1; i < argc; i++) {
        unsigned long offset = strtoul(argv[i], NULL, 10);
        struct sbiret ret = sbi_translate(satp, VIRTUAL + offset);

        if (ret.error)
            printf("%lu: error %ld\n", offset, ret.error);
        else
            printf("%lu: at 0x%lx of the pages\n", offset, (uintptr_t)ret.value - (uintptr_t)pages);
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
