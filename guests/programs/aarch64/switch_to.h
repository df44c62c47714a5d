/* SPDX-License-Identifier: MIT */
/* switch_to for fibers.c. What is on a stack that it has left: WORDS words, of which word RETURN is
 * the address that it returns to. The program uses no floating point, so those registers stay. */
enum { WORDS = 12, RETURN = 11 };
__asm__(".text; .globl switch_to; switch_to:"
        "sub sp, sp, #96; stp x19, x20, [sp]; stp x21, x22, [sp, #16]; stp x23, x24, [sp, #32];"
        "stp x25, x26, [sp, #48]; stp x27, x28, [sp, #64]; stp x29, x30, [sp, #80];"
        "mov x9, sp; str x9, [x0]; mov sp, x1;"
        "ldp x19, x20, [sp]; ldp x21, x22, [sp, #16]; ldp x23, x24, [sp, #32];"
        "ldp x25, x26, [sp, #48]; ldp x27, x28, [sp, #64]; ldp x29, x30, [sp, #80];"
        "add sp, sp, #96; ret");
