/* SPDX-License-Identifier: MIT */
/* The x86 part of user programs. */
#ifndef LABOS_ARCH_H
#define LABOS_ARCH_H

#include <machine.h>
#include <stdint.h>
#include <user_fs.h>

#define SYSTEM_CALL_VECTOR 0x80

/* For debuggers: the function that contains this has no caller (DWARF 4, 6.4). */
#define NO_CALLER() __asm__ volatile(".cfi_undefined %rip")

/* int is the oldest and simplest way into a kernel: a trap like any other. */
static inline long system_call(long number, long arg0, long arg1, long arg2)
{
    __asm__ volatile("int %1"
                     : "+a"(number)
                     : "i"(SYSTEM_CALL_VECTOR), "D"(arg0), "S"(arg1), "d"(arg2)
                     : "memory");
    return number;
}

/* Returns the memory for thread-local variables: below fs, which points to its own address (System
 * V psABI, 3.4.2). */
static inline char *user_tls(unsigned long size)
{
    uintptr_t *fs = (uintptr_t *)(uintptr_t)USER_FS;

    *fs = USER_FS;
    return (char *)fs - size;
}

/* Forbidden operations: turn off interrupts, make a hypercall, enter the kernel by a vector that is
 * not for programs, use registers that the kernel does not save. */
static inline void privileged_instruction(int which)
{
    switch (which) {
    case 0:
        __asm__ volatile("cli");
        break;
    case 1:
        __asm__ volatile("out %%eax, %0" ::"i"(LAB_PORT), "a"(0), "c"(0));
        break;
    case 2:
        __asm__ volatile("syscall" ::"a"(0) : "rcx", "r11");
        break;
    default:
        __asm__ volatile("movd %eax, %xmm0");
    }
}

#endif
