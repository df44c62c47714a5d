/* SPDX-License-Identifier: MIT */
/*
 * Enters and leaves the kernel. For a trap from user code, the CPU and then this code push the
 * registers into the trap frame of the current process: TSS.rsp0 is its end. The kernel then runs
 * on its own stack, which is empty each time.
 */
#include "cpu.h"

#define KERNEL_STACK_SIZE 16384

/* Vectors for which the CPU pushes an error code: Intel SDM vol. 3, table 6-1. */
#define HAS_ERROR(v) ((v) == 8 || ((v) >= 10 && (v) <= 14) || (v) == 17 || (v) == 21 || (v) == 29 || (v) == 30)

        .text
        .balign STUB_SIZE
        .globl  trap_stubs
trap_stubs:
        .set    vector, 0
        .rept   TRAPS
        .balign STUB_SIZE
        .if     !HAS_ERROR(vector)
        push    $0
        .endif
        push    $vector
        jmp     trap_common
        .set    vector, vector + 1
        .endr

        .globl  system_call_stub
system_call_stub:
        push    $0
        push    $SYSTEM_CALL

trap_common:
        .cfi_sections .eh_frame
        .cfi_startproc
        .cfi_undefined %rip /* for debuggers: the kernel's stack begins here (DWARF 4, 6.4) */
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
        cld
        mov     %rsp, %rdi
        testb   $3, FRAME_CS(%rdi)
        jz      1f
        mov     $kernel_stack_end, %esp
        xor     %ebp, %ebp /* the end of every backtrace */
        mov     $IA32_FS_BASE, %ecx
        mov     kernel_fs, %eax
        mov     kernel_fs + 4, %edx
        wrmsr
        call    user_trap
        .globl  cpu_begin
cpu_begin:
        mov     $kernel_stack_end, %esp
        xor     %ebp, %ebp
        call    schedule
        .cfi_endproc

/* The frame of a trap in the kernel is on the kernel's stack, where debuggers find it. */
1:      .cfi_startproc simple
        .cfi_signal_frame
        .cfi_def_cfa %rsp, FRAME_SIZE
        .cfi_offset %rip, -40
        .cfi_offset %rsp, -16
        .set    offset, -FRAME_SIZE
        .irp    register, r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax
        .cfi_offset %\register, offset
        .set    offset, offset + 8
        .endr
        call    kernel_trap
        .cfi_endproc

/* rdi: the frame. */
        .globl  cpu_enter
cpu_enter:
        lea     FRAME_SIZE(%rdi), %rax
        mov     %rax, task_state + TSS_RSP0
        mov     $IA32_FS_BASE, %ecx
        mov     $USER_FS, %eax
        xor     %edx, %edx
        wrmsr
        mov     %rdi, %rsp
        pop     %r15
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

        .bss
        .balign 16
        .skip   KERNEL_STACK_SIZE
kernel_stack_end:

        .section .note.GNU-stack, "", @progbits
