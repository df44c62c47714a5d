/* Paging: an identity map of RAM in which each part has its own rights. */
#ifndef GUEST_RT_PAGING_H
#define GUEST_RT_PAGING_H

#include <stdint.h>

/* Maps RAM, but for the page below the stack of each hart, and turns paging on. */
void paging_start(uintptr_t ram_start, uintptr_t ram_end, unsigned harts);

/* For entry.S: what satp holds then. */
extern uint64_t paging_satp;

#endif
