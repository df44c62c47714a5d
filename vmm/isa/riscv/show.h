/* SPDX-License-Identifier: MIT */
/* A hart's registers and traps for people to read. */
#ifndef ISA_RISCV_SHOW_H
#define ISA_RISCV_SHOW_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct vcpu;

/* backend.h's show_registers, for back ends whose get_registers writes riscv_debug_registers. */
void riscv_show_registers(struct vcpu *vcpu, FILE *out);

/* backend.h's trap_name. */
const char *riscv_trap_name(uint64_t cause, bool *has_address);

#endif
