/* SPDX-License-Identifier: MIT */
/*
 * The guest's console: a stack of endpoints with the host's at the bottom. A call goes to the first
 * endpoint, from the one that is named on, that has the operation; an endpoint passes on what is
 * not its own by a call with self->below.
 */
#ifndef CORE_CONSOLE_H
#define CORE_CONSOLE_H

#include "vm.h"

struct console {
    /* All bytes are written when it returns true; else the VM is stopped. */
    bool (*write)(struct console *self, struct vcpu *vcpu, const void *bytes, size_t size);
    size_t (*read)(struct console *self, struct vcpu *vcpu, void *bytes, size_t size);
    unsigned (*state)(struct console *self, struct vcpu *vcpu);
    unsigned (*poll)(struct console *self, struct vcpu *vcpu);
    void (*told)(struct console *self, struct vcpu *vcpu, unsigned state);
    bool (*input_first)(struct console *self, struct vm *vm, uint64_t due_ns);
    void (*flush)(struct console *self, struct vcpu *vcpu);
    struct console *below; /* NULL: this is the host's */
};

/* Puts an endpoint on top. It has to outlive the VM. */
void console_push(struct vm *vm, struct console *console);

/* The endpoint at the bottom: the host's console, by platform.h. */
extern struct console console_host;

/*
 * Writes all of a buffer for a vCPU. A console that fails ends the guest, because nobody would see
 * the rest. Returns true, or false if the VM is stopped.
 */
bool endpoint_write(struct console *console, struct vcpu *vcpu, const void *bytes, size_t size);

/* Reads the input that is there, up to size bytes, without waiting. Returns how many bytes. */
size_t endpoint_read(struct console *console, struct vcpu *vcpu, void *bytes, size_t size);

/* Returns what can be told of the input: a set of LAB_EVENT_INPUT, _EOF and _TTY. A caller that
 * passes it on to the guest says so by endpoint_told: a repeated run has to tell the same. */
unsigned endpoint_state(struct console *console, struct vcpu *vcpu);
void endpoint_told(struct console *console, struct vcpu *vcpu, unsigned state);

/* As endpoint_state, for a device that looks whether input has come while its guest does something
 * else: if a run is repeated, no input can mean that none came before the run's end. */
unsigned endpoint_poll(struct console *console, struct vcpu *vcpu);

/*
 * Waits, in virtual time, while all vCPUs sleep: for input, but not longer than to the first timer.
 *
 * due_ns  host time at which that timer would fire; NEVER: there is none
 *
 * Returns true if the timer has to wait: input came first, or a kick.
 */
bool endpoint_input_first(struct console *console, struct vm *vm, uint64_t due_ns);

/* Shows what is kept back of a vCPU's output: a line without its end. */
void endpoint_flush(struct console *console, struct vcpu *vcpu);

/* The same for the whole stack: what handlers of hypercalls and devices call. */

static inline bool console_write(struct vcpu *vcpu, const void *bytes, size_t size)
{
    return endpoint_write(vcpu->vm->console, vcpu, bytes, size);
}

static inline size_t console_read(struct vcpu *vcpu, void *bytes, size_t size)
{
    return endpoint_read(vcpu->vm->console, vcpu, bytes, size);
}

#endif
