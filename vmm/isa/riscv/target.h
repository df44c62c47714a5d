/* SPDX-License-Identifier: MIT */
/* The registers of a hart as gdb names and orders them (gdb manual, "RISC-V Features"). */
#ifndef ISA_RISCV_TARGET_H
#define ISA_RISCV_TARGET_H

#include "core/debug.h"

/* debug.h's target. */
const struct target *riscv_target(const struct vm *vm);

/* The registers in the order of riscv_target, without gaps. */
struct riscv_debug_registers {
    uint64_t x[32], pc;
    uint64_t f[32];
    uint32_t fflags, frm, fcsr;
    uint64_t sstatus, sie, sip, stvec, sscratch, sepc, scause, stval, satp;
    uint8_t priv; /* 0: U-mode, 1: S-mode */
} __attribute__((packed));

/* Sets fflags and frm to the two parts of fcsr. */
void riscv_split_fcsr(struct riscv_debug_registers *r);

/* Sets fcsr from fflags and frm, unless the debugger has changed fcsr itself. before: the hart's
 * fcsr. */
void riscv_merge_fcsr(struct riscv_debug_registers *r, uint32_t before);

/* debug.h's core_registers, for back ends whose get_registers writes the struct above. */
size_t riscv_core_registers(struct vcpu *vcpu, uint8_t *bytes);

#endif
