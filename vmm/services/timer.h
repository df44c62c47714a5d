/* The guest's timer and the time limit: what the run loop and LAB.wait need of them. */
#ifndef VMM_SERVICES_TIMER_H
#define VMM_SERVICES_TIMER_H

#include "core/vm.h"

/* Fires the timer of this vCPU, or of each that this thread runs, if its deadline has come, and
 * sets the host's alarm for what is next. */
void timer_check(struct vcpu *vcpu);

/* The host time at which the timer of this vCPU, or of any that this thread runs, fires, or the
 * VM's time limit passes; or NEVER. */
uint64_t timer_next_ns(const struct vcpu *vcpu);

/* The host time at which a vCPU's timer fires, by the guest's clock as it is now; or NEVER. */
uint64_t timer_due_ns(struct vcpu *vcpu);

#endif
