/* SPDX-License-Identifier: MIT */
/* The stack of consoles, and its bottom: the host's console. */
#include "console.h"

#include "platform.h"
#include "sbi.h"

#include <errno.h>
#include <string.h>

void console_push(struct vm *vm, struct console *console)
{
    console->below = vm->console;
    vm->console = console;
}

/* Finds the top endpoint that has an operation. The host's has all but flush. */
#define FIND(console, operation)                                                                   \
    while ((console) && !(console)->operation)                                                     \
    (console) = (console)->below

bool endpoint_write(struct console *console, struct vcpu *vcpu, const void *bytes, size_t size)
{
    FIND(console, write);
    return console->write(console, vcpu, bytes, size);
}

size_t endpoint_read(struct console *console, struct vcpu *vcpu, void *bytes, size_t size)
{
    FIND(console, read);
    return console->read(console, vcpu, bytes, size);
}

unsigned endpoint_state(struct console *console, struct vcpu *vcpu)
{
    FIND(console, state);
    return console->state(console, vcpu);
}

unsigned endpoint_poll(struct console *console, struct vcpu *vcpu)
{
    FIND(console, poll);
    return console->poll(console, vcpu);
}

void endpoint_told(struct console *console, struct vcpu *vcpu, unsigned state)
{
    FIND(console, told);
    if (console)
        console->told(console, vcpu, state);
}

bool endpoint_input_first(struct console *console, struct vm *vm, uint64_t due_ns)
{
    FIND(console, input_first);
    return console->input_first(console, vm, due_ns);
}

void endpoint_flush(struct console *console, struct vcpu *vcpu)
{
    FIND(console, flush);
    if (console)
        console->flush(console, vcpu);
}

/* ---- The host's ---- */

static bool host_write(struct console *self, struct vcpu *vcpu, const void *bytes, size_t size)
{
    const char *at = bytes;

    (void)self;
    while (size > 0) {
        ptrdiff_t written = host_output_write(at, size);

        if (written >= 0) {
            at += written;
            size -= (size_t)written;
            continue;
        }
        if (written == -EINTR || written == -EPIPE)
            vcpu_check(vcpu);
        else
            vm_stop(vcpu->vm, fail(STATUS_HOST, "stdout: %s: the guest's output is lost",
                                   strerror((int)-written)));
        if (vcpu->vm->stopped)
            return false;
    }
    return true;
}

static size_t host_read(struct console *self, struct vcpu *vcpu, void *bytes, size_t size)
{
    (void)self, (void)vcpu;
    return host_input_read(bytes, size);
}

static unsigned host_state(struct console *self, struct vcpu *vcpu)
{
    (void)self, (void)vcpu;
    return host_input_state();
}

static bool host_input_first(struct console *self, struct vm *vm, uint64_t due_ns)
{
    (void)self;
    host_wait(due_ns < vm->end_ns ? due_ns : vm->end_ns, true);
    return host_now() < due_ns || host_input_state() & (LAB_EVENT_INPUT | LAB_EVENT_EOF);
}

struct console console_host = {
    .write = host_write,
    .read = host_read,
    .state = host_state,
    .poll = host_state,
    .input_first = host_input_first,
};
