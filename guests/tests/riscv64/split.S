/* Instructions of four bytes that lie in two pages: each does what it does elsewhere. */
        .macro  split /* the next instruction starts two bytes before the end of a page */
        .balign 4096
        .skip   4096 - 2
        .endm

        .option norvc
        .option norelax
        .text
        .globl  main
main:                    /* returns 0 */
        mv      t6, ra
        li      t5, 3
        j       branch
less:
        addi    t5, t5, -1
        j       branch

        split
branch:
        bnez    t5, less /* to the page before, more than once */
        j       jump

        split
jump:
        jal     t1, landing
after_jump:
        j       failed
landing:
        la      t0, after_jump
        bne     t0, t1, failed
        j       address

        split
address:
        auipc   a2, 0
        la      t0, address
        bne     t0, a2, failed
        li      t5, 3
        j       load

        split
load:
        ld      a1, 0(sp)
        addi    t5, t5, -1
        bnez    t5, load /* decoded by now */
        li      a0, 0
        jr      t6
failed:
        li      a0, 1
        jr      t6

        .section .note.GNU-stack, "", @progbits
