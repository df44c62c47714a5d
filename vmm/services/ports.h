/* The two ports that small guests of other emulators use (abi/README.md, "Ports"). */
#ifndef SERVICES_PORTS_H
#define SERVICES_PORTS_H

#include "core/vm.h"

/* Adds them to a VM. Returns 0, or a status after fail(). */
int ports_add(struct vm *vm);

#endif
