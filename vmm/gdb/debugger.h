/*
 * A stub for gdb's remote protocol. It stops the guest between two VM entries, when the state of
 * every vCPU is whole.
 */
#ifndef GDB_DEBUGGER_H
#define GDB_DEBUGGER_H

#include "replay/timeline.h"

/*
 * Makes a stub that waits for gdb before the guest's first instruction, and hooks it into the run.
 *
 * where     a port on the loopback interface, or a path with a /
 * timeline  of the VM's run; NULL: gdb cannot go back
 *
 * Returns it, or NULL after fail().
 */
struct debugger *debugger_create(struct vm *vm, const char *where, struct timeline *timeline);
void debugger_free(struct debugger *debugger);

#endif
