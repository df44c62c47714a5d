/* SPDX-License-Identifier: MIT */
/* Calls more pages of code than the VMM keeps decoded, each again and again, with paging on. Status
 * 42. */
#include "bare.inc"

#define SSTATUS_SUM (1 << 18)

#define PAGES     1200
#define ROUNDS    20
#define FIRST     0x80400000
#define PAGE_SIZE 4096
#define RET       0x8082 /* c.jr ra */

        .globl  _start
_start:
        la      t0, root
        li      t1, RAM_GIGAPAGE
        sd      t1, 2 * 8(t0)
        paging_on
        li      t0, SSTATUS_SUM /* another access mode, with its own TLB */
        csrs    sstatus, t0
        li      s1, FIRST
        li      s2, FIRST + PAGES * PAGE_SIZE
        li      s3, PAGE_SIZE
        li      t1, RET
        mv      t0, s1
1:      sh      t1, 0(t0)
        add     t0, t0, s3
        bltu    t0, s2, 1b
        fence.i
        li      s4, ROUNDS
2:      mv      t0, s1
3:      jalr    t0
        add     t0, t0, s3
        bltu    t0, s2, 3b
        addi    s4, s4, -1
        bnez    s4, 2b
        li      s5, 42
        exit_with s5

        .section .bss, "aw", @nobits
        .balign 4096
root:   .skip   4096

        .section .note.GNU-stack, "", @progbits
