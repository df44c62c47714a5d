/* SPDX-License-Identifier: MIT */
/* When a timer fires, by the guest's clock and by the host's. */
#include "timer.h"

#include "platform.h"

#define NS_PER_S 1000000000ull

/* Fires a timer whose deadline has passed. */
static void check_one(struct vcpu *vcpu)
{
    struct timer *timer = &vcpu->timer;

    if (timer->armed && vcpu->vm->backend->time(vcpu) >= timer->deadline) {
        timer->armed = false;
        timer->fired = timer->line = true;
    }
}

void timer_check(struct vcpu *vcpu)
{
    struct vm *vm = vcpu->vm;

    if (vm->parallel)
        check_one(vcpu);
    for (unsigned i = 0; i < vm->vcpu_count && !vm->parallel; i++)
        check_one(&vm->vcpus[i]);
    if (host_set_alarm(timer_next_ns(vcpu)))
        vm_stop(vm, STATUS_HOST);
}

/* Converts ticks to ns, rounded up. More than a century counts as never. */
static uint64_t ticks_to_ns(uint64_t ticks, uint64_t frequency)
{
    uint64_t seconds = ticks / frequency, rest = ticks % frequency;

    if (seconds > 100ull * 365 * 86400)
        return NEVER / 2;
    return seconds * NS_PER_S + (rest * NS_PER_S + frequency - 1) / frequency;
}

uint64_t timer_due_ns(struct vcpu *vcpu)
{
    const struct vm *vm = vcpu->vm;
    uint64_t now, frequency, deadline = vcpu->timer.deadline;

    if (!vcpu->timer.armed)
        return NEVER;
    now = vm->backend->time(vcpu);
    frequency = vm->backend->frequency(vcpu);
    if (!frequency)
        return NEVER;
    return host_now() + (deadline > now ? ticks_to_ns(deadline - now, frequency) : 0);
}

uint64_t timer_next_ns(const struct vcpu *vcpu)
{
    const struct vm *vm = vcpu->vm;
    uint64_t when = vm->end_ns;

    if (vm->virtual_time) /* its timers depend on instructions, not on the host's clock */
        return when;
    for (unsigned i = 0; i < vm->vcpu_count; i++) {
        uint64_t due = vm->parallel && i != vcpu->id ? NEVER : timer_due_ns(&vm->vcpus[i]);

        when = due < when ? due : when;
    }
    return when;
}
