/* SPDX-License-Identifier: MIT */
/* Two I/O ports that small guests for other emulators use (abi/machines.md, "Ports"). */
#ifndef SERVICES_PORTS_H
#define SERVICES_PORTS_H

#include "core/vm.h"

/* Adds both to a VM's devices. Returns 0, or a status after fail(). */
int ports_add(struct vm *vm);

#endif
