/* SPDX-License-Identifier: MIT */
/* The page tables of Sv39 and Sv48, for core/paging.c. */
#ifndef ISA_RISCV_PAGING_H
#define ISA_RISCV_PAGING_H

#include "core/paging.h"

/* Returns how a hart translates addresses if its CSR satp has this value. */
struct paging riscv_paging(uint64_t satp);

#endif
