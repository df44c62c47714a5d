/* SPDX-License-Identifier: MIT */
/* Stencils: the machine code of an instruction, with holes. tools/stencils.c makes a table of them.
 */
#ifndef BACKENDS_SOFT_TRANSLATE_STENCIL_H
#define BACKENDS_SOFT_TRANSLATE_STENCIL_H

#include <stdint.h>

/* What a hole is filled with. The first ones are numbers, the others addresses of code.
 *
 * HOLE(name)   in stencils.c its symbol is hole_NAME */
#define NUMBER_HOLES(HOLE)                                                                         \
    HOLE(rd) /* offset of a register in struct hart */                                             \
    HOLE(rs1)                                                                                      \
    HOLE(rs2)                                                                                      \
    HOLE(imm)    /* the immediate */                                                               \
    HOLE(pc_low) /* the guest's pc, in two halves */                                               \
    HOLE(pc_high)                                                                                  \
    HOLE(count) /* instructions of the block so far */                                             \
    HOLE(insn)  /* a struct slow_insn; or the bits of the instruction */                           \
    HOLE(op)    /* enum op */                                                                      \
    HOLE(leave) /* enum leave */                                                                   \
    HOLE(site)  /* the number of a jump */                                                         \
    HOLE(fetch) /* offset in struct tlb of what is to be compared with `page` */                   \
    HOLE(page)  /* the low half of the address of a struct translated_page */
#define CODE_HOLES(HOLE)                                                                           \
    HOLE(next)  /* the next instruction */                                                         \
    HOLE(taken) /* the target of a jump */                                                         \
    HOLE(stop)  /* the limit is reached */                                                         \
    HOLE(slow)  /* what the fast path cannot do */

#define HOLE_NAME(name) HOLE_##name,
enum hole_kind { NUMBER_HOLES(HOLE_NAME) CODE_HOLES(HOLE_NAME) HOLE_COUNT };

#define FIRST_CODE_HOLE HOLE_next

/* How a hole is filled: 32 bits; the same, relative to its own address; 8 bits. */
enum hole_form { FORM_ABSOLUTE, FORM_RELATIVE, FORM_BYTE };

#define HOLES_MAX 16 /* of a stencil */

struct hole {
    uint16_t at;  /* offset in the code */
    uint8_t kind; /* enum hole_kind */
    uint8_t form; /* enum hole_form */
    int32_t addend;
};

struct stencil {
    uint32_t code;             /* where in the table of all code */
    uint16_t size;             /* bytes; 0: the compiler made no code of the shape that is needed */
    uint16_t hole, hole_count; /* where in the table of all holes */
};

/* The tables that the build makes, in emit.c. */
extern const struct stencil stencils[];

#endif
