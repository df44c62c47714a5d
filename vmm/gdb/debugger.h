/* SPDX-License-Identifier: MIT */
/*
 * A stub for gdb's remote protocol. It stops the guest between two VM entries, when no vCPU is in
 * the guest and the state of each is complete.
 */
#ifndef GDB_DEBUGGER_H
#define GDB_DEBUGGER_H

#include "replay/timeline.h"

/*
 * Makes a stub, which waits for gdb before the guest's first instruction, and registers its hooks.
 *
 * where     a port of the loopback interface, or the path of a socket, with a /; has to outlive it
 * timeline  of the VM's run; NULL: gdb cannot go back
 *
 * Returns the stub, or NULL after fail().
 */
struct debugger *debugger_create(struct vm *vm, const char *where, struct timeline *timeline);

/* Returns whether vm_run has returned because gdb wants the guest to begin again. NULL is allowed.
 */
bool debugger_wants_restart(const struct debugger *debugger);

/* The guest has begun again: gdb gets a stop before its first instruction. Returns 0, or a status
 * after fail(). */
int debugger_restarted(struct debugger *debugger);

/* Closes the connection, removes the socket, and frees the stub. NULL is allowed. */
void debugger_free(struct debugger *debugger);

#endif
