/* SPDX-License-Identifier: MIT */
/*
 * What a back end offers the core. A back end turns one way of running guest code (KVM on some
 * host, an interpreter) into these operations; everything above is the same on all of them.
 */
#ifndef CORE_BACKEND_H
#define CORE_BACKEND_H

#include "debug.h"
#include "exit.h"
#include "paging.h"

#include <stdint.h>
#include <stdio.h>

#define ASID_ANY UINT64_MAX

struct image;
struct vm;
struct vcpu;

/* An event that the host's kernel has counted, by the name it gives it. */
struct counter {
    char name[48];
    uint64_t value;
};

/* What happens to pending interrupts, where they are not a part of a run that repeats. */
enum interrupts {
    INTERRUPTS_COME, /* they are injected */
    INTERRUPTS_HELD, /* they stay pending */
    INTERRUPTS_TELL, /* of a step: they are injected, and stop.interrupted tells that. On KVM they
                      * may be injected only after orders without a step. */
};

/* What a back end is to do with a vCPU beyond running it to its next exit. */
struct orders {
    bool step; /* execute one instruction, then RAN_TO_STOP */
    enum interrupts interrupts;
    uint64_t insns_until; /* with slices: RAN_TO_STOP after so many; UINT64_MAX: no such limit */
};

/* Why a back end has come back. */
enum ran {
    RAN_SLICE,       /* the slice is used up: vcpu->exit is EXIT_KICK, and nothing is to be done */
    RAN_TO_EXIT,     /* vcpu->exit has the exit */
    RAN_TO_STOP,     /* vcpu->stop has the stop point, or the step that was ordered */
    RAN_TO_SNAPSHOT, /* as RAN_SLICE; and a snapshot is cheap here */
};

/* A state to which a machine can be brought back. */
struct snapshot;

/* Snapshots, where runs repeat. They form a chain: each keeps what changed after it. One that the
 * machine has gone back from leaves the chain, and keeps what leads to it from the one before. */
struct snapshot_ops {
    /* Makes one of the machine as it is. Returns NULL without memory. */
    struct snapshot *(*save)(struct vm *vm);
    /* Brings the machine back to the latest, which stays. Returns false if memory was out while
     * changes were kept: then the machine is not as it was. */
    bool (*restore)(struct vm *vm, struct snapshot *latest);
    /* Brings the machine, which is at the latest, to the one before, which is the latest then.
     * Returns as restore. */
    bool (*go_back)(struct vm *vm, struct snapshot *latest);
    /* Brings the machine, which is at the latest, ahead to the one that has left the chain last;
     * that becomes the latest. */
    void (*go_ahead)(struct vm *vm, struct snapshot *ahead);
    /* The machine has come there by itself: puts that one into the chain again. */
    void (*join)(struct vm *vm, struct snapshot *ahead);
    /* Frees one that has left the chain. */
    void (*discard)(struct snapshot *ahead);
    /* Frees `newer` after moving what it keeps into `older`, the one before it. */
    void (*merge)(struct vm *vm, struct snapshot *older, struct snapshot *newer);
    /* Returns the bytes of host memory that one takes. */
    uint64_t (*size)(const struct snapshot *snapshot);
};

struct backend {
    const char *name;
    unsigned image_types; /* the guests it runs: a set of bits, 1 << enum image_type */
    unsigned max_vcpus;
    bool slices; /* runs its vCPUs in turn, for slices that it counts in instructions; else
                  * each vCPU has a thread */
    bool external_interrupts;      /* vcpu->external is an interrupt for its guests */
    const char *const *transports; /* the names for --transport; the first is the default; NULL
                                    * ends the list */
    const char *const *engines; /* the names for --engine; the first that works here is the default;
                                 * NULL: there is no choice */
    gpa_t ram_base;
    uint64_t ram_min, ram_max; /* bytes, multiples of the page size */

    /*
     * Tries whether this machine can run guests, by running one.
     * Writes the reason, or a description of the back end, to text (size bytes).
     * Returns NULL if it works, else the command or step that makes it work.
     */
    const char *(*probe)(char *text, size_t size);

    /* Makes the VM, maps vm->memory into it and makes its vCPUs.
     * Returns 0, or a status after fail(). vm_destroy undoes either. */
    int (*vm_create)(struct vm *vm);
    void (*vm_destroy)(struct vm *vm);

    /* Loads an image, and brings the machine into the state of abi/machines.md for it.
     * Returns 0, or a status after fail(). */
    int (*boot)(struct vm *vm, const struct image *image);

    /* Brings a vCPU into the state in which HSM.hart_start enters it. NULL: one vCPU at most. */
    void (*start)(struct vcpu *vcpu, uint64_t address, uint64_t opaque);

    /* Returns the byte that makes run return EXIT_KICK while it is not 0. */
    volatile uint8_t *(*kick_flag)(struct vcpu *vcpu);

    /* Applies the result of the exit in vcpu->exit, enters the guest, and decodes the next exit
     * into vcpu->exit. With slices: takes the instructions executed from vcpu->slice and adds them
     * to vcpu->insns. Returns why it came back. */
    enum ran (*run)(struct vcpu *vcpu);

    /* Returns the guest's clock now, and its frequency in Hz (0: unknown on this host). */
    uint64_t (*time)(struct vcpu *vcpu);
    uint64_t (*frequency)(struct vcpu *vcpu);

    /* With vm->virtual_time: sets the clock forward to a time. NULL: the clock follows the host's.
     */
    void (*skip_time)(struct vcpu *vcpu, uint64_t until);

    /* Discards a vCPU's translations of one ASID, or of all (ASID_ANY), as sfence.vma does
     * there. NULL: the guest needs no such call. */
    void (*flush)(struct vcpu *vcpu, uint64_t asid);

    /* Prepares for a write of the VMM's to [start, start + length), which lies in RAM: keeps the
     * old bytes for a snapshot, discards decoded code. NULL: nothing is to be prepared. */
    void (*will_write)(struct vm *vm, gpa_t start, uint64_t length);

    /* Returns the guest's program counter at the last exit. */
    uint64_t (*pc)(const struct vcpu *vcpu);

    /* Returns the address of the instruction that has made the last exit. NULL: it is pc's. */
    uint64_t (*exit_pc)(const struct vcpu *vcpu);

    /* Where the runtime has its stacks: LAB_STACK_SIZE, LAB_STACK_STRIDE of machine.h. */
    uint64_t stack_size, stack_stride;

    /* Where a function's frame holds what its frame pointer points at (psABI): offsets in
     * bytes of the caller's frame pointer and of the return address. */
    int64_t frame_next, frame_return;

    /* Returns the frame pointer at the last exit. Sets *caller to the register that holds a
     * function's return address before its frame does; 0: the machine has none. */
    uint64_t (*frame)(const struct vcpu *vcpu, uint64_t *caller);

    /* Returns what the kernel has counted for a vCPU: the same names in the same order for each
     * vCPU, ended by an empty one; the caller frees it. NULL, as is the operation where no kernel
     * runs the vCPU: there are no counters. */
    struct counter *(*counters)(const struct vcpu *vcpu);

    /* Writes the vCPU's registers. */
    void (*show_registers)(struct vcpu *vcpu, FILE *out);

    /* Writes the instruction at a guest virtual address as text: "lw a0, 8(sp)". NULL: this cannot
     * be done. */
    void (*describe_insn)(struct vcpu *vcpu, uint64_t pc, char *text, size_t size);

    /* Tells how the vCPU translates guest virtual addresses now. */
    void (*paging)(struct vcpu *vcpu, struct paging *paging);

    /* The host's requests to a device (ioctl) that a run makes, and those that it makes with --gdb
     * besides; what is asked most comes first, 0 ends them. NULL: none. */
    const uint32_t *ioctls, *debug_ioctls;

    const struct debug_ops *debug;
    const struct snapshot_ops *snapshots; /* NULL: runs do not repeat here */

    /* Returns the name of a trap by the architecture's number, or NULL; and whether it comes
     * with the address that the guest failed to access. */
    const char *(*trap_name)(uint64_t cause, bool *has_address);

    /* Returns advice for an access to an address where nothing is, and the likely cause of a trap,
     * by its number and the value that came with it; NULL: there is none. Either may be NULL. */
    const char *(*access_advice)(const struct vm_exit *exit);
    const char *(*trap_advice)(uint64_t cause, uint64_t value);
};

/* The back ends in this program, best first; NULL ends the list. */
extern const struct backend *const backends[];

extern const struct backend kvm_x86_backend, kvm_riscv_backend, soft_backend;

#endif
