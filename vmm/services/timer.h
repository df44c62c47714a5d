/* The guest's timer and the time limit: what the run loop and LAB.wait need of them. */
#ifndef VMM_SERVICES_TIMER_H
#define VMM_SERVICES_TIMER_H

#include "../vm.h"

/* Fires a vCPU's timer if its deadline has come, and sets the host's alarm for what is next. */
void timer_check(struct vcpu *vcpu);

/* The host time at which a vCPU's timer fires or the VM's time limit passes, or NEVER. */
uint64_t timer_next_ns(struct vcpu *vcpu);

#endif
