/* SPDX-License-Identifier: MIT */
/* After a sleep, in a loop: the timer's interrupt must come exactly at stimecmp. The status is the
 * number of ticks that it was late. */
#include "bare.inc"

#define STIMECMP 0x14d
#define SIE_STIE 0x20

        .globl  _start
_start:
        la      t0, on_timer
        csrw    stvec, t0
        li      t0, SIE_STIE
        csrw    sie, t0
        rdtime  s0
        li      t1, 100000
        add     t1, t1, s0
        csrw    STIMECMP, t1
        wfi     /* 10 ms, which virtual time skips */
        rdtime  s0
        addi    s0, s0, 50
        csrw    STIMECMP, s0
        csrsi   sstatus, 2 /* SIE */
1:      j       1b
        .balign 4
on_timer:
        rdtime  s1
        sub     s1, s1, s0
        exit_with s1

        .section .note.GNU-stack, "", @progbits
