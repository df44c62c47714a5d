/* What the files of this back end share. */
#ifndef BACKENDS_KVM_RISCV_KVM_H
#define BACKENDS_KVM_RISCV_KVM_H

#include "backends/kvm/kvm.h"
#include "riscv64/machine.h"

#include <stddef.h>

/*
 * The registers that are used here, by the names that KVM gives them (api.rst 4.68,
 * KVM_SET_ONE_REG): all have 64 bits.
 */
#define KVM_REG(type, index) (KVM_REG_RISCV | KVM_REG_SIZE_U64 | (type) | (index))

#define REG_PC        KVM_REG(KVM_REG_RISCV_CORE, 0)
#define REG_X(n)      KVM_REG(KVM_REG_RISCV_CORE, n) /* from 1 on */
#define REG_MODE      KVM_REG(KVM_REG_RISCV_CORE, KVM_REG_RISCV_CORE_REG(mode))
#define REG_CSR(name) KVM_REG(KVM_REG_RISCV_CSR, KVM_REG_RISCV_CSR_REG(name))

/* Of struct kvm_riscv_timer; KVM_REG_RISCV_TIMER_REG is there, but for 32 bits only half of it. */
#define REG_TIMER(name)                                                                            \
    KVM_REG(KVM_REG_RISCV_TIMER, offsetof(struct kvm_riscv_timer, name) / sizeof(uint64_t))

/* Whether the guest is offered an SBI extension: 0 or 1. Headers before Linux 6.8 lack this. */
#define SBI_EXTENSIONS     0x08000000ull
#define SBI_DBCN           9
#define REG_SBI(extension) KVM_REG(SBI_EXTENSIONS, extension)

/* Each returns 0, or -1 with errno. kvm_store is kvm_set as kvm_get is called. */
int kvm_get(const struct vcpu *vcpu, uint64_t reg, uint64_t *value);
int kvm_set(const struct vcpu *vcpu, uint64_t reg, uint64_t value);
int kvm_store(const struct vcpu *vcpu, uint64_t reg, uint64_t *value);

/* exits.c: one VM entry and the exit that ends it. */
enum ran kvm_run(struct vcpu *vcpu);

/* exits.c: applies the result of the exit in vcpu->exit. Returns false if the guest cannot go on.
 */
bool kvm_apply_result(struct vcpu *vcpu);

/* debug.c: with --gdb: around an entry that is to be a step; and an exit at an ebreak. */
void kvm_begin_step(struct vcpu *vcpu);
void kvm_end_step(struct vcpu *vcpu);
void kvm_decode_debug(struct vcpu *vcpu);
extern const struct debug_ops kvm_debug;

/* show.c */
void kvm_show_registers(struct vcpu *vcpu, FILE *out);
void kvm_paging(struct vcpu *vcpu, struct paging *paging);

/* probe.c */
const char *kvm_probe(char *text, size_t size);

#endif
