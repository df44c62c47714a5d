/* SPDX-License-Identifier: MIT */
/*
 * One thread a vCPU, and one lock. The thread that holds it may touch the VM's state; it gives it
 * up only in the guest and in sleep.
 */
#include "threads.h"

#include "platform.h"
#include "timer.h"
#include "turns.h"

/* Returns whether a vCPU runs, or an event that it waits for can still come. */
static bool will_run(const struct vcpu *vcpu)
{
    const struct timer *timer = &vcpu->timer;

    if (!vcpu->started)
        return false;
    return vcpu->paused || vcpu->exit_pending || !vcpu->waiting || vcpu->wakes & WAKE_INPUT ||
           (vcpu->wakes & WAKE_IPI && vcpu->ipi) ||
           (vcpu->wakes & WAKE_TIMER && (timer->armed || timer->line || timer->fired));
}

static bool any_will_run(const struct vm *vm)
{
    for (unsigned i = 0; i < vm->vcpu_count; i++)
        if (will_run(&vm->vcpus[i]))
            return true;
    return false;
}

static void sleep_until_event(struct vcpu *vcpu)
{
    bool input = vcpu->started && vcpu->wakes & WAKE_INPUT;
    uint64_t until = timer_next_ns(vcpu);

    host_unlock();
    host_wait(until, input);
    host_lock();
    vcpu_check(vcpu);
}

/* The vCPU cannot be entered; or the guest has ended when that was tried. */
static void wait_for_event(struct vcpu *vcpu)
{
    if (!vm_may_sleep(vcpu->vm))
        return;
    if (any_will_run(vcpu->vm))
        sleep_until_event(vcpu);
    else
        die_asleep(vcpu);
}

static void run_vcpu(void *argument)
{
    struct vcpu *vcpu = argument;
    struct vm *vm = vcpu->vm;

    host_lock();
    host_set_kick_flag(vm->backend->kick_flag(vcpu));
    if (host_set_alarm(vm->end_ns))
        vm_stop(vm, STATUS_HOST);
    vcpu->thread = host_thread_self();
    while (vm_goes_on(vcpu)) {
        if (vcpu_ready(vcpu))
            vcpu_enter(vcpu);
        else
            wait_for_event(vcpu);
    }
    vcpu->thread = NULL;
    for (unsigned i = 0; i < vm->vcpu_count; i++)
        vcpu_kick(&vm->vcpus[i]); /* to notice the end */
    host_set_alarm(NEVER);
    host_set_kick_flag(NULL);
    host_unlock();
}

void run_in_threads(struct vm *vm)
{
    for (unsigned i = 1; i < vm->vcpu_count && !vm->stopped; i++) {
        int status = host_thread_start(run_vcpu, &vm->vcpus[i]);

        if (status)
            vm_stop(vm, status);
    }
    run_vcpu(&vm->vcpus[0]);
    host_threads_join();
}
