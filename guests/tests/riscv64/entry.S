/* SPDX-License-Identifier: MIT */
/* Compares the registers at the guest's entry with abi/machines.md. Ends with status 0, or with the
 * number of the first check that fails. */
#include "machine.h"
#include "sbi.h"

#define SSTATUS_SIE_FS 0x6002

        .macro  must_be register, value
        addi    a0, a0, 1
        li      t0, \value
        bne     \register, t0, end
        .endm

        .macro  csr_must_be csr, value
        csrr    t1, \csr
        must_be t1, \value
        .endm

        .globl  _start
_start:
        or      x5, x5, x6 /* all that must be 0 */
        .irp    number, 1, 2, 3, 4, 7, 8, 9, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
        or      x5, x5, x\number
        .endr
        mv      t2, x5
        mv      s0, a0 /* 0: hart 0 */
        li      a0, 0
        must_be t2, 0 /* 1 */
        must_be s0, 0
        must_be a2, LAB_SIGNATURE /* 3 */
        must_be a3, LAB_ABI_VERSION
        must_be a4, 64 << 20 /* 5 */
        must_be a5, 1
        csr_must_be satp, 0 /* 7 */
        csr_must_be sie, 0
        csr_must_be sscratch, 0 /* 9 */
        csr_must_be stvec, 0
        csr_must_be scounteren, 7 /* 11 */
        csrr    t1, sstatus
        li      t2, SSTATUS_SIE_FS
        and     t1, t1, t2
        must_be t1, 0
        csr_must_be scause, 0 /* 13 */
        csr_must_be sepc, 0
        csr_must_be stval, 0 /* 15 */
        csr_must_be sip, 0
        li      a0, 0
end:
        li      a7, EID_LAB
        li      a6, FID_LAB_exit
        ecall

        .section .note.GNU-stack, "", @progbits
