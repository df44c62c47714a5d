/*
 * What the run loop asks of the debugger (gdb/): a stub for gdb's remote protocol. Stops happen
 * between two rounds, when every vCPU's state is whole.
 */
#ifndef VMM_GDB_DEBUGGER_H
#define VMM_GDB_DEBUGGER_H

#include "core/vm.h"

/*
 * Makes a debugger that waits for gdb before the guest's first instruction.
 *
 * where  a port on the loopback interface, or a path with a /
 *
 * Returns it, or NULL after fail().
 */
struct debugger *debugger_create(struct vm *vm, const char *where);
void debugger_free(struct debugger *debugger);

/* Something may have come from gdb: it is looked at when the vCPU's round is over. */
void debugger_poll(struct debugger *debugger);

/* Between two rounds of a vCPU: stops here if gdb, the guest's end or what the vCPU has come to
 * want that, and serves an exit that the vCPU was stopped at. */
void debugger_look(struct vcpu *vcpu);

/* Whether a vCPU's thread must not sleep, since a stop waits for it; whether what is executed now
 * is looked at again, so that time does not count. */
bool debugger_is_stopping(const struct debugger *debugger);
bool debugger_is_going_back(const struct debugger *debugger);

/* Before VM entry. */
void debugger_entry(struct vcpu *vcpu);

/* After a VM exit. Returns false if it is not to be served now. */
bool debugger_exit(struct vcpu *vcpu);

/* After it was served, or the vCPU has begun to wait. */
void debugger_served(struct vcpu *vcpu);

#endif
