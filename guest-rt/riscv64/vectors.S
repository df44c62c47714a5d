/* SPDX-License-Identifier: MIT */
/*
 * Trap entry and exit: save the registers as a struct trap_frame, call trap_entry,
 * restore them, return.
 */
#include "each_float.inc"
#include "slot.h"
#include "trap_frame.h"

#define PAGE_SHIFT 12
#define FULL       (((SLOT_STACK - SLOT_TLS) >> PAGE_SHIFT) + 1) /* pages: less than one is left */

        .macro  each_register insn /* except x2, the stack pointer, and x5, t0 */
        .irp    n, 1, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, \
                   23, 24, 25, 26, 27, 28, 29, 30, 31
        \insn   x\n, FRAME_REG(\n)(sp)
        .endr
        .endm

/*
 * The frame goes below the interrupted code's stack pointer. If the stack has no room, it goes to
 * the hart's emergency stack. There is no room if the stack pointer is in the gap or near it, or so
 * wrong that the store at .Lsave faulted itself (then stval is that store's address).
 */
        .text
        .balign 4 /* stvec's low bits are its mode, 0: direct (privileged spec, 4.1.2) */
        .globl  trap_vector
trap_vector:
        csrw    sscratch, t0
        sub     t0, sp, tp
        srli    t0, t0, PAGE_SHIFT
        addi    t0, t0, -FULL
        bltz    t0, .Lno_room
        csrr    t0, stval
        sub     t0, t0, sp
        addi    t0, t0, FRAME_SIZE - FRAME_REG(2)
        beqz    t0, .Lno_room
        addi    t0, sp, -FRAME_SIZE
.Lsave:
        sd      sp, FRAME_REG(2)(t0)
        mv      sp, t0
        csrr    t0, sscratch
        sd      t0, FRAME_REG(5)(sp)
        each_register sd
        csrr    t0, sepc
        csrr    t1, sstatus
        csrr    t2, scause
        csrr    t3, stval
        sd      t0, FRAME_PC(sp)
        sd      t1, FRAME_SSTATUS(sp)
        sd      t2, FRAME_CAUSE(sp)
        sd      t3, FRAME_ADDRESS(sp)
#ifdef __riscv_flen
        li      t0, SSTATUS_FS_INITIAL /* for the handler: the interrupted code may have it off */
        csrs    sstatus, t0
        bgez    t1, .Lcall /* not dirty: it has no values in these registers */
        each_float fsd, sp
        csrr    t0, fcsr
        sd      t0, FRAME_FCSR(sp)
.Lcall:
#endif
        mv      a0, sp

/* A frame as functions have, for callers to be found: it leads to the interrupted code. */
        ld      t0, FRAME_PC(sp)
        addi    t0, t0, 1 /* as if a call was there: its return address comes after it */
        addi    sp, sp, -16
        sd      s0, 0(sp)
        sd      t0, 8(sp)
        addi    s0, sp, 16

/* For debuggers: where the interrupted code's registers are (DWARF 4, 6.4). Column 64 is the pc,
 * because ra has a column of its own (RISC-V psABI, "DWARF Register Numbers"). It is in
 * .eh_frame, because clang's assembler writes no signal frame into .debug_frame. */
        .cfi_sections .eh_frame
        .cfi_startproc simple
        .cfi_signal_frame
        .cfi_return_column 64
        .cfi_def_cfa sp, 16
        .cfi_offset 64, FRAME_PC
        .irp    n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, \
                   23, 24, 25, 26, 27, 28, 29, 30, 31
        .cfi_offset x\n, FRAME_REG(\n)
        .endr
        call    trap_entry
        addi    sp, sp, 16
        .cfi_def_cfa sp, 0

        ld      t0, FRAME_PC(sp)
        ld      t1, FRAME_SSTATUS(sp) /* a trap inside the handler may have changed both */
        csrw    sepc, t0
#ifdef __riscv_flen
        li      t0, SSTATUS_FS_INITIAL /* the handler may have turned it off */
        csrs    sstatus, t0
        li      t0, 0
        bgez    t1, .Lreturn
        each_float fld, sp
        ld      t0, FRAME_FCSR(sp)
.Lreturn:
        csrw    fcsr, t0 /* the handler's rounding mode and flags stay its own */
#endif
        csrw    sstatus, t1
        each_register ld
        ld      t0, FRAME_REG(5)(sp)
        .cfi_endproc
        ld      sp, FRAME_REG(2)(sp)
        sret

.Lno_room:
        addi    t0, tp, -FRAME_SIZE
        j       .Lsave

        .section .note.GNU-stack, "", @progbits
