/* 4-level paging: Intel SDM vol. 3, 4.5. */
#ifndef BACKENDS_KVM_X86_PAGING_H
#define BACKENDS_KVM_X86_PAGING_H

#include <stdint.h>

#define PAGE_SIZE       0x1000ull
#define LARGE_PAGE_SIZE 0x200000ull
#define PAGING_LEVELS   4 /* 4: PML4, 3: page directory pointers, 2: directory, 1: table */

#define PTE_PRESENT (1ull << 0)
#define PTE_WRITE   (1ull << 1)
#define PTE_USER    (1ull << 2)
#define PTE_LARGE   (1ull << 7) /* levels 3 and 2: maps a page, not a table */
#define PTE_NX      (1ull << 63)
#define PTE_ADDRESS 0x000ffffffffff000ull

/* Which entry of a level's table translates gva. */
static inline unsigned table_index(uint64_t gva, unsigned level)
{
    return gva >> (12 + 9 * (level - 1)) & 511;
}

static inline uint64_t page_up(uint64_t address)
{
    return (address + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
}

#endif
