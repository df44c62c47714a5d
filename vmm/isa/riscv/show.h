/* A hart's registers, for people. */
#ifndef ISA_RISCV_SHOW_H
#define ISA_RISCV_SHOW_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct vcpu;

/* backend.h's show_registers, of what the back end's get_registers tells. */
void riscv_show_registers(struct vcpu *vcpu, FILE *out);

/* As backend.h's trap_name. */
const char *riscv_trap_name(uint64_t cause, bool *has_address);

#endif
