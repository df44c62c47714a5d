/* SPDX-License-Identifier: MIT */
/* Must die: a fault without an interrupt descriptor table. Entered without the runtime. */
        .text
        .globl  main
main:
        push    $0
        push    $0
        lidt    (%rsp) /* limit 0 */
        ud2

        .section .note.GNU-stack, "", @progbits
