/* SPDX-License-Identifier: MIT */
/* The SRST extension (SBI 2.0, chapter 10), the legacy shutdown, and LAB, our own. */
#include "core/console.h"
#include "core/hypercall.h"
#include "core/platform.h"
#include "core/random.h"
#include "image/explain.h"

#include <string.h>

void handle_SRST_system_reset(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    uint32_t type = (uint32_t)args[0], reason = (uint32_t)args[1];

    if (type > SRST_TYPE_WARM_REBOOT || reason > SRST_REASON_SYSTEM_FAILURE)
        ret->error = SBI_ERR_INVALID_PARAM;
    else if (type == SRST_TYPE_SHUTDOWN)
        vm_stop(vcpu->vm, reason == SRST_REASON_NONE ? 0 : 1);
    else {
        vcpu->vm->reboot = true;
        vm_stop(vcpu->vm, STATUS_REBOOT);
    }
}

void handle_LEGACY_shutdown(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    (void)args, (void)ret;
    vm_stop(vcpu->vm, 0);
}

void handle_LAB_get_abi_version(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    (void)vcpu, (void)args;
    *ret = (struct sbiret){SBI_SUCCESS, LAB_ABI_VERSION};
}

void handle_LAB_exit(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    (void)ret;
    vm_stop(vcpu->vm, (int)(args[0] & 0xff)); /* as exit(3) does */
}

void handle_LAB_trap_exit(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    (void)ret;
    vm_die_of_trap(vcpu, args[0], args[1], args[2], args[3], args[4]);
}

void handle_LAB_get_args(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    const struct vm *vm = vcpu->vm;
    void *buffer = hypercall_buffer_for_write(vcpu, args);

    if (!buffer) {
        ret->error = SBI_ERR_INVALID_PARAM;
        return;
    }
    memcpy(buffer, vm->args, args[0] < vm->args_size ? args[0] : vm->args_size);
    *ret = (struct sbiret){SBI_SUCCESS, (int64_t)vm->args_size};
}

#define NS_PER_S UINT64_C(1000000000)

#define INPUT_EVENTS (LAB_EVENT_INPUT | LAB_EVENT_EOF)
#define WAIT_EVENTS  (INPUT_EVENTS | LAB_EVENT_TIMER)

void handle_LAB_wait(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    const struct timer *timer = &vcpu->timer;
    uint64_t wanted = args[0];
    bool input = wanted & INPUT_EVENTS;
    unsigned now = timer->fired ? LAB_EVENT_TIMER : 0, state = 0;

    if (wanted & ~(uint64_t)WAIT_EVENTS) {
        ret->error = SBI_ERR_INVALID_PARAM;
        return;
    }
    if (input)
        wanted |= INPUT_EVENTS; /* a guest that waits for input must also wake at its end */
    if (input || !wanted)       /* the guest asks about input */
        state = endpoint_state(vcpu->vm->console, vcpu);
    now |= state;
    if (!wanted || now & wanted) {
        if (input || !wanted)
            endpoint_told(vcpu->vm->console, vcpu, state);
        *ret = (struct sbiret){SBI_SUCCESS, now};
    } else if (input || timer->armed) /* else SBI_ERR_FAILED: it would wait forever */
        vcpu_wait(vcpu, (input ? WAKE_INPUT : 0u) | (wanted & LAB_EVENT_TIMER ? WAKE_TIMER : 0u));
}

void handle_LAB_get_timebase(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    uint64_t frequency = vcpu->vm->backend->frequency(vcpu);

    (void)args;
    if (frequency)
        *ret = (struct sbiret){SBI_SUCCESS, (int64_t)frequency};
    else
        ret->error = SBI_ERR_NOT_SUPPORTED;
}

void handle_LAB_get_exit_count(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    if (args[0] >= EXIT_KIND_COUNT)
        ret->error = SBI_ERR_INVALID_PARAM;
    else
        *ret = (struct sbiret){SBI_SUCCESS, (int64_t)vcpu->exits[args[0]]};
}

/* Returns nanoseconds of the guest's own clock, which counts from the VM's start. */
static uint64_t virtual_ns(struct vcpu *vcpu)
{
    uint64_t ticks = vcpu->vm->backend->time(vcpu), frequency = vcpu->vm->backend->frequency(vcpu);

    if (frequency == 0)
        return 0;
    return ticks / frequency * NS_PER_S + ticks % frequency * NS_PER_S / frequency;
}

void handle_LAB_get_wall_clock(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    uint64_t now = vcpu->vm->virtual_time ? LAB_VIRTUAL_EPOCH * NS_PER_S + virtual_ns(vcpu)
                                          : host_wall_clock();

    (void)args;
    *ret = (struct sbiret){SBI_SUCCESS, (int64_t)now};
}

void handle_LAB_get_random(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    (void)args;
    *ret = (struct sbiret){SBI_SUCCESS, (int64_t)random_next(&vcpu->vm->guest_random)};
}
