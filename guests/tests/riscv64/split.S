/* SPDX-License-Identifier: MIT */
/* Instructions of four bytes across two pages: each has its usual effect. */
        .macro  split before=0 /* leaves 2 + before bytes to the end of a page */
        .balign 4096, 1 /* filled with ones, because a 2-byte nop does not exist under norvc */
        .skip   4096 - 2 - \before
        .endm

        .option norvc
        .option norelax
        .text
        .globl  main
main:                   /* returns 0 if all is well */
        mv      t6, ra
        li      a0, 0
        li      t5, 3
        j       loop

        split   4
loop:
        addi    t5, t5, -1
        bnez    t5, loop /* back to the page before, several times */
        j       jump

        split
jump:
        jal     t1, landing
after_jump:
        li      a0, 1
landing:
        la      t0, after_jump
        sub     t0, t0, t1
        or      a0, a0, t0
        j       address

        split
address:
        auipc   t1, 0
        la      t0, address
        sub     t0, t0, t1
        or      a0, a0, t0
        snez    a0, a0
        j       last

        split
last:
        jr      t6

        .section .note.GNU-stack, "", @progbits
