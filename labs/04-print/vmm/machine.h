/* Lab 4: a machine with devices. */
#ifndef MACHINE_H
#define MACHINE_H

#include "core/vm.h"

/* uart.c: serve the access in vcpu->exit, if it is to a register of the UART. Return false if it
 * is not, or if it is another access than the register takes: that ends the guest. */
bool serve_port(struct vcpu *vcpu);
bool serve_mmio(struct vcpu *vcpu);

#endif
