/*
 * The first instructions of a guest: paging is off, and nobody has told yet where the
 * stack is to be.
 */
#include "sbi.h"

#define SIE_STIE 0x20 /* the timer's interrupt: privileged spec, 4.1.3 */

#define EMERGENCY_STACK_SIZE 4096

/* a0: hart id; a1: the device tree (abi/README.md). */
        .section .text.entry, "ax"
        .globl  _start
_start:
        la      t0, trap_vector
        csrw    stvec, t0
        li      t0, SIE_STIE
        csrw    sie, t0
        la      sp, emergency_stack_end
        mv      s0, a0
        mv      a0, a1
        call    boot             /* a0: the end of RAM */
        mv      sp, a0
        mv      a1, a0
        mv      a0, s0
        li      s0, 0            /* the end of every backtrace */
        call    rt_start
        unimp

/* For traps that the stack has no room for, and for boot(). */
        .section .bss.entry, "aw", @nobits
        .balign 16
        .skip   EMERGENCY_STACK_SIZE
        .globl  emergency_stack_end
emergency_stack_end:

#include "../note.S"

        .section .note.GNU-stack, "", @progbits
