/* The console, for services that write to it in their own way. */
#ifndef VMM_SERVICES_CONSOLE_H
#define VMM_SERVICES_CONSOLE_H

#include "core/vm.h"

/* Writes all of a buffer, for a vCPU; labelled, if the user wants that. A console that fails ends
 * the guest: nobody would see the rest. Returns whether all is written; else the VM is stopped. */
bool console_write(struct vcpu *vcpu, const void *buffer, size_t size);

/* The same as it is. */
bool console_put(struct vcpu *vcpu, const char *buffer, size_t size);

#endif
