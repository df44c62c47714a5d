/*
 * What the back ends of KVM share, on any architecture: the life of a VM, entering it, and the
 * exits that mean the same everywhere. api.rst is the kernel's Documentation/virt/kvm/api.rst.
 */
#ifndef BACKENDS_KVM_KVM_H
#define BACKENDS_KVM_KVM_H

#include "core/vm.h"

#include <linux/kvm.h>

/* vm->state */
struct kvm_vm {
    int kvm, vm;     /* file descriptors: /dev/kvm, the VM */
    size_t run_size; /* bytes of the mapped struct kvm_run */
    void *debug;     /* the back end's, for the debugger; NULL: there is none */
};

/* vcpu->state */
struct kvm_vcpu {
    int fd;
    struct kvm_run *run;          /* shared with the kernel: api.rst, section 5 */
    struct kvm_guest_debug debug; /* what KVM has been told */
    uint64_t frequency;           /* of the guest's clock in Hz; 0: not asked for yet, or unknown */
    char reason[160];             /* the words behind vm_exit.reason */
};

static inline struct kvm_vcpu *kvm_vcpu(const struct vcpu *vcpu)
{
    return vcpu->state;
}

static inline bool kvm_debugged(const struct vcpu *vcpu)
{
    return ((const struct kvm_vm *)vcpu->vm->state)->debug != NULL;
}

/* vm.c: opens KVM, makes the VM and gives it its memory; makes a vCPU. Each returns 0, or a status
 * after fail(); kvm_destroy undoes all of it. */
int kvm_make_vm(struct vm *vm);
int kvm_make_vcpu(struct vcpu *vcpu);
void kvm_destroy(struct vm *vm);
volatile uint8_t *kvm_kick_flag(struct vcpu *vcpu);

/*
 * run.c: enters the guest. Returns true after an exit that is to be decoded from struct kvm_run;
 * else it was a kick, and is decoded, or has failed with errno.
 */
bool kvm_enter(struct vcpu *vcpu);

/* Ends the instruction that made the last exit, and goes no further. */
void kvm_finish_instruction(const struct vcpu *vcpu);

/* Decodes the exit in struct kvm_run, if its meaning does not depend on the architecture. */
void kvm_decode(struct vcpu *vcpu);

/* The exit is that the back end cannot go on, with a reason. */
void kvm_failed(struct vcpu *vcpu, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* counters.c: as backend.h's counters. NULL also without KVM_CAP_BINARY_STATS_FD (Linux 5.14). */
struct counter *kvm_counters(const struct vcpu *vcpu);

/* trial.c: a VM for one exit, to see whether KVM comes to it. */
struct kvm_trial {
    uint64_t base, size; /* its memory: a GPA, and bytes */
    void (*fill)(const void *what, uint8_t *memory);
    int (*set_registers)(const void *what, int vcpu); /* returns 0, or -1 with errno */
    const void *what;                                 /* for these two */
};

/*
 * kvm  file descriptor of /dev/kvm
 * vm   that of a VM without memory
 *
 * Returns the reason of its first exit, or -1 with errno: EINTR if there was none in time.
 */
int kvm_try(int kvm, int vm, const struct kvm_trial *trial);

/* The same for doctor: with all that it takes, /dev/kvm first. */
int kvm_try_all(const struct kvm_trial *trial);

/* A trial guest of one instruction, which shows that this machine runs guests. */
struct kvm_probe {
    struct kvm_trial trial;
    int exit_reason;         /* KVM's, after that instruction */
    const char *guests;      /* which guests run then, for messages */
    const char *instruction; /* its mnemonic, for messages */
    /* As kvm_run_probe, where there is no /dev/kvm outside of containers and WSL. */
    const char *(*explain_no_module)(char *text, size_t size);
};

/* probe.c: runs the trial guest; text and the result are those of backend.h's probe. */
const char *kvm_run_probe(const struct kvm_probe *probe, char *text, size_t size);

#endif
