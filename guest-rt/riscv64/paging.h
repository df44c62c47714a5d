/* SPDX-License-Identifier: MIT */
/* Paging: an identity map of RAM in which each part has its own rights. */
#ifndef GUEST_RT_PAGING_H
#define GUEST_RT_PAGING_H

#include <stdint.h>

/* Maps RAM, except the gaps in the slot of each hart (slot.h), and turns paging on. */
void paging_start(uintptr_t ram_start, uintptr_t ram_end, unsigned harts);

/* The value of satp after that, for entry.S. */
extern uint64_t paging_satp;

#endif
