/* SPDX-License-Identifier: MIT */
/*
 * The smallest guest: no runtime, no stack, no call. The hart is in S-mode, paging is off;
 * here are the first instructions that it executes.
 */
        .globl  _start
_start:
        li      t0, 0x42
        li      t1, 0x1337133713371337
        li      t2, 0xdeadbeef
1:      j       1b

        .section .note.GNU-stack, "", @progbits
