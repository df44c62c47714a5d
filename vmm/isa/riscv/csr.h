/* SPDX-License-Identifier: MIT */
/* The control and status registers of a hart, and their fields. */
#ifndef ISA_RISCV_CSR_H
#define ISA_RISCV_CSR_H

#include <stdint.h>

/* Numbers: privileged spec, table 2.3. */
enum {
    CSR_FFLAGS = 0x001,
    CSR_FRM = 0x002,
    CSR_FCSR = 0x003,
    CSR_SSTATUS = 0x100,
    CSR_SIE = 0x104,
    CSR_STVEC = 0x105,
    CSR_SCOUNTEREN = 0x106,
    CSR_SENVCFG = 0x10a,
    CSR_SSCRATCH = 0x140,
    CSR_SEPC = 0x141,
    CSR_SCAUSE = 0x142,
    CSR_STVAL = 0x143,
    CSR_SIP = 0x144,
    CSR_STIMECMP = 0x14d, /* the Sstc extension */
    CSR_SATP = 0x180,
    CSR_CYCLE = 0xc00,
    CSR_TIME = 0xc01,
    CSR_INSTRET = 0xc02,
};

/* sstatus: privileged spec, 4.1.1. */
#define SSTATUS_SIE  (1ull << 1)
#define SSTATUS_SPIE (1ull << 5)
#define SSTATUS_SPP  (1ull << 8)
#define SSTATUS_FS   (3ull << 13) /* floating point: 0 off, 1 initial, 2 clean, 3 dirty */
#define SSTATUS_SUM  (1ull << 18)
#define SSTATUS_MXR  (1ull << 19)
#define SSTATUS_UXL  (2ull << 32) /* U-mode has 64 bits */
#define SSTATUS_SD   (1ull << 63) /* FS is dirty */

/* fcsr holds the flags, and above them frm: unprivileged spec, 11.2. */
#define FCSR_FRM_SHIFT 5
#define FCSR_FRM       0xe0u
#define FCSR_FLAGS     0x1fu

/* satp's modes: privileged spec, table 4.3. Sv39 and Sv48: 4.4 and 4.5. */
#define SATP_BARE 0u
#define SATP_SV39 8u
#define SATP_SV48 9u

#define PAGE_SIZE  4096u
#define PAGE_SHIFT 12

/* Returns how many levels of tables a satp has whose mode is Sv39 or Sv48. */
static inline unsigned satp_levels(uint64_t satp)
{
    return satp >> 60 == SATP_SV48 ? 4 : 3;
}

#endif
