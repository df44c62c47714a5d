/* SPDX-License-Identifier: MIT */
/* The RISC-V part of user programs. */
#ifndef LABOS_ARCH_H
#define LABOS_ARCH_H

/* For debuggers: the function that contains this has no caller (DWARF 4, 6.4). */
#define NO_CALLER() __asm__ volatile(".cfi_undefined ra")

static inline long system_call(long number, long arg0, long arg1, long arg2)
{
    register long a0 __asm__("a0") = arg0;
    register long a1 __asm__("a1") = arg1;
    register long a2 __asm__("a2") = arg2;
    register long a7 __asm__("a7") = number;

    __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a7) : "memory");
    return a0;
}

/* Returns the memory for thread-local variables: from tp on (RISC-V psABI). */
static inline char *user_tls(unsigned long size)
{
    char *tls;

    (void)size;
    __asm__("mv %0, tp" : "=r"(tls));
    return tls;
}

/* Forbidden operations: turn off interrupts, change the page tables, return from a trap that never
 * came, use registers that the kernel does not save. */
static inline void privileged_instruction(int which)
{
    switch (which) {
    case 0:
        __asm__ volatile("csrci sstatus, 2");
        break;
    case 1:
        __asm__ volatile("csrw satp, zero");
        break;
    case 2:
        __asm__ volatile("sret");
        break;
    default:
        __asm__ volatile("sfence.vma");
    }
}

#endif
