/* SPDX-License-Identifier: MIT */
/*
 * Enters and leaves the kernel. A trap from user code saves the registers in the trap frame of the
 * current process, which sscratch points to. The kernel then runs on its own stack, which is empty
 * each time. The runtime handles a trap of the kernel itself: it explains it and ends the VM.
 */
#include "each_float.inc"
#include "trap_frame.h"

#define KERNEL_STACK_SIZE 16384

        .macro  each_register insn, base /* except x5, t0, and x10, a0 */
        .irp    n, 1, 2, 3, 4, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, \
                   23, 24, 25, 26, 27, 28, 29, 30, 31
        \insn   x\n, FRAME_REG(\n)(\base)
        .endr
        .endm

        .text
        .balign 4 /* stvec's low bits are its mode, 0: direct (privileged spec, 4.1.2) */
user_trap_entry:
        .cfi_sections .eh_frame
        .cfi_startproc
        .cfi_undefined ra /* for debuggers: the kernel's stack begins here (DWARF 4, 6.4) */
        csrrw   a0, sscratch, a0
        sd      t0, FRAME_REG(5)(a0)
        each_register sd, a0
        csrr    t0, sscratch
        csrr    t1, sepc
        csrr    t2, sstatus
        csrr    t3, scause
        csrr    t4, stval
        sd      t0, FRAME_REG(10)(a0)
        sd      t1, FRAME_PC(a0)
        sd      t2, FRAME_SSTATUS(a0)
        sd      t3, FRAME_CAUSE(a0)
        sd      t4, FRAME_ADDRESS(a0)
#ifdef __riscv_flen
        bgez    t2, .Lkernel    /* no use of floating point so far */
        each_float fsd, a0
        csrr    t0, fcsr
        sd      t0, FRAME_FCSR(a0)
.Lkernel:
#endif
        la      t0, trap_vector
        csrw    stvec, t0
        ld      tp, kernel_tp
        la      sp, kernel_stack_end
        li      s0, 0           /* the end of every backtrace */
        call    user_trap
        .globl  cpu_begin
cpu_begin:
        la      sp, kernel_stack_end
        li      s0, 0
        call    schedule
        .cfi_endproc

/* a0: the frame. */
        .globl  cpu_enter
cpu_enter:
        csrw    sscratch, a0
        la      t0, user_trap_entry
        csrw    stvec, t0
        ld      t1, FRAME_PC(a0)
        ld      t2, FRAME_SSTATUS(a0)
        csrw    sepc, t1
#ifdef __riscv_flen
        csrr    t3, sstatus     /* dirty: the last process's values are in the registers */
        or      t3, t3, t2
        bgez    t3, .Luser
        each_float fld, a0
        ld      t0, FRAME_FCSR(a0)
        csrw    fcsr, t0
.Luser:
#endif
        csrw    sstatus, t2
        each_register ld, a0
        ld      t0, FRAME_REG(5)(a0)
        ld      a0, FRAME_REG(10)(a0)
        sret

        .bss
        .balign 16
        .skip   KERNEL_STACK_SIZE
kernel_stack_end:
        .globl  kernel_tp
kernel_tp:
        .skip   8

        .section .note.GNU-stack, "", @progbits
