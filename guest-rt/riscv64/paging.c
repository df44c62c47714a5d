/* SPDX-License-Identifier: MIT */
/*
 * Sv39 (privileged spec, 4.4): three levels of tables, whose leaves map 1 GiB, 2 MiB or
 * 4 KiB. Maps each address to itself, by leaves as large as possible.
 */
#include "paging.h"
#include "slot.h"

#include <machine.h>
#include <stdbool.h>

#define PAGE_SIZE 4096u
#define ENTRIES   512
#define SATP_SV39 (8ull << 60)

/* 4.3.1. Accessed and dirty are set at once, because hardware may not set them (4.3.2). */
#define PTE_V (1u << 0)
#define PTE_R (1u << 1)
#define PTE_W (1u << 2)
#define PTE_X (1u << 3)
#define PTE_A (1u << 6)
#define PTE_D (1u << 7)

#define READ_EXECUTE (PTE_V | PTE_R | PTE_X | PTE_A)
#define READ_ONLY    (PTE_V | PTE_R | PTE_A)
#define READ_WRITE   (PTE_V | PTE_R | PTE_W | PTE_A | PTE_D)

/* guest.ld: the image is [_text, _rodata) code, [_rodata, _data) constants, then data. */
extern char _text[], _rodata[], _data[];

uint64_t paging_satp;

/* The pages of the large page in which the image begins. It is data and heap, but for what
 * paging_start changes. The compiler makes the table, because a guest of a few pages would spend
 * most of its start on it. */
#define PAGE(n) (((uint64_t)LAB_LINK_BASE + (n)*PAGE_SIZE) >> 2 | READ_WRITE)
#define EIGHT_PAGES(n)                                                                             \
    PAGE(n), PAGE(n + 1), PAGE(n + 2), PAGE(n + 3), PAGE(n + 4), PAGE(n + 5), PAGE(n + 6),         \
        PAGE(n + 7)
#define MORE_PAGES(n)                                                                              \
    EIGHT_PAGES(n), EIGHT_PAGES(n + 8), EIGHT_PAGES(n + 16), EIGHT_PAGES(n + 24),                  \
        EIGHT_PAGES(n + 32), EIGHT_PAGES(n + 40), EIGHT_PAGES(n + 48), EIGHT_PAGES(n + 56)

static uint64_t image_pages[ENTRIES] __attribute__((aligned(PAGE_SIZE))) = {
    MORE_PAGES(0),   MORE_PAGES(64),  MORE_PAGES(128), MORE_PAGES(192),
    MORE_PAGES(256), MORE_PAGES(320), MORE_PAGES(384), MORE_PAGES(448),
};

#define LARGE_PAGE   (ENTRIES * (uintptr_t)PAGE_SIZE)
#define END_OF_PAGES (LAB_LINK_BASE + LARGE_PAGE)

_Static_assert(LAB_LINK_BASE % (ENTRIES * PAGE_SIZE) == 0, "a large page begins there");

/* The root, and one table for each large page that has to be split: a page in which code,
 * constants, heap, stacks or RAM end, and the gigapage around it. */
static uint64_t tables[20][ENTRIES] __attribute__((aligned(PAGE_SIZE)));
static unsigned used = 1;

/* An entry has the page number at bit 10; an address has it at bit 12. */
static uint64_t pte_of(uintptr_t address)
{
    return address >> 2;
}

/* Returns an entry that points to a new table. */
static __attribute__((noinline)) uint64_t new_table(void)
{
    return pte_of((uintptr_t)tables[used++]) | PTE_V;
}

/* Returns the table that an entry points to. Makes it if there is none yet. */
static uint64_t *table_below(uint64_t *entry)
{
    if (*entry == 0)
        *entry = new_table();
    return (uint64_t *)(*entry << 2 & ~(uint64_t)(PAGE_SIZE - 1));
}

/* Writes count entries: pte, pte + step, ... */
static __attribute__((noinline)) void fill(uint64_t *entry, uintptr_t count, uint64_t pte,
                                           uint64_t step)
{
    for (; count >= 8; count -= 8) {
#pragma GCC unroll 8
        for (unsigned i = 0; i < 8; i++, pte += step)
            *entry++ = pte;
    }
    for (; count > 0; count--, pte += step)
        *entry++ = pte;
}

/* Returns whether a page of 1 << shift bytes begins at start and ends by end. */
static inline bool fits(uintptr_t start, uintptr_t end, unsigned shift)
{
    return (start & ((1ul << shift) - 1)) == 0 && (end - start) >> shift != 0;
}

/* Maps [start, end), which are whole pages, to itself; if `by_pages`, without larger ones. */
static inline __attribute__((always_inline)) void map_by(bool by_pages, uintptr_t start,
                                                         uintptr_t end, uint64_t rights)
{
    while (start < end) {
        unsigned shift = by_pages ? 12 : fits(start, end, 30) ? 30 : fits(start, end, 21) ? 21 : 12;
        uint64_t *table = tables[0];
        uintptr_t index, count = (end - start) >> shift;

        for (unsigned above = 30; above > shift; above -= 9)
            table = table_below(&table[start >> above & (ENTRIES - 1)]);
        index = start >> shift & (ENTRIES - 1);
        if (count > ENTRIES - index)
            count = ENTRIES - index;
        fill(&table[index], count, pte_of(start) | rights, pte_of(1ul << shift));
        start += count << shift;
    }
}

static inline __attribute__((always_inline)) void map(uintptr_t start, uintptr_t end,
                                                      uint64_t rights)
{
    map_by(false, start, end, rights);
}

void paging_start(uintptr_t ram_start, uintptr_t ram_end, unsigned harts)
{
    uintptr_t slot = ram_end - harts * (uintptr_t)LAB_STACK_STRIDE, data = (uintptr_t)_data;
    uint64_t *gigapage = table_below(&tables[0][LAB_LINK_BASE >> 30 & (ENTRIES - 1)]);

    gigapage[LAB_LINK_BASE >> 21 & (ENTRIES - 1)] = pte_of((uintptr_t)image_pages) | PTE_V;
    map(ram_start, (uintptr_t)_text, READ_WRITE);
    map((uintptr_t)_text, (uintptr_t)_rodata, READ_EXECUTE);
    map((uintptr_t)_rodata, data, READ_ONLY);
    map(data > END_OF_PAGES ? data : END_OF_PAGES, slot, READ_WRITE);
    if (slot < END_OF_PAGES)
        map(slot, END_OF_PAGES, 0);
    for (; slot < ram_end; slot += LAB_STACK_STRIDE) {
        map_by(true, slot + PAGE_SIZE, slot + SLOT_GAP, READ_WRITE);
        map_by(true, slot + SLOT_STACK, slot + LAB_STACK_STRIDE, READ_WRITE);
    }
    paging_satp = SATP_SV39 | (uintptr_t)tables[0] / PAGE_SIZE;
    __asm__ volatile("csrw satp, %0; sfence.vma" ::"r"(paging_satp) : "memory");
}
