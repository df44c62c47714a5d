/* The TIME extension (SBI 2.0, chapter 6): one deadline a vCPU, and its interrupt. */
#include "timer.h"

#include "../hypercall.h"
#include "../platform.h"

#define NS_PER_S 1000000000ull

static void set_timer(struct vcpu *vcpu, uint64_t deadline)
{
    vcpu->timer = (struct timer){.armed = deadline != UINT64_MAX, .deadline = deadline};
    timer_check(vcpu);
}

void timer_check(struct vcpu *vcpu)
{
    const struct vm *vm = vcpu->vm;
    struct timer *timer = &vcpu->timer;

    if (timer->armed && vm->backend->time(vcpu) >= timer->deadline) {
        timer->armed = false;
        timer->fired = timer->line = true;
    }
    if (host_set_alarm(timer_next_ns(vcpu)))
        vm_stop(vcpu->vm, STATUS_HOST);
}

/* Ticks to ns, rounded up. More than a century is as good as never. */
static uint64_t ticks_to_ns(uint64_t ticks, uint64_t frequency)
{
    uint64_t seconds = ticks / frequency, rest = ticks % frequency;

    if (seconds > 100ull * 365 * 86400)
        return NEVER / 2;
    return seconds * NS_PER_S + (rest * NS_PER_S + frequency - 1) / frequency;
}

uint64_t timer_next_ns(struct vcpu *vcpu)
{
    const struct vm *vm = vcpu->vm;
    uint64_t now = vm->backend->time(vcpu), frequency = vm->backend->frequency(vcpu);
    uint64_t deadline = vcpu->timer.deadline, end = vm->end_ns, when;

    if (!vcpu->timer.armed || !frequency || vm->backend->skip_time)
        return end;
    when = host_now() + (deadline > now ? ticks_to_ns(deadline - now, frequency) : 0);
    return when < end ? when : end;
}

void handle_TIME_set_timer(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    set_timer(vcpu, args[0]);
    *ret = (struct sbiret){SBI_SUCCESS, 0};
}

void handle_LEGACY_set_timer(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    handle_TIME_set_timer(vcpu, args, ret);
}
