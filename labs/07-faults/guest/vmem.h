/* SPDX-License-Identifier: MIT */
/* A region of virtual memory whose pages are mapped at their first access. */
#ifndef VMEM_H
#define VMEM_H

#include <guest.h>

#define PAGE_SIZE    4096ul
#define REGION       0x2000000000ul
#define REGION_PAGES 1000ul

/* Bits of a page table entry (privileged specification, 4.3.1). */
#define PTE_V 0x01ul
#define PTE_R 0x02ul
#define PTE_W 0x04ul
#define PTE_X 0x08ul
#define PTE_A 0x40ul
#define PTE_D 0x80ul

#define READ_ONLY  (PTE_V | PTE_R | PTE_A)
#define READ_WRITE (PTE_V | PTE_R | PTE_W | PTE_A | PTE_D)

/* Maps the page at the virtual address va to the physical address pa, or changes its mapping. Makes
 * missing tables. va and pa are multiples of PAGE_SIZE. This guest's RAM is mapped at its physical
 * addresses. */
void map_page(uintptr_t va, uintptr_t pa, uint64_t rights);

/* Handles page faults in the region: maps a page that is read to the zero page, which all share,
 * read-only; gives a page that is written its own memory, cleared. Returns false for other faults.
 */
bool region_fault(struct trap *trap);

extern unsigned faults;     /* that region_fault has handled */
extern unsigned pages_used; /* pages that page_get has returned */

/* Returns a page of memory, which has old data. */
void *page_get(void);

#endif
