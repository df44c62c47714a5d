/* A RISC-V hart's registers as gdb knows them (gdb manual, "RISC-V Features"). */
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

/* Makes fflags and frm of fcsr. */
void riscv_split_fcsr(struct riscv_debug_registers *r);

/* Makes fcsr what a debugger has set: fcsr itself if that differs from its value before, else
 * fflags and frm. */
void riscv_merge_fcsr(struct riscv_debug_registers *r, uint32_t before);

/* debug.h's core_registers, of what the back end's get_registers tells. */
size_t riscv_core_registers(struct vcpu *vcpu, uint8_t *bytes);

#endif
