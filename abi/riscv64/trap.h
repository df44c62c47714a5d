/* SPDX-License-Identifier: MIT */
/*
 * The trap instruction of RISC-V: `ecall` in S-mode (SBI 2.0, chapter 3). EID is in a7, FID
 * in a6, the arguments are in a0 to a4. The VMM enters the guest again with error in a0 and
 * value in a1. A call loads no registers for arguments that it does not have.
 */
#ifndef ABI_RISCV64_TRAP_H
#define ABI_RISCV64_TRAP_H

#include "machine.h"
#include "sbi.h"

static __inline struct sbiret sbi_trap0(unsigned long eid, unsigned long fid)
{
    register long a0 __asm__("a0");
    register long a1 __asm__("a1");
    register unsigned long a6 __asm__("a6") = fid;
    register unsigned long a7 __asm__("a7") = eid;
    __asm__ volatile("ecall" : "=r"(a0), "=r"(a1) : "r"(a6), "r"(a7) : "memory");
    struct sbiret ret = {a0, a1};
    return ret;
}

static __inline struct sbiret sbi_trap1(unsigned long eid, unsigned long fid, unsigned long arg0)
{
    register long a0 __asm__("a0") = (long)arg0;
    register long a1 __asm__("a1");
    register unsigned long a6 __asm__("a6") = fid;
    register unsigned long a7 __asm__("a7") = eid;
    __asm__ volatile("ecall" : "+r"(a0), "=r"(a1) : "r"(a6), "r"(a7) : "memory");
    struct sbiret ret = {a0, a1};
    return ret;
}

static __inline struct sbiret sbi_trap2(unsigned long eid, unsigned long fid, unsigned long arg0,
                                        unsigned long arg1)
{
    register long a0 __asm__("a0") = (long)arg0;
    register long a1 __asm__("a1") = (long)arg1;
    register unsigned long a6 __asm__("a6") = fid;
    register unsigned long a7 __asm__("a7") = eid;
    __asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a6), "r"(a7) : "memory");
    struct sbiret ret = {a0, a1};
    return ret;
}

static __inline struct sbiret sbi_trap3(unsigned long eid, unsigned long fid, unsigned long arg0,
                                        unsigned long arg1, unsigned long arg2)
{
    register long a0 __asm__("a0") = (long)arg0;
    register long a1 __asm__("a1") = (long)arg1;
    register unsigned long a2 __asm__("a2") = arg2;
    register unsigned long a6 __asm__("a6") = fid;
    register unsigned long a7 __asm__("a7") = eid;
    __asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a6), "r"(a7) : "memory");
    struct sbiret ret = {a0, a1};
    return ret;
}

static __inline struct sbiret sbi_trap4(unsigned long eid, unsigned long fid, unsigned long arg0,
                                        unsigned long arg1, unsigned long arg2, unsigned long arg3)
{
    register long a0 __asm__("a0") = (long)arg0;
    register long a1 __asm__("a1") = (long)arg1;
    register unsigned long a2 __asm__("a2") = arg2;
    register unsigned long a3 __asm__("a3") = arg3;
    register unsigned long a6 __asm__("a6") = fid;
    register unsigned long a7 __asm__("a7") = eid;
    __asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a3), "r"(a6), "r"(a7) : "memory");
    struct sbiret ret = {a0, a1};
    return ret;
}

static __inline struct sbiret sbi_trap5(unsigned long eid, unsigned long fid, unsigned long arg0,
                                        unsigned long arg1, unsigned long arg2, unsigned long arg3,
                                        unsigned long arg4)
{
    register long a0 __asm__("a0") = (long)arg0;
    register long a1 __asm__("a1") = (long)arg1;
    register unsigned long a2 __asm__("a2") = arg2;
    register unsigned long a3 __asm__("a3") = arg3;
    register unsigned long a4 __asm__("a4") = arg4;
    register unsigned long a6 __asm__("a6") = fid;
    register unsigned long a7 __asm__("a7") = eid;
    __asm__ volatile("ecall"
                     : "+r"(a0), "+r"(a1)
                     : "r"(a2), "r"(a3), "r"(a4), "r"(a6), "r"(a7)
                     : "memory");
    struct sbiret ret = {a0, a1};
    return ret;
}

#endif
