/*
 * What a back end offers the core. A back end turns one way of running guest code
 * (KVM on some host, an interpreter) into these operations; everything above is
 * the same on all of them.
 */
#ifndef VMM_CORE_BACKEND_H
#define VMM_CORE_BACKEND_H

#include "exit.h"
#include "image/image.h"
#include "paging.h"

#include <stdint.h>
#include <stdio.h>

#define ASID_ANY UINT64_MAX

struct vm;
struct vcpu;

/* Something that the host's kernel has counted, by the name it gives it. */
struct counter {
    char name[48];
    uint64_t value;
};

struct backend {
    const char *name;
    unsigned image_types; /* the guests it runs: a set of bits, 1 << enum image_type */
    unsigned max_vcpus;
    bool slices; /* runs its vCPUs in turn, for slices that it counts in instructions; else
                  * each vCPU has a thread */
    const char *const *transports; /* by what a guest makes a call; the first if not chosen; NULL
                                    * ends the list */
    gpa_t ram_base;
    uint64_t ram_min, ram_max; /* bytes, multiples of the page size */

    /*
     * Tries whether this machine can run guests, by running one.
     * Writes the reason, or a description of the back end, to text (size bytes).
     * Returns NULL if it works, else the command or step that mends it.
     */
    const char *(*probe)(char *text, size_t size);

    /* Makes the VM, maps vm->memory into it and makes its vCPUs.
     * Returns 0, or a status after fail(). vm_destroy undoes either. */
    int (*vm_create)(struct vm *vm);
    void (*vm_destroy)(struct vm *vm);

    /* Brings the machine into the state of abi/README.md for an image that is
     * already in memory. Returns 0, or a status after fail(). */
    int (*boot)(struct vm *vm, const struct image *image);

    /* Brings a vCPU into the state in which HSM.hart_start enters it; NULL: has one only. */
    void (*start)(struct vcpu *vcpu, uint64_t address, uint64_t opaque);

    /* The byte that makes run return EXIT_KICK while it is not 0. */
    volatile uint8_t *(*kick_flag)(struct vcpu *vcpu);

    /* Applies the result of the exit in vcpu->exit, enters the guest and decodes
     * the next exit into vcpu->exit. With slices: takes the instructions executed from
     * vcpu->slice, adds them to vcpu->insns, and returns false if the slice is used up,
     * without an exit. */
    bool (*run)(struct vcpu *vcpu);

    /* The guest's clock now, and its frequency in Hz (0: unknown on this host). */
    uint64_t (*time)(struct vcpu *vcpu);
    uint64_t (*frequency)(struct vcpu *vcpu);

    /* With vm->virtual_time: lets the clock jump to a time. NULL: it always goes by itself. */
    void (*skip_time)(struct vcpu *vcpu, uint64_t until);

    /* Forgets a vCPU's translations of one ASID, or of all (ASID_ANY), as sfence.vma does
     * there. NULL: nothing like this is needed. */
    void (*flush)(struct vcpu *vcpu, uint64_t asid);

    /* The guest's program counter at the last exit. */
    uint64_t (*pc)(const struct vcpu *vcpu);

    /* Where the runtime has its stacks: LAB_STACK_SIZE, LAB_STACK_STRIDE of machine.h. */
    uint64_t stack_size, stack_stride;

    /* Where a function's frame holds what its frame pointer points at (psABI): offsets in
     * bytes of the caller's frame pointer and of the return address. */
    int64_t frame_next, frame_return;

    /* What the kernel that runs the vCPU has counted for it: the same names in the same order
     * for each vCPU, ended by an empty one; the caller frees it. NULL, as is the operation
     * where no kernel runs it: it does not tell. */
    struct counter *(*counters)(const struct vcpu *vcpu);

    /* Writes the vCPU's registers. */
    void (*show_registers)(struct vcpu *vcpu, FILE *out);

    /* How the vCPU translates guest virtual addresses now. */
    void (*paging)(struct vcpu *vcpu, struct paging *paging);

    /* For the debugger. */
    const struct debug_ops *debug;

    /* The name of a trap by the architecture's number, or NULL, and whether it comes
     * with the address that the guest failed to access. */
    const char *(*trap_name)(uint64_t cause, bool *has_address);
};

/* The back ends in this program, best first; NULL ends the list. */
extern const struct backend *const backends[];

extern const struct backend kvm_x86_backend, kvm_riscv_backend, soft_backend;

#endif
