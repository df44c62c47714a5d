/* SPDX-License-Identifier: MIT */
/*
 * Turns of vCPUs. A race shows if a vCPU is interrupted at the wrong moment. So turns have a
 * random length, some of them a very short one, and any vCPU may be next.
 */
#include "turns.h"

#include "console.h"
#include "devices.h"
#include "platform.h"
#include "random.h"
#include "timer.h"

#define LONG_SLICE  8192 /* instructions, at most */
#define SHORT_SLICE 32
#define SHORT_EVERY 8 /* one slice of so many is a short one */

static uint64_t slice_length(struct vm *vm)
{
    uint64_t left = vm->insn_count < vm->insn_limit ? vm->insn_limit - vm->insn_count : 0;
    uint64_t random, length;

    if (vm->vcpu_count == 1)
        return left;
    random = random_next(&vm->random);
    length = 1 + random / SHORT_EVERY % (random % SHORT_EVERY ? LONG_SLICE : SHORT_SLICE);
    return length < left ? length : left;
}

bool vcpu_ready(struct vcpu *vcpu)
{
    if (!vcpu->started || vcpu->paused || vcpu->exit_pending)
        return false;
    if (vcpu->waiting)
        vcpu_handle_exit(vcpu);
    return !vcpu->waiting && !vcpu->vm->stopped;
}

/* Returns the vCPU to enter next, with a slice; NULL if every one waits or is stopped. */
static struct vcpu *next_vcpu(struct vm *vm)
{
    struct vcpu *vcpu = &vm->vcpus[vm->turn];
    unsigned first;

    if ((vcpu->slice > 0 || vcpu->unfinished) && vcpu_ready(vcpu))
        return vcpu;
    /* Once, before the loop. A timer that expired between two checks would be missed, because
     * sleep_until_event considers future deadlines alone. */
    timer_check(vcpu);
    first = vm->vcpu_count > 1 ? (unsigned)(random_next(&vm->random) % vm->vcpu_count) : 0;
    for (unsigned i = 0; i < vm->vcpu_count && !vm->stopped; i++) {
        vm->turn = (first + i) % vm->vcpu_count;
        vcpu = &vm->vcpus[vm->turn];
        if (!vcpu_ready(vcpu))
            continue;
        vcpu->slice = slice_length(vm);
        return vcpu;
    }
    return NULL;
}

void die_asleep(struct vcpu *vcpu)
{
    if (vcpu->vm->vcpu_count > 1)
        vm_die(vcpu, "all its harts wait or are stopped: nothing can wake one");
    else if (!vcpu->started)
        vm_die(vcpu, "it stopped its only hart");
    else if (!vcpu->wakes)
        vm_die(vcpu, "it halted with interrupts off: nothing can wake it");
    else
        vm_die(vcpu, "it halted with no timer set: nothing can wake it");
}

/* Sleeps until a vCPU may go on. Returns false if all may still have to wait: how often that
 * happens depends on the host, and a run that repeats must not depend on it. */
static bool sleep_until_event(struct vm *vm)
{
    struct vcpu *first = NULL; /* the one with the next timer */
    const bool polled = devices_poll(&vm->vcpus[vm->turn]);
    bool input = false, early = false;
    uint64_t due;

    for (unsigned i = 0; i < vm->vcpu_count; i++) {
        struct vcpu *vcpu = &vm->vcpus[i];

        if (!vcpu->started)
            continue;
        if (vcpu->wakes & WAKE_EXTERNAL && vcpu->external)
            return true; /* the poll has made an interrupt */
        input |= vcpu->wakes & WAKE_INPUT || (vcpu->wakes & WAKE_EXTERNAL && polled);
        if (vcpu->wakes & WAKE_TIMER && vcpu->timer.armed &&
            (!first || vcpu->timer.deadline < first->timer.deadline))
            first = vcpu;
    }
    if (!input && !first) {
        die_asleep(&vm->vcpus[vm->turn]);
        return true;
    }
    due = first ? timer_due_ns(first) : NEVER;
    if (!vm->virtual_time)
        host_wait(timer_next_ns(&vm->vcpus[vm->turn]), input);
    else if (input && endpoint_input_first(vm->console, vm, due))
        early = true;
    else if (first)
        vm->backend->skip_time(first, first->timer.deadline);
    vcpu_check(&vm->vcpus[vm->turn]);
    return !early;
}

void run_in_turn(struct vm *vm)
{
    while (vm_goes_on(&vm->vcpus[vm->turn])) {
        const unsigned turn = vm->turn;
        const uint64_t random = vm->random;
        struct vcpu *vcpu = next_vcpu(vm);

        if (vcpu) {
            vcpu_enter(vcpu);
        } else if (vm_may_sleep(vm) && !sleep_until_event(vm)) {
            vm->turn = turn;
            vm->random = random;
        }
    }
}
