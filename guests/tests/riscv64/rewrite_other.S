/* SPDX-License-Identifier: MIT */
/* A hart rewrites code that another hart has executed, and lets it execute again: the status shows
 * both results, 0x21. Run with -c2. */
#include "bare.inc"

        .globl  _start
_start:
        li      a7, EID_HSM
        li      a6, FID_HSM_hart_start
        li      a0, 1
        la      a1, writer
        li      a2, 0
        ecall
        la      s0, turn
        la      s2, function
1:      ld      t0, 0(s0)
        beqz    t0, 1b
        fence.i
        jalr    s2
        mv      s3, a0
        sd      zero, 0(s0)
2:      ld      t0, 0(s0)
        beqz    t0, 2b
        fence.i
        jalr    s2
        slli    a0, a0, 4
        or      s3, s3, a0
        exit_with s3

writer:
        la      s0, turn
        la      s2, function
        li      t1, 0x4505 /* c.li a0, 1 */
        sh      t1, 0(s2)
        li      t1, 1
        sd      t1, 0(s0)
3:      ld      t0, 0(s0)
        bnez    t0, 3b
        li      t1, 0x4509 /* c.li a0, 2 */
        sh      t1, 0(s2)
        li      t1, 1
        sd      t1, 0(s0)
4:      j       4b

        .balign 8
turn:   .dword  0
        .balign 4096
function:
        c.li    a0, 0
        ret

        .section .note.GNU-stack, "", @progbits
