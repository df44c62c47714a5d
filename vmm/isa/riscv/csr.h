/* SPDX-License-Identifier: MIT */
/* The control and status registers of a hart, and their fields. */
#ifndef ISA_RISCV_CSR_H
#define ISA_RISCV_CSR_H

#include <stdint.h>

/* Numbers: privileged spec, table 2.3. CSR(name for C, name for people, number) */
#define RISCV_CSRS(CSR)                                                                            \
    CSR(FFLAGS, "fflags", 0x001)                                                                   \
    CSR(FRM, "frm", 0x002)                                                                         \
    CSR(FCSR, "fcsr", 0x003)                                                                       \
    CSR(SSTATUS, "sstatus", 0x100)                                                                 \
    CSR(SIE, "sie", 0x104)                                                                         \
    CSR(STVEC, "stvec", 0x105)                                                                     \
    CSR(SCOUNTEREN, "scounteren", 0x106)                                                           \
    CSR(SENVCFG, "senvcfg", 0x10a)                                                                 \
    CSR(SSCRATCH, "sscratch", 0x140)                                                               \
    CSR(SEPC, "sepc", 0x141)                                                                       \
    CSR(SCAUSE, "scause", 0x142)                                                                   \
    CSR(STVAL, "stval", 0x143)                                                                     \
    CSR(SIP, "sip", 0x144)                                                                         \
    CSR(STIMECMP, "stimecmp", 0x14d) /* the Sstc extension */                                      \
    CSR(SATP, "satp", 0x180)                                                                       \
    CSR(CYCLE, "cycle", 0xc00)                                                                     \
    CSR(TIME, "time", 0xc01)                                                                       \
    CSR(INSTRET, "instret", 0xc02)

enum {
#define RISCV_CSR_NUMBER(name, text, number) CSR_##name = number,
    RISCV_CSRS(RISCV_CSR_NUMBER)
#undef RISCV_CSR_NUMBER
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
