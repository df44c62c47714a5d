/* SPDX-License-Identifier: MIT */
/* Decodes instructions by the rows of ops.def. */
#ifndef ISA_RISCV_DECODE_H
#define ISA_RISCV_DECODE_H

#include "ops.h"

#include <stdbool.h>
#include <stdint.h>

/* An instruction. What it lacks is 0. The same field holds the number of an integer register or of
 * a floating-point one. */
struct riscv_insn {
    uint8_t op; /* enum op */
    uint8_t rd, rs1, rs2;
    int32_t imm; /* of an instruction without an immediate: all its bits */
};

_Static_assert(OP_COUNT <= UINT8_MAX + 1, "struct riscv_insn keeps an enum op in a byte");

/* Decodes an instruction of four bytes or, in the lower half of `bits`, of two. */
struct riscv_insn riscv_decode(uint32_t bits);

static inline bool riscv_is_compressed(uint32_t bits)
{
    return (bits & 3) != 3;
}

/* Returns the size of an instruction in bytes. */
static inline unsigned riscv_length(uint32_t bits)
{
    return riscv_is_compressed(bits) ? 2 : 4;
}

#endif
