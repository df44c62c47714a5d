/* SPDX-License-Identifier: MIT */
/* Copies stencils and fills their holes, for block.c. */
#ifndef BACKENDS_SOFT_TRANSLATE_EMIT_H
#define BACKENDS_SOFT_TRANSLATE_EMIT_H

#include "cache.h"
#include "isa/riscv/decode.h"
#include "rows.h"

/* What is known of the instruction that is being translated: what fills its stencils' holes. */
struct filling {
    int64_t number[FIRST_CODE_HOLE];
    uint32_t code[HOLE_COUNT - FIRST_CODE_HOLE]; /* where to; 0: not known yet */
};

/* A hole of the code that is to lead to an outlying stencil. */
struct open_hole {
    uint32_t at;
    uint8_t kind;
};

/* Code that the block runs seldom: it follows the block. */
struct outlying {
    uint16_t stencil;
    uint32_t jump; /* the number of the jump whose way out this is; 0: none */
    struct filling filling;
    uint32_t from[3]; /* holes that lead here */
    unsigned from_count;
};

/* A block that is being translated. */
struct block {
    struct soft_vm *vm;
    struct translator *translator;
    struct translated_page *page;
    struct riscv_insn insns[BLOCK_INSNS];
    uint8_t lengths[BLOCK_INSNS];
    unsigned insn_count;
    uint64_t pc;      /* of the instruction */
    unsigned count;   /* instructions before it */
    unsigned held[2]; /* the guest registers whose values a and b have; 0: none */
    uint32_t at;      /* where the next code goes */
    struct open_hole open[4];
    unsigned open_count;
    struct outlying outlying[3 * BLOCK_INSNS + 4];
    unsigned outlying_count;
};

/* Sets the guest's pc of a filling; returns what fills the holes of code that leaves the block. */
void set_pc(struct filling *filling, uint64_t pc);
struct filling leaving(uint64_t pc, unsigned count, enum leave leave);

/* Copies a stencil. Holes that are to lead to places not known yet stay open. */
void emit(struct block *block, unsigned stencil, const struct filling *filling);

/* Lets the open holes of a kind lead to an outlying stencil. */
struct outlying *close_holes(struct block *block, enum hole_kind kind, unsigned stencil,
                             const struct filling *filling);

/* Returns whether a target is in another page. */
bool is_far(const struct block *block, uint64_t target);

/* Ends a jump whose holes `taken` and `stop` are open: makes a jump that can be linked, with its
 * way out. page_at: of the page that it compares; 0: it does not. */
void end_jump(struct block *block, uint64_t target, uint32_t page_at, enum leave leave);

/* Emits the way to a target, after the steps were counted. */
void emit_jump(struct block *block, uint64_t target, enum leave leave);

/* Emits the end of a block that goes on at a target. */
void end_block(struct block *block, uint64_t target);

/* Emits what the block runs seldom. A jump to another page adds to it. */
void emit_outlying(struct block *block);

/* Returns the code at an offset. */
translated_code code_at(const struct translator *translator, uint32_t at);

#endif
