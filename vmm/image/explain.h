/* SPDX-License-Identifier: MIT */
/* Explains to users where the guest is, and why it died. */
#ifndef IMAGE_EXPLAIN_H
#define IMAGE_EXPLAIN_H

#include "core/vm.h"

/* Writes "0x100123 main+0x13 (hello.c:7)" to text (size bytes). Leaves out what the image does not
 * tell. */
void explain_address(const struct vcpu *vcpu, uint64_t pc, char *text, size_t size);

#define EXPLAIN_CALLERS 13 /* more are left out */

/* Finds the callers of the code at pc, where a vCPU is: their return addresses, the innermost
 * first, EXPLAIN_CALLERS at most. Returns how many there are. */
unsigned explain_callers(const struct vcpu *vcpu, uint64_t pc, uint64_t *callers);

/* Writes for whom the runtime has made a vCPU's last exit: "main (hello.c:7)", the innermost caller
 * that is the guest author's. Writes an empty text if the exit is the author's own, or no caller
 * is. */
void explain_author(const struct vcpu *vcpu, char *text, size_t size);

/*
 * Ends the guest because of a trap that it does not handle. Prints the trap, the callers, the page
 * walk and the likely cause.
 *
 * cause    the architecture's number of the trap (x86: vector, RISC-V: scause)
 * pc       guest virtual address of the instruction
 * address  the address that it failed to access, if the cause has one
 * frame    the frame pointer at the trap, which leads to the callers; 0: unknown
 * caller   the return address, if the function has no frame; 0: unknown
 */
void vm_die_of_trap(struct vcpu *vcpu, uint64_t cause, uint64_t pc, uint64_t address,
                    uint64_t frame, uint64_t caller);

#endif
