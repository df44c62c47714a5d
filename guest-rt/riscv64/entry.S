/* SPDX-License-Identifier: MIT */
/* The first instructions of a guest. Paging is off, and there is no stack yet. */
#include "machine.h"
#include "sbi.h"
#include "slot.h"
#include "trap_frame.h"

#define SIE_SSIE_STIE 0x22 /* IPIs and the timer: privileged spec, 4.1.3 */

#define BOOT_STACK_SIZE 4096

        .macro  set_csrs
        la      t0, trap_vector
        csrw    stvec, t0
        li      t0, SIE_SSIE_STIE
        csrw    sie, t0
#ifdef __riscv_flen
        li      t0, SSTATUS_FS
        csrs    sstatus, t0
        csrw    fcsr, zero
        li      t0, SSTATUS_FS & ~SSTATUS_FS_INITIAL
        csrc    sstatus, t0      /* initial: no trap saves the registers before their first use */
#endif
        .endm

/* Sets sp and tp for the hart in a0. */
        .macro  use_stack
        ld      t0, end_of_ram
        addi    t1, a0, 1
        li      t2, LAB_STACK_STRIDE
        mul     t1, t1, t2
        sub     t0, t0, t1
        add     sp, t0, t2
        li      t1, SLOT_TLS
        add     tp, t0, t1
        li      s0, 0            /* the end of every backtrace */
        .endm

/* a0: hart id; a1: the device tree; a2 to a5: the machine, if the VMM is Labvisor (abi/machines.md). */
        .section .text.entry, "ax"
        .globl  _start
_start:
        .cfi_sections .eh_frame
        .cfi_startproc; .cfi_undefined ra /* for debuggers: no caller (DWARF 4, 6.4) */
        li      tp, 0            /* no page is unmapped yet */
        set_csrs
        la      sp, boot_stack_end
        mv      s0, a0
        call    boot
        mv      a0, s0
        use_stack
        call    rt_start
        unimp
        .cfi_endproc

        .globl  hart_entry
hart_entry:
        .cfi_startproc
        .cfi_undefined ra
        use_stack
        set_csrs
        ld      t0, paging_satp
        csrw    satp, t0
        sfence.vma
        call    hart_main
        unimp
        .cfi_endproc

        .section .bss.entry, "aw", @nobits
        .balign 16
        .skip   BOOT_STACK_SIZE
boot_stack_end:

#include "../note.S"

        .section .note.GNU-stack, "", @progbits
