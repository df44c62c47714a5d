/* A trap, and nothing where stvec points: nothing but an end to that can be told. */
        .globl  _start
_start:
        csrw    stvec, zero
        unimp

        .section .note.GNU-stack, "", @progbits
