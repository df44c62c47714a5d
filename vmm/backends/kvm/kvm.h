/* SPDX-License-Identifier: MIT */
/*
 * What the back ends for KVM share on any architecture: creating a VM, entering a vCPU, the exits
 * that mean the same everywhere, software breakpoints. "api.rst" in comments is the kernel's
 * Documentation/virt/kvm/api.rst.
 */
#ifndef BACKENDS_KVM_KVM_H
#define BACKENDS_KVM_KVM_H

#include "core/debug.h"
#include "core/vm.h"

#include <linux/kvm.h>

/* A software breakpoint in the guest's memory. */
struct planted {
    unsigned used; /* how often it was inserted: harts may wait for one address */
    uint64_t gva;
    gpa_t gpa;
    uint8_t original[2]; /* the guest's bytes that the trap instruction has replaced */
};

/* Exists with --gdb. Each back end has a struct of its own that begins with this one. */
struct kvm_debug {
    uint8_t trap[2]; /* the instruction that leaves the guest at a breakpoint */
    uint8_t trap_size;
    struct planted planted[BREAKPOINTS_MAX];
};

/* The requests that create a VM, for backend.h's debug_ioctls. */
#define KVM_CREATION_IOCTLS                                                                        \
    KVM_GET_API_VERSION, KVM_CREATE_VM, KVM_GET_VCPU_MMAP_SIZE, KVM_SET_USER_MEMORY_REGION,        \
        KVM_CREATE_VCPU

/* vm->state */
struct kvm_vm {
    int vm;                  /* its file descriptor */
    size_t run_size;         /* bytes of the mapped struct kvm_run */
    struct kvm_debug *debug; /* from malloc; NULL without --gdb */
};

/* vcpu->state */
struct kvm_vcpu {
    int fd;
    struct kvm_run *run;          /* shared with the kernel: api.rst, section 5 */
    struct kvm_guest_debug debug; /* the last that KVM_SET_GUEST_DEBUG was given */
    uint64_t frequency;           /* of the guest's clock in Hz; 0: not read yet, or unknown */
    char reason[256];             /* memory for vm_exit.reason */
};

static inline struct kvm_vm *kvm_vm(const struct vm *vm)
{
    return vm->state;
}

static inline struct kvm_vcpu *kvm_vcpu(const struct vcpu *vcpu)
{
    return vcpu->state;
}

/* Returns whether the VM runs with --gdb. */
static inline bool kvm_debugged(const struct vcpu *vcpu)
{
    return kvm_vm(vcpu->vm)->debug != NULL;
}

/* vm.c: returns the file descriptor of /dev/kvm, or -1 with errno. It opens once and for all: a
 * guest that begins again could not open it any more. */
int kvm_open(void);

/*
 * vm.c. kvm_make_vm opens KVM, creates the VM and maps vm->memory into it. kvm_make_vcpu creates a
 * vCPU. Each returns 0, or a status after fail(). kvm_destroy undoes both, also after a failure.
 */
int kvm_make_vm(struct vm *vm);
int kvm_make_vcpu(struct vcpu *vcpu);
void kvm_destroy(struct vm *vm);

/* backend.h's kick_flag. */
volatile uint8_t *kvm_kick_flag(struct vcpu *vcpu);

/*
 * run.c: enters the guest. Returns true after a VM exit that the caller decodes from struct
 * kvm_run. Returns false if vcpu->exit is complete: a kick, or EXIT_FAILED with errno set.
 */
bool kvm_enter(struct vcpu *vcpu);

/* Completes the instruction that made the last exit, without executing another one. */
void kvm_finish_instruction(const struct vcpu *vcpu);

/* Decodes the exit in struct kvm_run, if its meaning does not depend on the architecture. */
void kvm_decode(struct vcpu *vcpu);

/* After EXIT_MMIO: gives KVM the value of a load. KVM completes the instruction at the next entry.
 */
void kvm_apply_load(const struct vcpu *vcpu);

/* Makes vcpu->exit an EXIT_FAILED with this reason. */
void kvm_failed(struct vcpu *vcpu, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* suberror.c: describes a KVM_EXIT_INTERNAL_ERROR. code: the guest's next instruction in words. */
void kvm_describe_internal_error(const struct kvm_run *run, const char *code, char *text,
                                 size_t size);

/* counters.c: backend.h's counters. Returns NULL also without KVM_CAP_BINARY_STATS_FD, which Linux
 * 5.14 has. */
struct counter *kvm_counters(const struct vcpu *vcpu);

/*
 * planted.c: puts the trap instruction at gva and notes in `planted` what it replaces; removes it
 * again. kvm_plant returns NULL, or why it cannot.
 */
const char *kvm_plant(struct vcpu *vcpu, struct planted *planted, uint64_t gva);
void kvm_unplant(const struct vm *vm, struct planted *planted);

/* The same for the debugger's breakpoints, struct kvm_debug's planted. */
const char *kvm_insert_planted(struct vcpu *vcpu, uint64_t gva);
void kvm_remove_planted(const struct vm *vm, uint64_t gva);

/* Returns whether one of the debugger's breakpoints is at gva. */
bool kvm_is_planted(const struct vm *vm, uint64_t gva);

/* debug.h's hide and written. */
void kvm_hide(const struct vm *vm, gpa_t start, uint8_t *bytes, size_t size);
void kvm_written(const struct vm *vm, gpa_t start, size_t size);

/* trial.c: a VM that runs until its first exit, to find out what KVM can do. */
struct kvm_trial {
    uint64_t base, size;                              /* its RAM: a GPA, and bytes */
    void (*fill)(const void *what, uint8_t *memory);  /* writes its code */
    int (*set_registers)(const void *what, int vcpu); /* returns 0, or -1 with errno */
    const void *what;                                 /* is passed to both functions */
};

/*
 * Runs a trial in a VM that has no memory yet.
 *
 * kvm  file descriptor of /dev/kvm
 * vm   file descriptor of the VM
 *
 * Returns KVM's reason for the first exit, or -1 with errno: EINTR if there was no exit within
 * 0.5 s.
 */
int kvm_try(int kvm, int vm, const struct kvm_trial *trial);

/* Creates a VM and runs the trial in it. Returns what kvm_try does. */
int kvm_try_all(const struct kvm_trial *trial);

/* A trial guest of one instruction, which shows that this machine runs guests. */
struct kvm_probe {
    struct kvm_trial trial;
    int exit_reason;         /* KVM's reason for the exit that this instruction makes */
    const char *guests;      /* for messages: the guests that run then */
    const char *instruction; /* for messages: its mnemonic */
    /* Explains a missing /dev/kvm outside of containers and WSL; as backend.h's probe. */
    const char *(*explain_no_module)(char *text, size_t size);
};

/* probe.c: backend.h's probe, by running the trial guest. */
const char *kvm_run_probe(const struct kvm_probe *probe, char *text, size_t size);

#endif
