/* SPDX-License-Identifier: MIT */
/* The smallest first program of a Linux: prints a greeting, and switches the machine off.
 * System calls: number in a7, arguments in a0 to a5, then ecall: from U-mode to the kernel. */
#include <asm/unistd.h>
#include <linux/reboot.h>

        .section .rodata
text:   .ascii  "Hello from the first program of this Linux!\n"
        .equ    size, . - text

        .text
        .globl  _start
_start:
        li      a7, __NR_write          # write(1, text, size)
        li      a0, 1
        la      a1, text
        li      a2, size
        ecall

        li      a7, __NR_reboot         # reboot(2)
        li      a0, LINUX_REBOOT_MAGIC1
        li      a1, LINUX_REBOOT_MAGIC2
        li      a2, LINUX_REBOOT_CMD_POWER_OFF
        ecall

        li      a7, __NR_exit           # if that failed: the kernel panics without its init
        li      a0, 1
        ecall

        .section .note.GNU-stack, "", %progbits
