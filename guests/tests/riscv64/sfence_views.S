/* SPDX-License-Identifier: MIT */
/* sfence.vma with SUM clear also flushes translations that were made with SUM set. Status 0. */
#include "bare.inc"

#define SSTATUS_SUM (1 << 18)

        .globl  _start
_start:
        la      t0, root
        li      t1, RAM_GIGAPAGE
        sd      t1, 2 * 8(t0)
        la      t2, middle
        srli    t1, t2, 2
        ori     t1, t1, 1
        sd      t1, 1 * 8(t0)
        li      t1, RAM_GIGAPAGE /* a megapage at 0x42000000: the start of RAM */
        sd      t1, 16 * 8(t2)
        paging_on
        li      s0, 0x42000000
        li      s3, SSTATUS_SUM
        csrs    sstatus, s3
        ld      s1, 0(s0)
        csrc    sstatus, s3
        la      t2, middle
        li      t1, SECOND_2_MIB
        sd      t1, 16 * 8(t2)
        sfence.vma
        csrs    sstatus, s3
        ld      s2, 0(s0)
        xor     s1, s1, s2
        seqz    s1, s1
        exit_with s1

        .section .bss, "aw", @nobits
        .balign 4096
root:   .skip   4096
middle: .skip   4096

        .section .note.GNU-stack, "", @progbits
