/* SPDX-License-Identifier: MIT */
/*
 * The trap instruction of x86-64, port I/O transport: `out %eax, $LAB_PORT` (Intel SDM
 * vol. 2, OUT). EID is in eax, FID in ecx, the arguments are in rdi, rsi, rdx, r8, r9. The
 * VMM enters the guest again with error in rax and value in rdx. A call loads no registers
 * for arguments that it does not have.
 *
 * If the VMM supports only `vmcall`, the runtime replaces each of these instructions by a call
 * of a function that uses vmcall. A near call has 5 bytes, so the 2 bytes of `out` get 3
 * prefixes without effect (cs, SDM vol. 2, 2.1.1). .sbi_traps lists the addresses; if the
 * linker drops the code, it also drops the address.
 */
#ifndef ABI_X86_64_TRAP_H
#define ABI_X86_64_TRAP_H

#include "machine.h"
#include "sbi.h"

#define SBI_TRAP                                                                                   \
    ".Lsbi_trap%=: .byte 0x2e, 0x2e, 0x2e\n"                                                       \
    "out %%eax, %[port]\n"                                                                         \
    ".pushsection .sbi_traps, \"ao\", @progbits, .Lsbi_trap%=\n"                                   \
    ".quad .Lsbi_trap%=\n"                                                                         \
    ".popsection"

static __inline struct sbiret sbi_trap0(unsigned long eid, unsigned long fid)
{
    struct sbiret ret;
    __asm__ volatile(SBI_TRAP
                     : "=a"(ret.error), "=d"(ret.value)
                     : [port] "i"(LAB_PORT), "a"(eid), "c"(fid)
                     : "memory");
    return ret;
}

static __inline struct sbiret sbi_trap1(unsigned long eid, unsigned long fid, unsigned long a0)
{
    struct sbiret ret;
    __asm__ volatile(SBI_TRAP
                     : "=a"(ret.error), "=d"(ret.value)
                     : [port] "i"(LAB_PORT), "a"(eid), "c"(fid), "D"(a0)
                     : "memory");
    return ret;
}

static __inline struct sbiret sbi_trap2(unsigned long eid, unsigned long fid, unsigned long a0,
                                        unsigned long a1)
{
    struct sbiret ret;
    __asm__ volatile(SBI_TRAP
                     : "=a"(ret.error), "=d"(ret.value)
                     : [port] "i"(LAB_PORT), "a"(eid), "c"(fid), "D"(a0), "S"(a1)
                     : "memory");
    return ret;
}

static __inline struct sbiret sbi_trap3(unsigned long eid, unsigned long fid, unsigned long a0,
                                        unsigned long a1, unsigned long a2)
{
    struct sbiret ret;
    __asm__ volatile(SBI_TRAP
                     : "=a"(ret.error), "=d"(ret.value)
                     : [port] "i"(LAB_PORT), "a"(eid), "c"(fid), "D"(a0), "S"(a1), "d"(a2)
                     : "memory");
    return ret;
}

static __inline struct sbiret sbi_trap5(unsigned long eid, unsigned long fid, unsigned long a0,
                                        unsigned long a1, unsigned long a2, unsigned long a3,
                                        unsigned long a4)
{
    register unsigned long r8 __asm__("r8") = a3;
    register unsigned long r9 __asm__("r9") = a4;
    struct sbiret ret;
    __asm__ volatile(SBI_TRAP
                     : "=a"(ret.error), "=d"(ret.value)
                     : [port] "i"(LAB_PORT), "a"(eid), "c"(fid), "D"(a0), "S"(a1), "d"(a2), "r"(r8),
                       "r"(r9)
                     : "memory");
    return ret;
}

static __inline struct sbiret sbi_trap4(unsigned long eid, unsigned long fid, unsigned long a0,
                                        unsigned long a1, unsigned long a2, unsigned long a3)
{
    return sbi_trap5(eid, fid, a0, a1, a2, a3, 0);
}

#endif
