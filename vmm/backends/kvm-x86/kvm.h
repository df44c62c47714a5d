/* What the files of this back end share. */
#ifndef BACKENDS_KVM_X86_KVM_H
#define BACKENDS_KVM_X86_KVM_H

#include "backends/kvm/kvm.h"
#include "x86_64/machine.h"

/* vm->transport, and its names, in the same order. */
enum { TRANSPORT_PIO, TRANSPORT_VMCALL };
extern const char *const kvm_transports[];

/* vmcall.c: makes KVM hand the guest's vmcall to user space, and proves that it does.
 * Returns 0, or a status after fail(). */
int kvm_enable_vmcall(int kvm, int vm);

/* Ends a vmcall that is being served, before the vCPU gets other registers. */
void kvm_forget_vmcall(struct vcpu *vcpu);

/* cpuid.c: the CPUID leaves the guest sees. Returns 0, or -1 with errno. */
int kvm_set_cpuid(int vcpu, unsigned transport);

/* Which instruction this CPU has for hypercalls: vmmcall is AMD's. */
bool kvm_has_vmmcall(void);

/* exits.c: one VM entry and the exit that ends it. */
enum ran kvm_run(struct vcpu *vcpu);

/* boot.c: image, page tables and registers. Returns 0, or a status after fail(). */
int kvm_boot(struct vm *vm, const struct image *image);
void kvm_start(struct vcpu *vcpu, uint64_t address, uint64_t opaque);

/* modes.c: a vCPU's segments and control registers. cr3: the GPA of its page tables.
 * Each returns 0, or -1 with errno. */
int kvm_set_long_mode(int vcpu, uint64_t cr3);
int kvm_set_protected_mode(int vcpu);
int kvm_set_real_mode(int vcpu);

/* ivt.c: fills the interrupt vector table; says whether a vCPU that has halted did so for want
 * of a handler, and if so, which and where, in text (size bytes). */
void kvm_fill_ivt(const struct memory *memory);
bool kvm_is_unhandled(const struct vcpu *vcpu, char *text, size_t size);

/* show.c */
void kvm_show_registers(struct vcpu *vcpu, FILE *out);
void kvm_paging(struct vcpu *vcpu, struct paging *paging);
const char *kvm_trap_name(uint64_t cause, bool *has_address);

/* debug.c: what a debugger wants, to be told to KVM before an entry; whether a vCPU has halted at a
 * breakpoint, to whose place it is then brought back. kvm_create_debug returns 0, or a status after
 * fail(). */
int kvm_create_debug(struct vm *vm);
void kvm_set_debug(struct vcpu *vcpu);
void kvm_decode_debug(struct vcpu *vcpu);
bool kvm_step_halt(struct vcpu *vcpu); /* a step over a hlt: it is made without KVM */
bool kvm_is_planted(const struct vcpu *vcpu);
extern const struct debug_ops kvm_debug;

/* target.c: as debug.h has them. */
const struct target *kvm_target(const struct vm *vm);
bool kvm_get_registers(struct vcpu *vcpu, uint8_t *bytes);
bool kvm_set_registers(struct vcpu *vcpu, const uint8_t *bytes);
size_t kvm_core_registers(struct vcpu *vcpu, uint8_t *bytes);

/* exits.c: applies the result of the exit in vcpu->exit. */
void kvm_apply_result(struct vcpu *vcpu);

/* probe.c */
const char *kvm_probe(char *text, size_t size);

/* A guest of one instruction, in long mode; rip and rflags are set for it. */
struct instruction {
    uint8_t bytes[3];
    struct kvm_regs registers;
    int (*prepare)(int vcpu); /* or NULL; returns 0, or -1 with errno */
};
struct kvm_trial kvm_trial_of(const struct instruction *instruction);

#endif
