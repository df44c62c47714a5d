/* SPDX-License-Identifier: MIT */
/* The entries of page tables: Intel SDM vol. 3, 4.5. */
#ifndef LABOS_PTE_H
#define LABOS_PTE_H

#include "kernel.h"

#define PAGING_LEVELS 4

#define PTE_PRESENT (1ull << 0)
#define PTE_WRITE   (1ull << 1)
#define PTE_USER    (1ull << 2)
#define PTE_NX      (1ull << 63)
#define PTE_ADDRESS 0x000ffffffffff000ull

static inline void *pte_page(uint64_t pte)
{
    return (void *)(pte & PTE_ADDRESS);
}

/* Only the last level restricts rights. */
static inline uint64_t pte_of_table(const void *table)
{
    return (uintptr_t)table | PTE_PRESENT | PTE_WRITE | PTE_USER;
}

static inline uint64_t pte_of_page(const void *page, enum access access)
{
    return (uintptr_t)page | PTE_PRESENT | PTE_USER | (access & WRITE ? PTE_WRITE : 0) |
           (access & EXECUTE ? 0 : PTE_NX);
}

/* Returns whether user code has this access to the page. */
static inline bool pte_allows(uint64_t pte, enum access access)
{
    return pte & PTE_PRESENT && pte & PTE_USER && (pte & PTE_WRITE || !(access & WRITE)) &&
           (!(pte & PTE_NX) || !(access & EXECUTE));
}

#endif
