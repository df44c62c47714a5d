/* SPDX-License-Identifier: MIT */
/* The first instructions of a guest, and its descriptor tables. Assembler and linker lay out the
 * tables, so that nothing is built at run time. Descriptors hold addresses in parts, which guest.ld
 * defines. */
#include "machine.h"
#include "sbi.h"

#define CODE_SELECTOR 0x08 /* the selectors at the guest's start */
#define DATA_SELECTOR 0x10
#define TSS_SELECTOR  0x18
#define TSS_BUSY      2

#define TSS_SIZE         104
#define FAULT_STACK_SIZE 4096

/* The hart may have run before. Intel SDM vol. 1, 8.1.5 and 10.2.3: no exceptions, round to nearest. */
        .macro  float_start
#ifdef __SSE2__
        fninit
        ldmxcsr mxcsr_start
#endif
        .endm

/* rsi: bytes of RAM, which is its end; rdx: harts; rsp: the end of the stack (abi/machines.md). */
        .section .text.entry, "ax"
        .globl  _start
_start:
        .cfi_sections .eh_frame
        .cfi_startproc; .cfi_undefined %rip /* for debuggers: no caller (DWARF 4, 6.4) */
        mov     %rsi, end_of_ram
        mov     %edx, harts_present
        lgdt    gdt_pointer
        lidt    idt_pointer
        mov     $TSS_SELECTOR, %eax
        ltr     %ax
        float_start
        xor     %ebp, %ebp /* the end of every backtrace */
        sub     $tls_room, %rsp
        call    rt_start
        ud2
        .cfi_endproc

/* rdi: hart id. Later the task register gives it (cpu.c). */
        .balign 2 /* HSM.hart_start needs an even address */
        .globl  hart_entry
hart_entry:
        .cfi_startproc
        .cfi_undefined %rip
        lgdt    gdt_pointer
        lidt    idt_pointer
        shl     $4, %edi
        add     $TSS_SELECTOR, %edi
        andb    $~TSS_BUSY, gdt + 5(%rdi) /* the hart may have run before */
        ltr     %di
        float_start
        xor     %ebp, %ebp
        sub     $tls_room, %rsp
        call    hart_main
        ud2
        .cfi_endproc

        .section .rodata.entry, "a"
#ifdef __SSE2__
        .balign 4
mxcsr_start:
        .long   0x1f80
#endif
gdt_pointer:
        .word   gdt_end - gdt - 1
        .quad   gdt

/* Intel SDM vol. 3, 3.4.5 (segment descriptors) and 8.2.3 (TSS descriptor, 64-bit).
 * Writable: ltr marks the TSS as busy. */
        .section .data.entry, "aw"
        .balign 16
gdt:
        .quad   0
        .quad   0x00af9b000000ffff /* code: long mode, ring 0 */
        .quad   0x00cf93000000ffff /* data */
        .set    at, 0
        .rept   LAB_HARTS_MAX
        .word   TSS_SIZE - 1, tss_15_0 + at
        .byte   tss_23_16, 0x89, 0, tss_31_24
        .quad   0
        .set    at, at + TSS_SIZE
        .endr
gdt_end:

/* Intel SDM vol. 3, 8.7. One field is used: a double fault gets another stack of the hart, because
 * its usual cause is a stack without room. No TSS crosses 64 KiB (guest.ld). */
        .balign 4096
        .globl  tss
tss:
        .set    at, 0
        .rept   LAB_HARTS_MAX
        .set    at, at + FAULT_STACK_SIZE
        .skip   36
        .quad   fault_stacks + at /* IST1 */
        .skip   58
        .word   TSS_SIZE /* the I/O map lies after the end: CPL 3 may not use any port */
        .endr

        .section .bss.entry, "aw", @nobits
        .balign 16
fault_stacks:
        .skip   LAB_HARTS_MAX * FAULT_STACK_SIZE

#include "../note.S"

#ifdef __SSE2__
        .section .note.labvisor, "a", @note
        .balign 4
        .long   9, 4, LAB_NOTE_NEEDS
        .asciz  "Labvisor"
        .balign 4
        .long   LAB_NEEDS_SSE
#endif

        .section .note.GNU-stack, "", @progbits
