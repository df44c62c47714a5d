/* SPDX-License-Identifier: MIT */
/* The vCPUs' timers, and the host's alarm for them. */
#ifndef CORE_TIMER_H
#define CORE_TIMER_H

#include "vm.h"

/* Fires the timer of this vCPU, or of each that this thread runs, if its deadline has passed; and
 * sets the host's alarm for the next one. */
void timer_check(struct vcpu *vcpu);

/* Returns the host time at which the next timer of those fires, or the VM's time limit passes; or
 * NEVER. */
uint64_t timer_next_ns(const struct vcpu *vcpu);

/* Returns the host time at which a vCPU's timer fires, by the guest's clock as it is now; or
 * NEVER. */
uint64_t timer_due_ns(struct vcpu *vcpu);

#endif
