/* What the files of this back end share. */
#ifndef VMM_KVM_X86_KVM_H
#define VMM_KVM_X86_KVM_H

#include "../vm.h"
#include "x86_64/machine.h"

#include <linux/kvm.h>

/* vm->state */
struct kvm_vm {
    int kvm, vm;     /* file descriptors: /dev/kvm, the VM */
    size_t run_size; /* bytes of the mapped struct kvm_run */
};

/* vcpu->state */
struct kvm_vcpu {
    int fd;
    struct kvm_run *run; /* shared with the kernel: api.rst, section 5 */
    uint64_t frequency;  /* of the guest's TSC in Hz; 0: not asked for yet, or unknown */
    char reason[160];    /* the words behind vm_exit.reason */
};

static inline struct kvm_vcpu *kvm_vcpu(const struct vcpu *vcpu)
{
    return vcpu->state;
}

/* ioctl on a vCPU, for those that fail only if the VMM itself is wrong.
 * Returns 0, or STATUS_HOST after fail() with name, the request's. */
int kvm_vcpu_ioctl(const struct vcpu *vcpu, unsigned long request, void *argument,
                   const char *name);

/* cpuid.c: the CPUID leaves the guest sees. Returns 0, or a status after fail(). */
int kvm_set_cpuid(const struct vcpu *vcpu);

/* exits.c: one VM entry and the exit that ends it. */
bool kvm_run(struct vcpu *vcpu);

/* boot.c: long mode and page tables. Returns 0, or a status after fail(). */
int kvm_boot(struct vm *vm, const struct image *image);
void kvm_start(struct vcpu *vcpu, uint64_t address, uint64_t opaque);

/* show.c */
void kvm_show_registers(struct vcpu *vcpu, FILE *out);
void kvm_show_walk(struct vcpu *vcpu, uint64_t gva, FILE *out);
const char *kvm_trap_name(uint64_t cause, bool *has_address);

/* probe.c */
const char *kvm_probe(char *text, size_t size);

#endif
