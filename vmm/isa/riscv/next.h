/* Where a hart can be after its next instruction. */
#ifndef ISA_RISCV_NEXT_H
#define ISA_RISCV_NEXT_H

#include <stdbool.h>
#include <stdint.h>

#define NEXT_MAX 3

/*
 * bits  the instruction at pc, of 2 bytes or 4
 * x     the hart's registers, x0 to x31
 * sepc  where sret goes
 * next  receives up to NEXT_MAX addresses; a trap is not among them
 *
 * Returns how many. Encodings: unprivileged spec, chapters 2.5, 16 and 24; sret: privileged, 3.3.2.
 */
unsigned riscv_next(uint32_t bits, uint64_t pc, const uint64_t *x, uint64_t sepc, uint64_t *next);

/* Whether it is lr: what comes between that and its sc must not be stopped at, or sc fails. */
bool riscv_is_reserving(uint32_t bits);
bool riscv_is_conditional_store(uint32_t bits);

/* Bytes of an instruction. */
static inline unsigned riscv_length(uint32_t bits)
{
    return (bits & 3) == 3 ? 4 : 2;
}

#endif
