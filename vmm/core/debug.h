/* SPDX-License-Identifier: MIT */
/*
 * What a back end offers to whom inspects a guest: stop points, single steps, registers. These are
 * called while no vCPU is in the guest.
 */
#ifndef CORE_DEBUG_H
#define CORE_DEBUG_H

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

/* Where and why a back end has stopped a vCPU: RAN_TO_STOP. */
struct stop_point {
    enum { STOPPED_BY_STEP, STOPPED_BY_BREAK, STOPPED_BY_WATCH } why;
    enum breakpoint_type type; /* STOPPED_BY_BREAK, _WATCH */
    uint64_t address;          /* of the breakpoint */
    bool interrupted;          /* STOPPED_BY_STEP: the step enters an interrupt's handler, or has
                                * done so; the handler returns to `address` */
    uint64_t handler;          /* if it has not been entered: its address; 0: unknown */
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
    const char *architecture; /* as gdb calls it */
    const char *triple;       /* as LLDB calls it */
    const char *pc, *sp, *fp; /* the names of program counter, stack pointer and frame pointer */
    const char *ra;           /* of the return address; NULL: it is on the stack */
    const struct register_set *const *sets; /* NULL ends the list */
    int (*dwarf)(unsigned index); /* of a register of the sets: its number in DWARF; -1: none */
};

struct debug_ops {
    /* Prepares for all calls that follow. Returns 0, or a status after fail(). */
    int (*create)(struct vm *vm);

    /* Returns the registers of this VM's vCPUs. */
    const struct target *(*target)(const struct vm *vm);

    /* Reads or writes all of them, packed in that order. Returns false if the host refuses. */
    bool (*get_registers)(struct vcpu *vcpu, uint8_t *bytes);
    bool (*set_registers)(struct vcpu *vcpu, const uint8_t *bytes);

    void (*set_pc)(struct vcpu *vcpu, uint64_t pc);

    /* Reads the general registers as Linux has them in a core (elf_gregset_t): at most 512 bytes.
     * Returns how many; 0: there is no such core of this guest. */
    size_t (*core_registers)(struct vcpu *vcpu, uint8_t *bytes);

    /*
     * Inserts a breakpoint; the caller inserts none twice. Returns NULL; or why it cannot be had
     * here; or NO_SUCH_BREAKPOINT: this back end has no such type at all.
     */
    const char *(*insert)(struct vcpu *vcpu, const struct breakpoint *breakpoint);
    void (*remove)(struct vcpu *vcpu, const struct breakpoint *breakpoint);

    /* Returns NULL, or why the vCPU's next instruction cannot be stepped. */
    const char *(*why_no_step)(struct vcpu *vcpu);

    /* Applies the result of the exit in vcpu->exit, and completes no more than the instruction
     * that made it. Then there is no result to apply. */
    void (*complete)(struct vcpu *vcpu);

    /* Sets the guest's clock. NULL: it does not stop when the guest does. */
    void (*set_time)(struct vcpu *vcpu, uint64_t time);

    /* Replaces what the back end has put into memory for gdb by what the guest has there. NULL: it
     * puts nothing there. */
    void (*hide)(const struct vm *vm, gpa_t start, uint8_t *bytes, size_t size);
    /* Tells that the VMM has written memory where such may be. NULL: it puts nothing there. */
    void (*written)(const struct vm *vm, gpa_t start, size_t size);
};

extern const char NO_SUCH_BREAKPOINT[];

#endif
