/* SPDX-License-Identifier: MIT */
/* Runs vCPUs at once, each in a thread of its own. */
#ifndef CORE_THREADS_H
#define CORE_THREADS_H

#include "vm.h"

/* Runs all vCPUs until the guest ends. This thread is that of the first. */
void run_in_threads(struct vm *vm);

#endif
