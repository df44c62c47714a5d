/* Sv39 and Sv48: privileged spec, 4.3 to 4.5, and the CSR satp, 4.1.11. */
#ifndef ISA_RISCV_SATP_H
#define ISA_RISCV_SATP_H

#include <stdint.h>

#define PAGE_SIZE  4096u
#define PAGE_SHIFT 12

/* satp's modes: privileged spec, table 4.3. */
#define SATP_BARE 0u
#define SATP_SV39 8u
#define SATP_SV48 9u

/* The levels of tables below a satp that is not bare. */
static inline unsigned satp_levels(uint64_t satp)
{
    return satp >> 60 == SATP_SV48 ? 4 : 3;
}

#endif
