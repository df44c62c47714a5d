/* SPDX-License-Identifier: MIT */
/*
 * Maps another page of code at an address, without sfence.vma. The guest may then execute either
 * page's code. At its own address, the first page must be unchanged: status 1.
 */
#include "bare.inc"

        .globl  _start
_start:
        la      t0, root
        la      t1, middle
        la      t2, low
        li      t3, RAM_GIGAPAGE
        sd      t3, 2 * 8(t0)
        srli    t3, t1, 2
        ori     t3, t3, 1
        sd      t3, 1 * 8(t0)
        srli    t3, t2, 2
        ori     t3, t3, 1
        sd      t3, 0(t1)
        la      t3, first
        srli    t3, t3, 2
        ori     t3, t3, 0xcf
        sd      t3, 16 * 8(t2) /* 0x40010000 */
        paging_on
        li      s0, 0x40010000
        jalr    s0
        la      t2, low
        la      t3, second
        srli    t3, t3, 2
        ori     t3, t3, 0xcf
        sd      t3, 16 * 8(t2)
        addi    s0, s0, 8
        jalr    s0
        sfence.vma
        fence.i
        la      s0, first + 8
        jalr    s0
        exit_with s1

        .balign 4096
first:  ret
        .balign 8
        li      s1, 1
        ret
        .balign 4096
second: ret
        .balign 8
        li      s1, 2
        ret

        .section .bss, "aw", @nobits
        .balign 4096
root:   .skip   4096
middle: .skip   4096
low:    .skip   4096

        .section .note.GNU-stack, "", @progbits
