/* SPDX-License-Identifier: MIT */
/*
 * setjmp and longjmp save and load the registers that a call preserves, and the return address.
 * setjmp.c has the rest.
 */
#define SSTATUS_SIE 2 /* privileged spec, 4.1.1 */

        .macro  each_saved insn /* a0: env */
        \insn   ra, 0(a0)
        \insn   sp, 8(a0)
        \insn   s0, 16(a0)
        \insn   s1, 24(a0)
        \insn   s2, 32(a0)
        \insn   s3, 40(a0)
        \insn   s4, 48(a0)
        \insn   s5, 56(a0)
        \insn   s6, 64(a0)
        \insn   s7, 72(a0)
        \insn   s8, 80(a0)
        \insn   s9, 88(a0)
        \insn   s10, 96(a0)
        \insn   s11, 104(a0)
        .endm

        .macro  each_saved_float insn
        \insn   fs0, 112(a0)
        \insn   fs1, 120(a0)
        \insn   fs2, 128(a0)
        \insn   fs3, 136(a0)
        \insn   fs4, 144(a0)
        \insn   fs5, 152(a0)
        \insn   fs6, 160(a0)
        \insn   fs7, 168(a0)
        \insn   fs8, 176(a0)
        \insn   fs9, 184(a0)
        \insn   fs10, 192(a0)
        \insn   fs11, 200(a0)
        .endm

        .text
        .globl  setjmp
        .type   setjmp, @function
setjmp:                         /* a0: env */
        each_saved sd
#ifdef __riscv_flen
        each_saved_float fsd
#endif
        tail    setjmp_nested
        .size   setjmp, . - setjmp

        .globl  setjmp_return
        .type   setjmp_return, @function
setjmp_return:                  /* a0: env, a1: the value that setjmp returns, a2: interrupts on? */
        each_saved ld
#ifdef __riscv_flen
        each_saved_float fld
#endif
        seqz    a0, a1          /* never 0 the second time */
        add     a0, a0, a1
        beqz    a2, 1f
        csrsi   sstatus, SSTATUS_SIE /* from here on env may change */
1:      ret
        .size   setjmp_return, . - setjmp_return

        .section .note.GNU-stack, "", @progbits
