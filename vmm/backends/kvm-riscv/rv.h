/* SPDX-License-Identifier: MIT */
/* What the files of this back end share. */
#ifndef BACKENDS_KVM_RISCV_RV_H
#define BACKENDS_KVM_RISCV_RV_H

#include "backends/kvm/kvm.h"
#include "riscv64/machine.h"

/*
 * Ids of registers for KVM_GET_ONE_REG and KVM_SET_ONE_REG, named as KVM names them (api.rst
 * 4.68). All have 64 bits.
 */
#define RV_REG(type, index) (KVM_REG_RISCV | KVM_REG_SIZE_U64 | (type) | (index))

#define REG_PC          RV_REG(KVM_REG_RISCV_CORE, 0)
#define REG_X(n)        RV_REG(KVM_REG_RISCV_CORE, n) /* n from 1 on: id 0 is pc */
#define REG_MODE        RV_REG(KVM_REG_RISCV_CORE, KVM_REG_RISCV_CORE_REG(mode))
#define REG_CSR(name)   RV_REG(KVM_REG_RISCV_CSR, KVM_REG_RISCV_CSR_REG(name))
#define REG_TIMER(name) RV_REG(KVM_REG_RISCV_TIMER, KVM_REG_RISCV_TIMER_REG(name))

/* 1 if the guest is offered an SBI extension, else 0. Headers before Linux 6.8 lack these. */
#define SBI_EXTENSIONS     0x08000000ull
#define SBI_DBCN           9
#define REG_SBI(extension) RV_REG(SBI_EXTENSIONS, extension)

/* registers.c: read and write one register. Each returns 0, or -1 with errno. */
int rv_get(const struct vcpu *vcpu, uint64_t id, uint64_t *value);
int rv_set(const struct vcpu *vcpu, uint64_t id, uint64_t value);

/* debug.h's get_registers and set_registers: struct riscv_debug_registers. */
bool rv_get_registers(struct vcpu *vcpu, uint8_t *bytes);
bool rv_set_registers(struct vcpu *vcpu, const uint8_t *bytes);

/* exits.c: backend.h's run. */
enum ran rv_run(struct vcpu *vcpu);

/* Applies the result of the exit in vcpu->exit. Returns false if the guest cannot continue. */
bool rv_apply_result(struct vcpu *vcpu);

/*
 * debug.c: these do nothing without --gdb. rv_begin_step prepares an entry for a single-step, if
 * the debugger wants one; rv_end_step undoes that after the exit. rv_decode_debug decodes an exit
 * that an ebreak made.
 */
void rv_begin_step(struct vcpu *vcpu);
void rv_end_step(struct vcpu *vcpu);
void rv_decode_debug(struct vcpu *vcpu);
extern const struct debug_ops rv_debug;

/* probe.c: backend.h's probe. */
const char *rv_probe(char *text, size_t size);

#endif
