/* SPDX-License-Identifier: MIT */
/*
 * Page tables for the guests of lab 3. They are never in the register satp; only the VMM uses them.
 * From VIRTUAL on, they map the pages of `pages` in the order of `order`, so that contiguous
 * virtual pages are not contiguous in RAM.
 */
#ifndef TABLES_H
#define TABLES_H

#include <guest.h>

#define PAGE_SIZE 4096u
#define VIRTUAL   0x3fc0000000ul /* the last GiB of the lower half */
#define PAGES     4

#define V  1ul
#define R  2ul
#define W  4ul
#define X  8ul
#define RW (V | R | W)

static uint64_t root[512] __attribute__((aligned(4096)));
static uint64_t middle[512] __attribute__((aligned(4096)));
static uint64_t last[512] __attribute__((aligned(4096)));
static uint8_t pages[PAGES][PAGE_SIZE] __attribute__((aligned(4096)));
static const unsigned order[PAGES] = {2, 0, 3, 1};

/* Returns an entry for a physical address. */
static inline uint64_t entry(uintptr_t address, uint64_t bits)
{
    return address >> 12 << 10 | bits;
}

static inline uint64_t satp_of(const uint64_t *table)
{
    return 8ul << 60 | (uintptr_t)table >> 12;
}

/* Makes the tables. Returns a value of satp for them. */
static inline uint64_t make_tables(void)
{
    root[255] = entry((uintptr_t)middle, V);
    middle[0] = entry((uintptr_t)last, V);
    for (unsigned i = 0; i < PAGES; i++)
        last[i] = entry((uintptr_t)pages[order[i]], RW);
    return satp_of(root);
}

/* Returns the byte that is mapped at VIRTUAL + offset. */
static inline uint8_t *seen_at(unsigned long offset)
{
    return &pages[order[offset / PAGE_SIZE]][offset % PAGE_SIZE];
}

#endif
