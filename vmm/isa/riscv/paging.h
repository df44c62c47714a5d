/* Sv39 and Sv48 for paging.h. */
#ifndef ISA_RISCV_PAGING_H
#define ISA_RISCV_PAGING_H

#include "core/paging.h"

/* How a hart whose CSR satp has this value translates. */
struct paging riscv_paging(uint64_t satp);

#endif
