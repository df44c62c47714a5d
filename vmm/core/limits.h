/* SPDX-License-Identifier: MIT */
/* What ends a guest that does not end itself: --timeout, --max-exits, --max-insns, a signal. */
#ifndef CORE_LIMITS_H
#define CORE_LIMITS_H

#include "vm.h"

/* Ends the guest if a signal asks the process to end, or if its time is up. */
void limits_check(struct vcpu *vcpu);

/* Counts an exit that has been handled. Ends the guest if it was the last one it may make. */
void limits_count_exit(struct vcpu *vcpu);

/* Stops the clock of --timeout, and starts it again. A guest whose time was up then has all of it
 * again. Each does nothing if that is so already. */
void limits_stop_clock(struct vm *vm);
void limits_start_clock(struct vm *vm);

/* Stops the clock; a guest that begins again then has all of its time. */
void limits_reset_clock(struct vm *vm);

/* Ends the guest if it has executed all instructions that it may. */
void limits_check_insns(struct vcpu *vcpu);

#endif
