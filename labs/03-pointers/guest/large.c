/* SPDX-License-Identifier: MIT */
/* Uses pages of 2 MiB and of 1 GiB: leaves of a higher level. */
#include <stdio.h>
#include <stdlib.h>

#include "tables.h"

#define MIB2 0x200000ul
#define GIB  0x40000000ul

int main(int argc, char **argv)
{
    unsigned long offset = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
    uint64_t satp = make_tables();
    uintptr_t ram = (uintptr_t)pages / MIB2 * MIB2;

    middle[1] = entry(ram, RW);
    middle[2] = entry(ram + PAGE_SIZE, RW);
    root[3] = entry(2 * GIB, RW);
    root[4] = entry(2 * GIB + MIB2, RW);
    printf("2 MiB: 0x%lx\n",
           (unsigned long)sbi_translate(satp, VIRTUAL + MIB2 + offset).value - ram);
    printf("2 MiB, not aligned: %ld\n", sbi_translate(satp, VIRTUAL + 2 * MIB2 + offset).error);
    printf("1 GiB: 0x%lx\n", (unsigned long)sbi_translate(satp, 3 * GIB + MIB2 + offset).value);
    printf("1 GiB, not aligned: %ld\n", sbi_translate(satp, 4 * GIB + offset).error);
    return 0;
}
