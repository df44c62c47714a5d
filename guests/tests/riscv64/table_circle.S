/* SPDX-License-Identifier: MIT */
/* Dies with a page table that is each of its own entries but one: in Sv48 that is a tree of 2^27
 * tables, and none of their pages is RAM. */
#include "bare.inc"

#define SATP_SV48 (9 << 60)

        .globl  _start
_start:
        la      t0, root
        srli    t1, t0, 2
        ori     t1, t1, 1       /* V: a pointer to the next level */
        li      t2, 511
1:      addi    t0, t0, 8
        sd      t1, (t0)
        addi    t2, t2, -1
        bnez    t2, 1b
        la      t0, root
        li      t1, 0xcf        /* the first 512 GiB as they lie: D A X W R V */
        sd      t1, (t0)
        srli    t0, t0, 12
        li      t1, SATP_SV48
        or      t0, t0, t1
        csrw    satp, t0
        sfence.vma
        li      t0, 0xe0000000
        ld      t0, (t0)
1:      j       1b

        .section .bss, "aw", @nobits
        .balign 4096
root:   .skip   4096

        .section .note.GNU-stack, "", @progbits
