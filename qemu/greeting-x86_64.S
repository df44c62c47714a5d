/* SPDX-License-Identifier: MIT */
/* The smallest first program of a Linux: prints a greeting, and switches the machine off.
 * System calls: number in rax, arguments in rdi, rsi, rdx, r10 (System V ABI, A.2.1). */
#include <asm/unistd.h>
#include <linux/reboot.h>

        .section .rodata
text:   .ascii  "Hello from the first program of this Linux!\n"
        .equ    size, . - text

        .text
        .globl  _start
_start:
        mov     $__NR_write, %eax       /* write(1, text, size) */
        mov     $1, %edi
        lea     text(%rip), %rsi
        mov     $size, %edx
        syscall

        mov     $__NR_reboot, %eax      /* reboot(2); the console has written everything by now */
        mov     $LINUX_REBOOT_MAGIC1, %edi
        mov     $LINUX_REBOOT_MAGIC2, %esi
        mov     $LINUX_REBOOT_CMD_POWER_OFF, %edx
        syscall

        mov     $__NR_exit, %eax        /* if that failed: the kernel panics when its init ends */
        mov     $1, %edi
        syscall

        .section .note.GNU-stack, "", %progbits
