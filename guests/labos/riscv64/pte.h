/* SPDX-License-Identifier: MIT */
/* The entries of page tables, Sv39: privileged spec, 4.4. */
#ifndef LABOS_PTE_H
#define LABOS_PTE_H

#include "kernel.h"

#define PAGING_LEVELS 3

#define PTE_V (1ull << 0)
#define PTE_R (1ull << 1)
#define PTE_W (1ull << 2)
#define PTE_X (1ull << 3)
#define PTE_U (1ull << 4)
#define PTE_A (1ull << 6)
#define PTE_D (1ull << 7)

/* An entry has the page number at bit 10; an address has it at bit 12. */
static inline void *pte_page(uint64_t pte)
{
    return (void *)(pte << 2 & ~(uint64_t)(PAGE_SIZE - 1));
}

static inline uint64_t pte_of_table(const void *table)
{
    return (uintptr_t)table >> 2 | PTE_V;
}

/* Accessed and dirty are set at once, because hardware may not set them (4.3.2). */
static inline uint64_t pte_of_page(const void *page, enum access access)
{
    return (uintptr_t)page >> 2 | PTE_V | PTE_U | PTE_A | (access & READ ? PTE_R : 0) |
           (access & WRITE ? PTE_W | PTE_D : 0) | (access & EXECUTE ? PTE_X : 0);
}

/* Returns whether user code has this access to the page. */
static inline bool pte_allows(uint64_t pte, enum access access)
{
    return pte & PTE_V && pte & PTE_U && (pte & PTE_R || !(access & READ)) &&
           (pte & PTE_W || !(access & WRITE)) && (pte & PTE_X || !(access & EXECUTE));
}

#endif
