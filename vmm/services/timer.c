/* SPDX-License-Identifier: MIT */
/* The TIME extension (SBI 2.0, chapter 6): sets a vCPU's deadline for its timer interrupt. */
#include "core/timer.h"

#include "core/hypercall.h"

void handle_TIME_set_timer(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    vcpu->timer = (struct timer){.armed = args[0] != UINT64_MAX, .deadline = args[0]};
    timer_check(vcpu);
    *ret = (struct sbiret){SBI_SUCCESS, 0};
}

void handle_LEGACY_set_timer(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    handle_TIME_set_timer(vcpu, args, ret);
}
