/* SPDX-License-Identifier: MIT */
/* switch_to for fibers.c. What is on a stack that it has left: WORDS words, of which word RETURN is
 * the address that it returns to. The program uses no floating point, so those registers stay. */
enum { WORDS = 8, RETURN = 6 };
__asm__(".text; .globl switch_to; switch_to:"
        "push %rbp; push %rbx; push %r12; push %r13; push %r14; push %r15;"
        "mov %rsp, (%rdi); mov %rsi, %rsp;"
        "pop %r15; pop %r14; pop %r13; pop %r12; pop %rbx; pop %rbp; ret");
