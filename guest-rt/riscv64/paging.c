/* SPDX-License-Identifier: MIT */
/*
 * Sv39 (privileged spec, 4.4): three levels of tables, whose leaves map 1 GiB, 2 MiB or
 * 4 KiB. Maps each address to itself, by leaves as large as possible.
 */
#include "paging.h"
#include "slot.h"

#include <machine.h>

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

/* The root, and one table for each large page that has to be split: a page in which code,
 * constants, heap, stacks or RAM end, and the gigapage around it. */
static uint64_t tables[20][ENTRIES] __attribute__((aligned(PAGE_SIZE)));
static unsigned used = 1;

/* An entry has the page number at bit 10; an address has it at bit 12. */
static uint64_t pte_of(uintptr_t address)
{
    return address >> 2;
}

/* Returns the table that an entry points to. Makes it if there is none yet. */
static uint64_t *table_below(uint64_t *entry)
{
    if (*entry == 0)
        *entry = pte_of((uintptr_t)tables[used++]) | PTE_V;
    return (uint64_t *)(*entry << 2 & ~(uint64_t)(PAGE_SIZE - 1));
}

/* Maps [start, end), which are whole pages, to itself. */
static void map(uintptr_t start, uintptr_t end, uint64_t rights)
{
    while (start < end) {
        unsigned shift = 30;
        uint64_t *table = tables[0], *entry, *last;
        uintptr_t count, index;

        while (start & ((1ul << shift) - 1) || end - start < 1ul << shift) {
            table = table_below(&table[start >> shift & (ENTRIES - 1)]);
            shift -= 9;
        }
        index = start >> shift & (ENTRIES - 1);
        count = (end - start) >> shift;
        if (count > ENTRIES - index)
            count = ENTRIES - index;
        entry = &table[index];
        last = entry + count;
        for (uint64_t pte = pte_of(start) | rights; entry < last; pte += pte_of(1ul << shift))
            *entry++ = pte;
        start += count << shift;
    }
}

void paging_start(uintptr_t ram_start, uintptr_t ram_end, unsigned harts)
{
    uintptr_t slot = ram_end - harts * (uintptr_t)LAB_STACK_STRIDE;

    map(ram_start, (uintptr_t)_text, READ_WRITE);
    map((uintptr_t)_text, (uintptr_t)_rodata, READ_EXECUTE);
    map((uintptr_t)_rodata, (uintptr_t)_data, READ_ONLY);
    map((uintptr_t)_data, slot, READ_WRITE);
    for (; slot < ram_end; slot += LAB_STACK_STRIDE) {
        map(slot + PAGE_SIZE, slot + SLOT_GAP, READ_WRITE);
        map(slot + SLOT_STACK, slot + LAB_STACK_STRIDE, READ_WRITE);
    }
    paging_satp = SATP_SV39 | (uintptr_t)tables[0] / PAGE_SIZE;
    __asm__ volatile("csrw satp, %0; sfence.vma" ::"r"(paging_satp) : "memory");
}
