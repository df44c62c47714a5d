/* SPDX-License-Identifier: MIT */
/* Uses tables with wrong addresses. The VMM has to refuse them and go on. */
#include <stdio.h>

#include "tables.h"

static void try(const char *what, uint64_t satp, unsigned long address, unsigned long length)
{
    printf("%s: %ld %ld\n", what, sbi_translate(satp, address).error,
           sbi_sum_bytes(satp, address, length).error);
}

int main(void)
{
    uint64_t satp = make_tables();

    try("a root outside RAM", 8ul << 60 | 0xfffffffffff, VIRTUAL, 16);
    try("a root after RAM", 8ul << 60 | ram_end() >> 12, VIRTUAL, 16);
    root[1] = entry(0x1000, V);
    try("a table outside RAM", satp, 0x40000000, 16);
    last[4] = entry((uintptr_t)pages, V);
    try("no leaf at the end", satp, VIRTUAL + 4 * PAGE_SIZE, 16);
    root[6] = entry((uintptr_t)middle, V | W);
    try("written but not read", satp, 6ul << 30, 16);
    root[2] = entry((uintptr_t)middle, V | X);
    try("a leaf that is executed only", satp, 2ul << 30, 16);
    last[6] = entry(0x3fffffffffff000, RW);
    try("a page outside RAM", satp, VIRTUAL + 6 * PAGE_SIZE, 16);
    for (unsigned bit = 54; bit < 64; bit++)
        last[7 + bit - 54] = entry((uintptr_t)pages, RW) | 1ul << bit;
    try("bit 54 of an entry", satp, VIRTUAL + 7 * PAGE_SIZE, 16);
    try("bit 61 of an entry", satp, VIRTUAL + 14 * PAGE_SIZE, 16);
    try("bit 63 of an entry", satp, VIRTUAL + 16 * PAGE_SIZE, 16);
    last[17] = entry((uintptr_t)pages, RW & ~V);
    try("an entry that is not valid", satp, VIRTUAL + 17 * PAGE_SIZE, 16);
    try("a sum that overflows", 0, ~0ul, 16);
    printf("still right: %ld\n", sbi_sum_bytes(satp, VIRTUAL, 16).value);
    return 0;
}
