/* SPDX-License-Identifier: MIT */
/* Predicts where a hart can be after its next instruction, for single-steps by breakpoints. */
#ifndef ISA_RISCV_NEXT_H
#define ISA_RISCV_NEXT_H

#include <stdbool.h>
#include <stdint.h>

#define NEXT_MAX 3

/*
 * Lists the addresses to which an instruction can lead. A trap's handler is not among them.
 *
 * bits  the instruction at pc, of 2 bytes or 4
 * x     the hart's registers, x0 to x31
 * sepc  the address to which sret returns
 * next  receives up to NEXT_MAX addresses
 *
 * Returns how many. Encodings: unprivileged spec, chapters 2.5, 16 and 24; sret: privileged, 3.3.2.
 */
unsigned riscv_next(uint32_t bits, uint64_t pc, const uint64_t *x, uint64_t sepc, uint64_t *next);

/* Return whether an instruction is lr, or sc. A stop between an lr and its sc would make sc fail.
 */
bool riscv_is_reserving(uint32_t bits);
bool riscv_is_conditional_store(uint32_t bits);

#endif
