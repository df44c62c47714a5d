/* The two ports that small guests of other emulators use (abi/README.md, "Ports"). */
#ifndef VMM_SERVICES_PORTS_H
#define VMM_SERVICES_PORTS_H

#include "core/vm.h"

/* Serves the port access in vcpu->exit. Returns false if nothing is there. */
bool ports_serve(struct vcpu *vcpu);

#endif
