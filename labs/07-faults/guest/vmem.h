/* SPDX-License-Identifier: MIT */
/* A region of virtual memory whose pages come when they are touched. */
#ifndef VMEM_H
#define VMEM_H

#include <guest.h>

#define PAGE_SIZE    4096ul
#define REGION       0x2000000000ul
#define REGION_PAGES 1000ul

/* Bits of a page table entry (privileged specification, 4.3.1), and what pages are for. */
#define PTE_V 0x01ul
#define PTE_R 0x02ul
#define PTE_W 0x04ul
#define PTE_X 0x08ul
#define PTE_A 0x40ul
#define PTE_D 0x80ul

#define READ_ONLY  (PTE_V | PTE_R | PTE_A)
#define READ_WRITE (PTE_V | PTE_R | PTE_W | PTE_A | PTE_D)

/* Maps one page: the virtual address va to what lies at pa, or changes how it is mapped. Tables
 * that are missing are made. Both are multiples of PAGE_SIZE, and equal physical addresses are how
 * this guest reaches its memory. */
void map_page(uintptr_t va, uintptr_t pa, uint64_t rights);

/* Serves page faults in the region: a page that is read first is the zero page, of which there is
 * one for all, read-only; a page that is written gets memory of its own, and is 0 otherwise. */
bool region_fault(struct trap *trap);

extern unsigned faults;     /* that region_fault has served */
extern unsigned pages_used; /* pages that page_get has handed out */

/* A page of memory; what is in it is somebody's old data. */
void *page_get(void);

#endif
