/* vCPUs that run at once, each in a thread of its own. */
#ifndef VMM_CORE_THREADS_H
#define VMM_CORE_THREADS_H

#include "vm.h"

/* Runs all vCPUs until the VM is stopped. This thread is that of the first. */
void run_in_parallel(struct vm *vm);

#endif
