/*
 * The trap instruction of x86-64, port I/O transport: `out %eax, $LAB_PORT`
 * (Intel SDM vol. 2, OUT) makes a VM exit with EID in eax, FID in ecx and the
 * arguments in rdi, rsi, rdx, r8, r9; the VMM enters the guest again with error in
 * rax and value in rdx. Nothing is loaded for arguments that a call does not have.
 */
#ifndef ABI_X86_64_TRAP_H
#define ABI_X86_64_TRAP_H

#include "machine.h"
#include "sbi.h"

static inline struct sbiret sbi_trap0(unsigned long eid, unsigned long fid)
{
    struct sbiret ret;
    __asm__ volatile("out %%eax, %[port]"
                     : "=a"(ret.error), "=d"(ret.value)
                     : [port] "i"(LAB_PORT), "a"(eid), "c"(fid)
                     : "memory");
    return ret;
}

static inline struct sbiret sbi_trap1(unsigned long eid, unsigned long fid, unsigned long a0)
{
    struct sbiret ret;
    __asm__ volatile("out %%eax, %[port]"
                     : "=a"(ret.error), "=d"(ret.value)
                     : [port] "i"(LAB_PORT), "a"(eid), "c"(fid), "D"(a0)
                     : "memory");
    return ret;
}

static inline struct sbiret sbi_trap2(unsigned long eid, unsigned long fid, unsigned long a0,
                                      unsigned long a1)
{
    struct sbiret ret;
    __asm__ volatile("out %%eax, %[port]"
                     : "=a"(ret.error), "=d"(ret.value)
                     : [port] "i"(LAB_PORT), "a"(eid), "c"(fid), "D"(a0), "S"(a1)
                     : "memory");
    return ret;
}

static inline struct sbiret sbi_trap3(unsigned long eid, unsigned long fid, unsigned long a0,
                                      unsigned long a1, unsigned long a2)
{
    struct sbiret ret;
    __asm__ volatile("out %%eax, %[port]"
                     : "=a"(ret.error), "=d"(ret.value)
                     : [port] "i"(LAB_PORT), "a"(eid), "c"(fid), "D"(a0), "S"(a1), "d"(a2)
                     : "memory");
    return ret;
}

static inline struct sbiret sbi_trap5(unsigned long eid, unsigned long fid, unsigned long a0,
                                      unsigned long a1, unsigned long a2, unsigned long a3,
                                      unsigned long a4)
{
    register unsigned long r8 __asm__("r8") = a3;
    register unsigned long r9 __asm__("r9") = a4;
    struct sbiret ret;
    __asm__ volatile("out %%eax, %[port]"
                     : "=a"(ret.error), "=d"(ret.value)
                     : [port] "i"(LAB_PORT), "a"(eid), "c"(fid), "D"(a0), "S"(a1), "d"(a2), "r"(r8),
                       "r"(r9)
                     : "memory");
    return ret;
}

static inline struct sbiret sbi_trap4(unsigned long eid, unsigned long fid, unsigned long a0,
                                      unsigned long a1, unsigned long a2, unsigned long a3)
{
    return sbi_trap5(eid, fid, a0, a1, a2, a3, 0);
}

#endif
