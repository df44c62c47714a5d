/* The run loop: enter the guest, serve the exit, enter again. */
#include "vm.h"

#include "explain.h"
#include "hypercall.h"
#include "observer.h"
#include "platform.h"
#include "services/timer.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

void vm_stop(struct vm *vm, int status)
{
    if (vm->stopped)
        return;
    vm->stopped = true;
    vm->status = status;
}

/* What ends a guest from outside: a signal to the process, or the time limit. */
static void check_limits(struct vcpu *vcpu)
{
    struct vm *vm = vcpu->vm;
    char where[160];

    if (host_stop_signal()) {
        vm_stop(vm, STATUS_OK); /* main ends the process by that signal */
    } else if (host_now() >= vm->end_ns && !vm->stopped) {
        explain_place(vcpu, vm->backend->pc(vcpu), where, sizeof(where));
        vm_stop(vm, fail(STATUS_TIMEOUT,
                         "--timeout: %g s have passed; the guest was at %s after %" PRIu64 " exits",
                         vm->timeout, where, vm->exit_count));
    }
}

void vcpu_check(struct vcpu *vcpu)
{
    host_input_poll();
    timer_check(vcpu);
    check_limits(vcpu);
}

void vcpu_sleep(struct vcpu *vcpu, bool input)
{
    const struct backend *backend = vcpu->vm->backend;

    /* A clock that can jump stands still while the guest waits for input. */
    if (backend->skip_time && vcpu->timer.armed && !input)
        backend->skip_time(vcpu, vcpu->timer.deadline);
    else
        host_wait(timer_next_ns(vcpu), input);
    vcpu_check(vcpu);
}

/* The guest waits for an interrupt; the timer's is the only one there is. */
static void serve_halt(struct vcpu *vcpu)
{
    if (!vcpu->exit.interruptible) {
        vm_die(vcpu, "it halted with interrupts off: nothing can wake it");
        return;
    }
    timer_check(vcpu);
    if (!vcpu->timer.armed && !vcpu->timer.line) {
        vm_die(vcpu, "it halted with no timer set: nothing can wake it");
        return;
    }
    while (!vcpu->timer.line && !vcpu->vm->stopped)
        vcpu_sleep(vcpu, false);
}

/* There are no devices: an access finds nothing, and hiding that would hide the bug. */
static void serve_access(struct vcpu *vcpu, const char *place, const char *advice)
{
    const struct access *access = &vcpu->exit.access;

    if (access->write)
        vm_die(vcpu, "it wrote 0x%" PRIx64 " (%u bytes) to %s 0x%" PRIx64 ", where nothing is: %s",
               access->value, access->size, place, access->address, advice);
    else
        vm_die(vcpu, "it read %u bytes from %s 0x%" PRIx64 ", where nothing is: %s", access->size,
               place, access->address, advice);
}

static void serve_exit(struct vcpu *vcpu)
{
    switch (vcpu->exit.kind) {
    case EXIT_HYPERCALL:
        hypercall_dispatch(vcpu);
        return;
    case EXIT_PIO:
        serve_access(vcpu, "I/O port", "calls go to the doorbell port as 4-byte writes");
        return;
    case EXIT_MMIO:
        serve_access(vcpu, "address", "RAM ends before it");
        return;
    case EXIT_HALT:
        serve_halt(vcpu);
        return;
    case EXIT_IRQ_WINDOW:
        return; /* the back end injects on the next entry */
    case EXIT_KICK:
        vcpu_check(vcpu);
        return;
    case EXIT_SHUTDOWN:
    case EXIT_FAILED:
        vm_die(vcpu, "%s", vcpu->exit.reason);
        return;
    case EXIT_KIND_COUNT:
        break;
    }
    __builtin_unreachable();
}

/* Counts a served exit towards --max-exits, unless it was the host's or the VMM's doing. */
static void count_exit(struct vcpu *vcpu)
{
    struct vm *vm = vcpu->vm;
    enum exit_kind kind = vcpu->exit.kind;
    char where[160];

    vcpu->exits[kind]++;
    if (kind == EXIT_KICK || kind == EXIT_IRQ_WINDOW || ++vm->exit_count < vm->exit_limit ||
        vm->stopped)
        return;
    explain_place(vcpu, vm->backend->pc(vcpu), where, sizeof(where));
    vm_stop(vm, fail(STATUS_MAX_EXITS,
                     "--max-exits: %" PRIu64 " exits are used up; the guest was at %s",
                     vm->exit_limit, where));
}

static void vcpu_loop(struct vcpu *vcpu)
{
    struct vm *vm = vcpu->vm;
    struct observer *observer = vm->observer;

    while (!vm->stopped) {
        if (observer)
            observer_entry(observer);
        vm->backend->run(vcpu);
        if (observer)
            observer_exit(observer);
        serve_exit(vcpu);
        count_exit(vcpu);
        if (observer)
            observer_served(observer, vcpu);
    }
}

int vm_run(struct vm *vm)
{
    struct vcpu *vcpu = &vm->vcpus[0];

    if (host_set_alarm(vm->end_ns))
        return STATUS_HOST;
    check_limits(vcpu); /* a signal may have come before there was a vCPU to kick */
    vcpu_loop(vcpu);
    host_set_alarm(NEVER);
    return vm->status;
}
