/* SPDX-License-Identifier: MIT */
/*
 * A page table entry that the guest also executes. At first it is the encoding of a fence. When the
 * page walk sets its A bit, it becomes a floating-point instruction, which traps because FS is off.
 * After fence.i it must trap: the status is the distance from it to the trap, 0.
 */
#include "bare.inc"

        .globl  _start
_start:
        la      t0, root
        li      t1, RAM_GIGAPAGE
        sd      t1, 2 * 8(t0)
        li      t1, 0x80000000 >> 2 | 0xf /* the same at 0xc0000000, A and D clear */
        sd      t1, 3 * 8(t0)
        la      t1, on_trap
        csrw    stvec, t1
        paging_on
        la      s0, root + 3 * 8
        jr      s0 /* after the fence: an illegal instruction, which traps */
        .balign 4
on_trap:
        csrr    s1, sepc
        bnez    s2, second
        li      s2, 1
        li      t1, 0xc0000000
        ld      t2, 0(t1) /* sets A */
        fence.i
        jr      s0
second:
        sub     s1, s1, s0
        exit_with s1

        .section .bss, "aw", @nobits
        .balign 4096
root:   .skip   4096

        .section .note.GNU-stack, "", @progbits
