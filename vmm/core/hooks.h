/* SPDX-License-Identifier: MIT */
/*
 * What watches or steers a run. The run loop knows none of them by name: each registers here, and
 * is called at the events that it wants. A hook is called with the VM's lock held.
 */
#ifndef CORE_HOOKS_H
#define CORE_HOOKS_H

#include "vm.h"

enum {
    HOOK_ENTER = 1,    /* before a VM entry */
    HOOK_EXIT = 2,     /* after a VM exit, before it is handled */
    HOOK_HANDLED = 4,  /* after the exit was handled; also each time that the vCPU waits at it */
    HOOK_STOP = 8,     /* the back end has come to a stop point or made a step */
    HOOK_BETWEEN = 16, /* between two VM entries of a thread; also after the guest's end */
    HOOK_KICK = 32,    /* something may have come from outside */
    HOOK_WRITE = 64,   /* the VMM is going to write guest memory */
};

struct hooks {
    unsigned events; /* HOOK_ bits: those it wants; the functions for these are not NULL */
    void (*enter)(struct hooks *self, struct vcpu *vcpu);
    /* Returns false if the exit is not to be handled now: then it stays pending, and this is
     * called again before it is handled. */
    bool (*exited)(struct hooks *self, struct vcpu *vcpu);
    void (*handled)(struct hooks *self, struct vcpu *vcpu);
    void (*stop)(struct hooks *self, struct vcpu *vcpu);
    void (*between)(struct hooks *self, struct vcpu *vcpu);
    void (*kick)(struct hooks *self);
    void (*write)(struct hooks *self, gpa_t start, uint64_t length);
    struct hooks *next;
};

/* Registers hooks, which have to outlive the VM. They are called in the order of registration. */
void hooks_add(struct vm *vm, struct hooks *hooks);

/* Each calls all that want its event. hooks_exited returns false if any of them does. */
void hooks_enter(struct vcpu *vcpu);
bool hooks_exited(struct vcpu *vcpu);
void hooks_handled(struct vcpu *vcpu);
void hooks_stop(struct vcpu *vcpu);
void hooks_between(struct vcpu *vcpu);
void hooks_kick(struct vm *vm);
void hooks_write(struct vm *vm, gpa_t start, uint64_t length);

/* Returns whether a hook wants an event. On the hot path this is one load and one branch. */
static inline bool hooks_want(const struct vm *vm, unsigned event)
{
    return __builtin_expect(vm->hook_events & event, 0);
}

#endif
