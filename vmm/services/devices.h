/* Devices in memory. */
#ifndef VMM_SERVICES_DEVICES_H
#define VMM_SERVICES_DEVICES_H

#include "core/vm.h"

/* Serves the MMIO access in vcpu->exit. Returns false if nothing is there. */
bool devices_serve(struct vcpu *vcpu);

#endif
