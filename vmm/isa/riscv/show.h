/* SPDX-License-Identifier: MIT */
/* A hart's registers, instructions and traps for people to read. */
#ifndef ISA_RISCV_SHOW_H
#define ISA_RISCV_SHOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct vcpu;

/* backend.h's show_registers, for back ends whose get_registers writes riscv_debug_registers. */
void riscv_show_registers(struct vcpu *vcpu, FILE *out);

/* Reads the guest's instruction at an address, two or four bytes of it, without the debugger's
 * breakpoints. Returns false if no memory is mapped there. */
bool riscv_fetch(struct vcpu *vcpu, uint64_t gva, uint32_t *bits);

/* backend.h's describe_insn. */
void riscv_describe_insn(struct vcpu *vcpu, uint64_t pc, char *text, size_t size);

/* backend.h's trap_name. */
const char *riscv_trap_name(uint64_t cause, bool *has_address);

#endif
