/*
 * What a debugger asks of a back end: breakpoints, single steps, registers, and, where runs
 * repeat, to go back. vmm/gdb/ calls this, and while it does no vCPU is in the guest.
 */
#ifndef VMM_CORE_DEBUG_H
#define VMM_CORE_DEBUG_H

#include "memory.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vcpu;
struct vm;

#define BREAKPOINTS_MAX 64

/* As gdb numbers them in its packets Z0 to Z4. */
enum breakpoint_type {
    BREAK_SOFTWARE,
    BREAK_HARDWARE,
    WATCH_WRITE,
    WATCH_READ,
    WATCH_ACCESS,
};

struct breakpoint {
    enum breakpoint_type type;
    uint64_t address; /* guest virtual */
    uint64_t length;  /* bytes that are watched; 0 for code */
};

/* Why the back end stopped a vCPU for the debugger: EXIT_DEBUG. */
struct debug_stop {
    enum { DEBUG_STEP, DEBUG_BREAK, DEBUG_WATCH } why;
    enum breakpoint_type type; /* DEBUG_BREAK, DEBUG_WATCH */
    uint64_t address;          /* of the breakpoint */
    bool interrupted;          /* DEBUG_STEP: it led into an interrupt's handler, which returns to
                                * `address` */
};

/* A register as gdb knows it. */
struct debug_register {
    const char *name;
    const char *type; /* one of gdb's own, or of the types beside it */
    uint8_t size;     /* bytes */
};

/* Registers that belong together: a feature of gdb's target descriptions. */
struct register_set {
    const char *feature;
    const char *types; /* definitions in XML, or "" */
    const struct debug_register *registers;
    size_t count;
};

struct target {
    const char *architecture;
    const struct register_set *const *sets; /* NULL ends the list */
};

/* A moment to which a machine can be brought back. */
struct snapshot;

struct debug_ops {
    /* Makes ready for all that follows. Returns 0, or a status after fail(). */
    int (*create)(struct vm *vm);

    /* The registers of this VM's vCPUs. */
    const struct target *(*target)(const struct vm *vm);

    /* Reads or writes all of them, packed in that order. Returns false if the host refuses. */
    bool (*get_registers)(struct vcpu *vcpu, uint8_t *bytes);
    bool (*set_registers)(struct vcpu *vcpu, const uint8_t *bytes);

    void (*set_pc)(struct vcpu *vcpu, uint64_t pc);

    /* The general registers as Linux has them in a core (elf_gregset_t): at most 512 bytes.
     * Returns how many; 0: there is no such core of this guest. */
    size_t (*core_registers)(struct vcpu *vcpu, uint8_t *bytes);

    /*
     * Returns NULL; or why it cannot be had here; or NO_SUCH_BREAKPOINT: that this back end has no
     * such type at all. The debugger inserts none twice.
     */
    const char *(*insert)(struct vcpu *vcpu, const struct breakpoint *breakpoint);
    void (*remove)(struct vcpu *vcpu, const struct breakpoint *breakpoint);

    /* NULL, or why the vCPU's next instruction cannot be stepped. */
    const char *(*why_no_step)(struct vcpu *vcpu);

    /* Applies the result of the exit in vcpu->exit, and goes no further than the instruction that
     * made it. Then there is no exit to be applied. */
    void (*complete)(struct vcpu *vcpu);

    /* Makes the guest's clock go on from a time. NULL: it does not stop when the guest does. */
    void (*set_time)(struct vcpu *vcpu, uint64_t time);

    /* What the guest's memory holds where the back end has put something of its own. */
    void (*hide)(const struct vm *vm, gpa_t start, uint8_t *bytes, size_t size);
    /* To be called after memory was written, so that what is hidden, or decoded, agrees. */
    void (*written)(const struct vm *vm, gpa_t start, size_t size);

    /*
     * Where runs repeat (vm->virtual_time), else NULL. save begins to keep what is needed to bring
     * the machine back to now, and returns NULL without memory. rewind brings it back to the
     * latest snapshot, if need be to one after the other; it stays the latest. drop forgets the
     * latest. merge forgets `latter`, which came next to `former`, whose it takes over.
     */
    struct snapshot *(*save)(struct vm *vm);
    bool (*rewind)(struct vm *vm, struct snapshot *latest); /* false: memory was out meanwhile */
    void (*drop)(struct vm *vm, struct snapshot *latest);
    void (*merge)(struct vm *vm, struct snapshot *former, struct snapshot *latter);
    uint64_t (*size)(const struct snapshot *snapshot); /* bytes */
    /* For what is going to be written to RAM past the guest's own stores. */
    void (*preserve)(struct vm *vm, gpa_t start, uint64_t length);
};

extern const char NO_SUCH_BREAKPOINT[];

#endif
