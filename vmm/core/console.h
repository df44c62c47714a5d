/*
 * The guest's console: a stack of endpoints with the host's at the bottom. A call goes to the top
 * one that has the operation; an endpoint passes on what is not its own by calling the function
 * below with self->below.
 */
#ifndef CORE_CONSOLE_H
#define CORE_CONSOLE_H

#include "vm.h"

struct console {
    /* All bytes are written when it returns true; else the VM is stopped. */
    bool (*write)(struct console *self, struct vcpu *vcpu, const void *bytes, size_t size);
    size_t (*read)(struct console *self, struct vcpu *vcpu, void *bytes, size_t size);
    unsigned (*state)(struct console *self, struct vcpu *vcpu);
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
bool console_write(struct console *console, struct vcpu *vcpu, const void *bytes, size_t size);

/* Reads the input that is there, up to size bytes, without waiting. Returns how many bytes. */
size_t console_read(struct console *console, struct vcpu *vcpu, void *bytes, size_t size);

/* Returns what can be told of the input: a set of LAB_EVENT_INPUT, _EOF and _TTY. A caller that
 * passes it on to the guest says so by console_told: a repeated run has to tell the same. */
unsigned console_state(struct console *console, struct vcpu *vcpu);
void console_told(struct console *console, struct vcpu *vcpu, unsigned state);

/*
 * Waits, in virtual time, while all vCPUs sleep: for input, but not longer than to the first timer.
 *
 * due_ns  host time at which that timer would fire; NEVER: there is none
 *
 * Returns true if the timer has to wait: input came first, or a kick.
 */
bool console_input_first(struct console *console, struct vm *vm, uint64_t due_ns);

/* Shows what is kept back of a vCPU's output: a line without its end. */
void console_flush(struct console *console, struct vcpu *vcpu);

#endif
