/* SPDX-License-Identifier: MIT */
/* Runs vCPUs that take turns in one thread. */
#ifndef CORE_TURNS_H
#define CORE_TURNS_H

#include "vm.h"

/*
 * Runs all vCPUs in this thread until the guest ends. Who is next, and for how long, depends
 * on vm->random and on what the guest has done alone: the same seed, the same interleaving.
 */
void run_in_turn(struct vm *vm);

/* Returns whether a vCPU can be entered. Handles again the exit that it waits at. */
bool vcpu_ready(struct vcpu *vcpu);

/* Ends a guest whose vCPUs all wait for what will not come; vcpu is the last one to do so. */
void die_asleep(struct vcpu *vcpu);

#endif
