/* SPDX-License-Identifier: MIT */
/* The run loop: enter the guest, handle the exit, enter again. */
#include "devices.h"
#include "hooks.h"
#include "hypercall.h"
#include "limits.h"
#include "platform.h"
#include "timer.h"
#include "vm.h"

#include <inttypes.h>

void vcpu_check(struct vcpu *vcpu)
{
    host_input_poll();
    if (hooks_want(vcpu->vm, HOOK_KICK))
        hooks_kick(vcpu->vm);
    timer_check(vcpu);
    limits_check(vcpu);
}

static void handle_halt(struct vcpu *vcpu)
{
    // LAB 1: starter
    // /* Here: the vCPU waits, unless one of the interrupts that end its halt is pending. */
    // (void)vcpu;
    // LAB 1: solution
    unsigned pending = (vcpu->timer.line ? WAKE_TIMER : 0u) | (vcpu->ipi ? WAKE_IPI : 0u) |
                       (vcpu->external ? WAKE_EXTERNAL : 0u);

    if (!(pending & vcpu->exit.wakes))
        vcpu_wait(vcpu, vcpu->exit.wakes);
    // LAB 1: end
}

/* Ends a guest that has accessed an address where nothing is: hiding that would hide the bug. */
static void die_of_access(struct vcpu *vcpu, const char *address, const char *advice)
{
    const struct access *access = &vcpu->exit.access;
    const struct backend *backend = vcpu->vm->backend;
    const char *known = backend->access_advice ? backend->access_advice(&vcpu->exit) : NULL;

    advice = known ? known : advice;
    if (access->write)
        vm_die(vcpu, "it wrote 0x%" PRIx64 " (%u bytes) to %s 0x%" PRIx64 ", where nothing is: %s",
               access->value, access->size, address, access->address, advice);
    else
        vm_die(vcpu, "it read %u bytes from %s 0x%" PRIx64 ", where nothing is: %s", access->size,
               address, access->address, advice);
}

static void handle_exit(struct vcpu *vcpu)
{
    // LAB 1: starter
    // /* Here: how each kind of exit (abi/exits.def, vmm/core/exit.h) is handled. */
    // (void)handle_halt, (void)die_of_access;
    // vm_die(vcpu, "handle_exit does not handle this kind of exit yet");
    // LAB 1: solution
    switch (vcpu->exit.kind) {
    case EXIT_HYPERCALL:
        hypercall_dispatch(vcpu);
        return;
    case EXIT_PIO:
        if (!devices_access(vcpu))
            die_of_access(vcpu, "I/O port",
                          "calls go to the doorbell port as 4-byte writes, if --transport is pio");
        return;
    case EXIT_MMIO:
        if (!devices_access(vcpu))
            die_of_access(vcpu, "address", "RAM ends before it");
        return;
    case EXIT_HALT:
        handle_halt(vcpu);
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
    // LAB 1: end
}

void vcpu_handle_exit(struct vcpu *vcpu)
{
    struct vm *vm = vcpu->vm;

    vcpu->waiting = false;
    handle_exit(vcpu);
    if (!vcpu->waiting || vm->stopped) /* an exit that waits counts when it is handled again */
        limits_count_exit(vcpu);
    if (hooks_want(vm, HOOK_HANDLED))
        hooks_handled(vcpu);
}

static void vcpu_exited(struct vcpu *vcpu)
{
    struct vm *vm = vcpu->vm;

    if (exit_is_guests(vcpu->exit.kind))
        vcpu->exit_number = ++vm->exit_numbers;
    if (hooks_want(vm, HOOK_EXIT) && !hooks_exited(vcpu))
        vcpu->exit_pending = true; /* vm_goes_on handles it */
    else
        vcpu_handle_exit(vcpu);
}

/* Handles an exit that a hook has put off. Returns whether there was one. */
static bool handle_pending(struct vcpu *vcpu)
{
    if (!vcpu->exit_pending || vcpu->paused || vcpu->vm->stopped)
        return false;
    vcpu->exit_pending = !hooks_exited(vcpu);
    if (!vcpu->exit_pending)
        vcpu_handle_exit(vcpu);
    return true;
}

void vcpu_enter(struct vcpu *vcpu)
{
    struct vm *vm = vcpu->vm;
    uint64_t insns = vcpu->insns;
    enum ran ran;

    if (hooks_want(vm, HOOK_ENTER))
        hooks_enter(vcpu);
    if (vm->parallel) {
        vcpu->in_guest = true;
        host_unlock();
    }
    ran = vm->backend->run(vcpu);
    if (vm->parallel) {
        vcpu->in_guest = false; /* before the lock: its owner may wait for this */
        host_lock();
    }
    vm->insn_count += vcpu->insns - insns;
    if (ran == RAN_TO_EXIT)
        vcpu_exited(vcpu);
    else if (ran == RAN_TO_STOP)
        hooks_stop(vcpu);
    else if (ran == RAN_TO_SNAPSHOT)
        devices_poll(vcpu); /* this point of a run comes again when the run is repeated */
    limits_check_insns(vcpu);
}

bool vm_goes_on(struct vcpu *vcpu)
{
    struct vm *vm = vcpu->vm;

    if (!hooks_want(vm, HOOK_BETWEEN))
        return !vm->stopped && !vm->leave;
    do {
        hooks_between(vcpu);
        if (!vm->parallel) /* a hook may have brought back a state with another turn */
            vcpu = &vm->vcpus[vm->turn];
    } while (handle_pending(vcpu));
    return !vm->stopped && !vm->leave;
}

int vm_run(struct vm *vm)
{
    vm->leave = false;
    host_set_kick_flag(vm->backend->kick_flag(&vm->vcpus[0]));
    if (host_set_alarm(vm->end_ns))
        return STATUS_HOST;
    limits_check(&vm->vcpus[0]); /* a signal may have come before there was a vCPU to kick */
    vm->run(vm);
    host_set_alarm(NEVER);
    host_set_kick_flag(NULL);
    return vm->status;
}
