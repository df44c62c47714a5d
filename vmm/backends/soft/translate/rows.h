/* SPDX-License-Identifier: MIT */
/* How each instruction is translated: what rows.c makes of ops.def. */
#ifndef BACKENDS_SOFT_TRANSLATE_ROWS_H
#define BACKENDS_SOFT_TRANSLATE_ROWS_H

#include "isa/riscv/ops.h"
#include "stencil.h"
#include "stencils.inc"

/* How to translate an instruction, by the kind of its row. */
enum kind {
    KIND_OTHER, /* the interpreter executes it */
    KIND_VALUE,
    KIND_BRANCH,
    KIND_JUMP,
    KIND_JUMP_REGISTER,
    KIND_LOAD,
    KIND_STORE,
    KIND_FLOAT_LOAD,
    KIND_FLOAT_STORE,
    KIND_FLOAT,
    KIND_ATOMIC,
    KIND_NOTHING,
};

/* Where an operand is: in the hart's memory, or in the registers a and b of stencils.c. Z: it is
 * x0; BY: a shift by an amount that is a part of the instruction. */
enum where { M, A, B, Z };
#define BY     Z
#define WHERES 4

#define S(name) STENCIL_##name

/* The stencils of an instruction: by its result's register, a or b, and where rs1 and rs2 are. */
struct stencils_of {
    uint16_t with[2][WHERES][WHERES];
};

struct row {
    uint8_t kind; /* enum kind */
    uint8_t base; /* the op with the stencils: of a compressed instruction another one */
    struct stencils_of of;
};

extern const struct row translated_rows[OP_COUNT];

/* A copy of a register, and sext.w. */
extern const struct stencils_of stencils_of_copy, stencils_of_extension;

/* jalr: instead of rs2 how wide the return address is. */
enum { NO_LINK, LINK, LINK_WIDE };
extern const struct stencils_of stencils_of_jalr;

#endif
