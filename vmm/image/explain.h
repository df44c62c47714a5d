/* Words for people: where the guest is, and why it died. */
#ifndef IMAGE_EXPLAIN_H
#define IMAGE_EXPLAIN_H

#include "core/vm.h"

/* Writes "0x100123 main+0x13 (hello.c:7)", as much of it as is known, to text. */
void explain_address(const struct vcpu *vcpu, uint64_t pc, char *text, size_t size);

/*
 * Ends the guest because its runtime met a trap that nobody handles.
 *
 * cause    the architecture's number of the trap (x86: vector, RISC-V: scause)
 * pc       guest virtual address of the instruction
 * address  the address it failed on, where the cause has one
 * frame    the frame pointer then, from which the callers are found; or 0
 * caller   where a function without a frame would return to; or 0
 */
void vm_die_of_trap(struct vcpu *vcpu, uint64_t cause, uint64_t pc, uint64_t address,
                    uint64_t frame, uint64_t caller);

#endif
