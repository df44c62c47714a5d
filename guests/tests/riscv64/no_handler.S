/* SPDX-License-Identifier: MIT */
/* A trap with a stvec that points to no code: the VMM must end the guest. */
        .globl  _start
_start:
        csrw    stvec, zero
        unimp

        .section .note.GNU-stack, "", @progbits
