/* SPDX-License-Identifier: MIT */
/*
 * Makes a hypercall by vmcall or vmmcall, with registers as for `out` (abi/README.md,
 * "Transports"). rax and rdx get the result. All other registers keep their values.
 */
#include "machine.h"

        .macro  transport name, instruction
        .globl  \name
\name:
        push    %rbx
        push    %rcx
        push    %r10
        push    %r11
        mov     %rax, %r10
        mov     %rcx, %r11
        mov     $LAB_VMCALL_RAX, %eax
        mov     $LAB_VMCALL_RBX, %ebx
        mov     $LAB_VMCALL_RCX, %ecx
        \instruction
        pop     %r11
        pop     %r10
        pop     %rcx
        pop     %rbx
        ret
        .endm

        .text
        transport sbi_vmcall, vmcall    /* Intel SDM vol. 3, 30.3, VMCALL */
        transport sbi_vmmcall, vmmcall  /* AMD APM vol. 3, VMMCALL */

        .section .note.GNU-stack, "", @progbits
