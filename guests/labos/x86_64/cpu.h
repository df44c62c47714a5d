/* SPDX-License-Identifier: MIT */
/* Shared by cpu.c and trap.S. */
#ifndef LABOS_CPU_H
#define LABOS_CPU_H

#include "user_fs.h"

/* Selectors of the GDT; those of user segments contain CPL 3. */
#define KERNEL_CODE 0x08
#define KERNEL_DATA 0x10
#define TSS         0x18 /* two entries */
#define USER_DATA   0x2b
#define USER_CODE   0x33

#define TRAPS       33 /* the number of vectors, from 0: exceptions and the timer */
#define STUB_SIZE   16
#define SYSTEM_CALL 0x80 /* the vector of system calls; arch.h */

#define IA32_FS_BASE 0xc0000100 /* Intel SDM vol. 4, table 2-2 */

#define TSS_RSP0   4
#define FRAME_CS   144
#define FRAME_SIZE 176

#ifndef __ASSEMBLER__
#include <stdint.h>
#include <trap_frame.h>

/* trap.S */
extern const char trap_stubs[], system_call_stub[];

/* trap.S: the kernel's own thread-local variables (guest-rt/x86_64/cpu.c). */
extern uint64_t kernel_fs;

/* trap.S calls this. */
void user_trap(struct trap_frame *frame);
_Noreturn void kernel_trap(const struct trap_frame *frame);
#endif

#endif
