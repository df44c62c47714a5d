/* The run loop: enter the guest, serve the exit, enter again. */
#include "vm.h"

#include "gdb/debugger.h"
#include "hypercall.h"
#include "image/explain.h"
#include "platform.h"
#include "services/devices.h"
#include "services/ports.h"
#include "services/timer.h"
#include "threads.h"
#include "turns.h"
#include "watch/labels.h"
#include "watch/observer.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define MOMENT_NS 50000000

gpa_t stacks_start(const struct vm *vm)
{
    const struct memory *memory = &vm->memory;
    uint64_t size = vm->vcpu_count * vm->backend->stack_stride;

    return gpa(memory->base.value + (size < memory->size ? memory->size - size : 0));
}

void vm_stop(struct vm *vm, int status)
{
    if (!vm->stopped)
        labels_finish(vm); /* which may end it itself: for want of a console, or of time */
    if (vm->stopped)
        return;
    vm->stopped = true;
    vm->status = status;
}

/* Where a vCPU is, for a message: "the guest was at 0x100123 main+0x13 (hello.c:7)". */
static void describe_place(const struct vcpu *vcpu, char *text, size_t size)
{
    char who[24] = "the guest", where[160];

    if (vcpu->vm->vcpu_count > 1)
        snprintf(who, sizeof(who), "vCPU %u", vcpu->id);
    explain_place(vcpu, vcpu->vm->backend->pc(vcpu), where, sizeof(where));
    snprintf(text, size, "%s was at %s", who, where);
}

/* At the time limit, whether a vCPU leaves it to another one to say where the guest was: it has
 * never run, or waits; but only for a moment. */
static bool has_nothing_to_show(const struct vcpu *vcpu)
{
    const struct vm *vm = vcpu->vm;

    return vm->parallel && host_now() < vm->end_ns + MOMENT_NS &&
           (!vcpu->started || vcpu->waiting || vm->backend->pc(vcpu) == 0);
}

/* What ends a guest from outside: a signal to the process, or the time limit. */
static void check_limits(struct vcpu *vcpu)
{
    struct vm *vm = vcpu->vm;
    char place[192];

    if (host_stop_signal()) {
        vm_stop(vm, STATUS_OK); /* main ends the process by that signal */
    } else if (vm->debugger && debugger_is_going_back(vm->debugger)) {
        return; /* that is no time of the guest's */
    } else if (host_now() >= vm->end_ns && !vm->stopped && !has_nothing_to_show(vcpu)) {
        describe_place(vcpu, place, sizeof(place));
        vm_stop(vm, fail(STATUS_TIMEOUT, "--timeout: %g s have passed; %s after %" PRIu64 " exits",
                         vm->timeout, place, vm->exit_count));
    }
}

void vcpu_check(struct vcpu *vcpu)
{
    host_input_poll();
    if (vcpu->vm->debugger)
        debugger_poll(vcpu->vm->debugger);
    timer_check(vcpu);
    check_limits(vcpu);
}

void vcpu_wait(struct vcpu *vcpu, unsigned wakes)
{
    vcpu->waiting = true;
    vcpu->wakes = wakes;
    labels_show(vcpu);
}

static void serve_halt(struct vcpu *vcpu)
{
    // LAB 1: starter
    // /* Here: the vCPU waits, unless one of the interrupts that end its halt is pending. */
    // (void)vcpu;
    // LAB 1: solution
    unsigned pending = (vcpu->timer.line ? WAKE_TIMER : 0u) | (vcpu->ipi ? WAKE_IPI : 0u);

    if (!(pending & vcpu->exit.wakes))
        vcpu_wait(vcpu, vcpu->exit.wakes);
    // LAB 1: end
}

/* An access that finds nothing: hiding that would hide the bug. */
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
    // LAB 1: starter
    // /* Here: what each kind of exit (abi/exits.def, vmm/core/exit.h) is served by. */
    // (void)serve_halt, (void)serve_access;
    // vm_die(vcpu, "serve_exit does not serve this kind of exit yet");
    // LAB 1: solution
    switch (vcpu->exit.kind) {
    case EXIT_HYPERCALL:
        hypercall_dispatch(vcpu);
        return;
    case EXIT_PIO:
        if (ports_serve(vcpu))
            return;
        serve_access(vcpu, "I/O port",
                     "calls go to the doorbell port as 4-byte writes, if --transport is pio");
        return;
    case EXIT_MMIO:
        if (devices_serve(vcpu))
            return;
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
    // LAB 1: end
}

/* Counts a served exit towards --max-exits, unless it was the host's or the VMM's doing. */
static void count_exit(struct vcpu *vcpu)
{
    struct vm *vm = vcpu->vm;
    enum exit_kind kind = vcpu->exit.kind;
    char place[192];

    vcpu->exits[kind]++;
    if (kind == EXIT_KICK || kind == EXIT_IRQ_WINDOW || ++vm->exit_count < vm->exit_limit ||
        vm->stopped)
        return;
    describe_place(vcpu, place, sizeof(place));
    vm_stop(vm, fail(STATUS_MAX_EXITS, "--max-exits: %" PRIu64 " exits are used up; %s",
                     vm->exit_limit, place));
}

/* Those who watch see each exit once, however often the debugger has it happen; and no kicks, which
 * are the debugger's. */
static bool is_observed(struct vcpu *vcpu)
{
    const struct vm *vm = vcpu->vm;

    if (!vm->observer || (vm->debugger && vcpu->exit.kind == EXIT_KICK))
        return false;
    if (vm->debugger && vcpu->exit.kind != EXIT_IRQ_WINDOW) {
        if (vcpu->exit_number <= vcpu->exit_shown)
            return false;
        vcpu->exit_shown = vcpu->exit_number;
    }
    return true;
}

void vcpu_serve(struct vcpu *vcpu)
{
    struct vm *vm = vcpu->vm;

    vcpu->waiting = false;
    serve_exit(vcpu);
    if (!vcpu->waiting || vm->stopped) {
        count_exit(vcpu);
        if (is_observed(vcpu))
            observer_served(vm->observer, vcpu);
    }
    if (vm->debugger)
        debugger_served(vcpu);
}

static void check_instructions(struct vcpu *vcpu)
{
    struct vm *vm = vcpu->vm;
    char place[192];

    if (vm->insn_count < vm->insn_limit || vm->stopped || vcpu->unfinished)
        return;
    describe_place(vcpu, place, sizeof(place));
    vm_stop(vm, fail(STATUS_MAX_INSNS, "--max-insns: %" PRIu64 " instructions are used up; %s",
                     vm->insn_limit, place));
}

void vcpu_kick(const struct vcpu *vcpu)
{
    if (vcpu->thread && vcpu->thread != host_thread_self())
        host_kick(vcpu->thread);
}

static void on_exit(struct vcpu *vcpu)
{
    struct vm *vm = vcpu->vm;
    enum exit_kind kind = vcpu->exit.kind;

    if (kind != EXIT_KICK && kind != EXIT_IRQ_WINDOW && kind != EXIT_DEBUG)
        vcpu->exit_number = ++vm->exit_numbers;
    if (vm->observer && kind != EXIT_DEBUG)
        observer_exit(vm->observer, vcpu);
    if (!vm->debugger || debugger_exit(vcpu))
        vcpu_serve(vcpu);
}

void vcpu_round(struct vcpu *vcpu)
{
    struct vm *vm = vcpu->vm;
    uint64_t insns = vcpu->insns;
    bool exited;

    if (vm->observer)
        observer_entry(vm->observer, vcpu);
    if (vm->debugger)
        debugger_entry(vcpu);
    if (vm->parallel) {
        vcpu->in_guest = true;
        host_unlock();
    }
    exited = vm->backend->run(vcpu);
    if (vm->parallel) {
        vcpu->in_guest = false; /* before the lock: whoever has it may wait for this */
        host_lock();
    }
    vm->insn_count += vcpu->insns - insns;
    if (exited)
        on_exit(vcpu);
    check_instructions(vcpu);
}

bool vm_goes_on(struct vcpu *vcpu)
{
    if (vcpu->vm->debugger)
        debugger_look(vcpu);
    return !vcpu->vm->stopped;
}

int vm_run(struct vm *vm)
{
    vm->parallel = vm->vcpu_count > 1 && !vm->backend->slices;
    host_set_kick_flag(vm->backend->kick_flag(&vm->vcpus[0]));
    if (host_set_alarm(vm->end_ns))
        return STATUS_HOST;
    check_limits(&vm->vcpus[0]); /* a signal may have come before there was a vCPU to kick */
    if (vm->parallel)
        run_in_parallel(vm);
    else
        run_in_turn(vm);
    host_set_alarm(NEVER);
    host_set_kick_flag(NULL);
    return vm->status;
}
