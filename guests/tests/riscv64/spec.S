/* SPDX-License-Identifier: MIT */
/* Written from abi/README.md alone, without the runtime: prints, waits for input and prints that, sets
 * the timer and waits for it, and ends with status 7. */
#include "bare.inc"

        .macro  call extension, function
        li      a7, EID_\extension
        li      a6, FID_\extension\()_\function
        ecall
        .endm

        .globl  _start
_start:
        li      a0, 6
        la      a1, text
        li      a2, 0
        call    DBCN, console_write
        li      a0, LAB_EVENT_INPUT
        call    LAB, wait
        li      a0, 64
        la      a1, buffer
        li      a2, 0
        call    DBCN, console_read
        mv      a0, a1          /* the bytes that were read */
        la      a1, buffer
        li      a2, 0
        call    DBCN, console_write
        rdtime  a0
        li      t0, 100000
        add     a0, a0, t0
        call    TIME, set_timer
        li      a0, LAB_EVENT_TIMER
        call    LAB, wait
        li      t0, 7
        exit_with t0

        .section .rodata
text:   .ascii  "hello\n"
        .bss
buffer: .skip   64

        .section .note.GNU-stack, "", @progbits
