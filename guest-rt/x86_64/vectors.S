/* SPDX-License-Identifier: MIT */
/*
 * Interrupt and exception entry (Intel SDM vol. 3, 6.14). Each vector's stub pushes its
 * number. The rest is the same for all: save the registers as a struct trap_frame, call
 * trap_entry, restore them, return.
 */
#define VECTORS  48
#define STUB     16 /* bytes per stub; guest.ld aligns the stubs to a page */
#define PRESENT_INTERRUPT_GATE 0x8e
#define DOUBLE_FAULT 8
#define FXSAVE_SIZE 512 /* SDM vol. 1, 10.5.1; a multiple of 16 */

/* Vectors for which the CPU pushes an error code: SDM vol. 3, table 6-1. */
#define HAS_ERROR(v) ((v) == 8 || ((v) >= 10 && (v) <= 14) || (v) == 17 || (v) == 21 || (v) == 29 || (v) == 30)

        .section .text.vectors, "ax"
        .globl  trap_vectors
trap_vectors:
        .set    vector, 0
        .rept   VECTORS
        .balign STUB
        .if     !HAS_ERROR(vector)
        push    $0
        .endif
        push    $vector
        jmp     trap_common
        .set    vector, vector + 1
        .endr

        .text
trap_common:
        push    %rax
        push    %rcx
        push    %rdx
        push    %rbx
        push    %rbp
        push    %rsi
        push    %rdi
        push    %r8
        push    %r9
        push    %r10
        push    %r11
        push    %r12
        push    %r13
        push    %r14
        push    %r15
        mov     %rsp, %rdi /* the CPU has aligned the stack: 22 words are on it */

/* A frame as functions have, for callers to be found: it leads to the interrupted code. */
        mov     136(%rsp), %rax
        inc     %rax /* as if a call was there: its return address comes after it */
        push    %rax
        push    %rbp
        mov     %rsp, %rbp

/* For debuggers: where the interrupted code's registers are (DWARF 4, 6.4). It is in
 * .eh_frame, because clang's assembler writes no signal frame into .debug_frame. */
        .cfi_sections .eh_frame
        .cfi_startproc simple
        .cfi_signal_frame
        .cfi_def_cfa %rsp, 192
        .cfi_offset %rip, -40
        .cfi_offset %rsp, -16
        .set    offset, -176
        .irp    register, r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax
        .cfi_offset %\register, offset
        .set    offset, offset + 8
        .endr
        cld
#ifdef __SSE2__
        sub     $FXSAVE_SIZE, %rsp
        .cfi_adjust_cfa_offset FXSAVE_SIZE
        fxsave64 (%rsp)
#endif
        call    trap_entry
#ifdef __SSE2__
        fxrstor64 (%rsp)
        add     $FXSAVE_SIZE, %rsp
        .cfi_adjust_cfa_offset -FXSAVE_SIZE
#endif
        add     $16, %rsp
        pop     %r15
        .cfi_endproc
        pop     %r14
        pop     %r13
        pop     %r12
        pop     %r11
        pop     %r10
        pop     %r9
        pop     %r8
        pop     %rdi
        pop     %rsi
        pop     %rbp
        pop     %rbx
        pop     %rdx
        pop     %rcx
        pop     %rax
        add     $16, %rsp /* vector and error code */
        iretq

/* sti takes effect only after the next instruction (SDM vol. 2, STI). So no interrupt can be handled
 * before the hlt that waits for it. trap_entry looks for the label nevertheless; cpu.c says why. */
        .globl  arch_irq_wait, arch_irq_wait_hlt
arch_irq_wait:
        sti
arch_irq_wait_hlt:
        hlt
        cli
        ret

/* Gates, SDM vol. 3, 6.14.1: the address in three parts, the selector, the IST. */
        .section .rodata.idt, "a"
        .balign 16
idt:
        .set    vector, 0
        .rept   VECTORS
        .word   trap_vectors_15_0 + vector * STUB, 0x08
        .if     vector == DOUBLE_FAULT
        .byte   1, PRESENT_INTERRUPT_GATE
        .else
        .byte   0, PRESENT_INTERRUPT_GATE
        .endif
        .word   trap_vectors_31_16
        .quad   0
        .set    vector, vector + 1
        .endr
idt_end:
        .globl  idt_pointer /* for lidt */
idt_pointer:
        .word   idt_end - idt - 1
        .quad   idt

        .section .note.GNU-stack, "", @progbits
