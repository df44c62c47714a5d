/* SPDX-License-Identifier: MIT */
/*
 * The smallest guest: no runtime, no stack, no call. The VMM has put the CPU into 64-bit mode;
 * here are the first instructions that it executes.
 */
        .globl  _start
_start:
        mov     $0x42, %eax
        mov     $0x1337133713371337, %rbx
        mov     $0xdeadbeef, %ecx
1:      jmp     1b

        .section .note.GNU-stack, "", @progbits
