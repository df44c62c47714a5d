/* SPDX-License-Identifier: MIT */
/*
 * setjmp and longjmp save and load the registers that a call preserves, and the return address.
 * setjmp.c has the rest.
 */
    .text

    .globl setjmp
    .type setjmp, @function
setjmp:                         /* rdi: env */
    mov %rbx, 0(%rdi)
    mov %rbp, 8(%rdi)
    mov %r12, 16(%rdi)
    mov %r13, 24(%rdi)
    mov %r14, 32(%rdi)
    mov %r15, 40(%rdi)
    lea 8(%rsp), %rax           /* the caller's stack pointer after the return */
    mov %rax, 48(%rdi)
    mov (%rsp), %rax            /* the return address */
    mov %rax, 56(%rdi)
    jmp setjmp_nested
    .size setjmp, . - setjmp

    .globl setjmp_return
    .type setjmp_return, @function
setjmp_return:                  /* rdi: env, esi: the value that setjmp returns, dl: interrupts on? */
    mov 0(%rdi), %rbx
    mov 8(%rdi), %rbp
    mov 16(%rdi), %r12
    mov 24(%rdi), %r13
    mov 32(%rdi), %r14
    mov 40(%rdi), %r15
    mov 48(%rdi), %rsp
    mov 56(%rdi), %rcx
    mov %esi, %eax
    test %eax, %eax
    jnz 1f
    inc %eax                    /* never 0 the second time */
1:  test %dl, %dl
    jz 2f
    sti                         /* from here on env may change */
2:  jmp *%rcx
    .size setjmp_return, . - setjmp_return

    .section .note.GNU-stack, "", @progbits
