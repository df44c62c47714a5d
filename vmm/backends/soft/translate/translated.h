/* SPDX-License-Identifier: MIT */
/* What the interpreter, the translator and the translated code share: see docs/translator.md. */
#ifndef BACKENDS_SOFT_TRANSLATE_TRANSLATED_H
#define BACKENDS_SOFT_TRANSLATE_TRANSLATED_H

#include "../hart.h"

/*
 * Translated code. Its arguments stay in the same host registers all the time:
 *
 * hart, tlb  the hart and its TLB
 * a, b       values of guest registers, which the hart has, too
 * d          scratch; the address for a slow path or of an indirect jump
 * left       steps to the limit, without those since the block began
 *
 * Returns an enum leave.
 */
#define TRANSLATED_ARGUMENTS                                                                       \
    struct hart *hart, struct tlb *tlb, uint64_t b, uint64_t d, uint64_t a, int64_t left
typedef unsigned (*translated_code)(TRANSLATED_ARGUMENTS);

/* A page of guest code at one virtual address. */
struct translated_page {
    translated_code entries[INSNS_PER_PAGE]; /* where each is not translated: leave_cold */
    uint64_t covered[INSNS_PER_PAGE / 64];   /* bits: a block has translated these two bytes */
    uint64_t gva;
    struct code_page *code;       /* the one with `bytes`; NULL: this page is not used */
    struct translated_page *next; /* the same page of RAM, at another address */
    uint32_t links;               /* the first of the list of jumps from other pages; 0: none */
};

/* What the low parts of slow paths need of an instruction: a 32-bit hole. */
struct slow_insn {
    uint8_t op, rd, rs2, length;
};

/* What translated code calls. It has no fixed address, so these are reached through the hart. */
struct slow_paths {
    unsigned (*load)(struct hart *hart, uint64_t gva, uint32_t insn);
    unsigned (*store)(struct hart *hart, uint64_t gva, uint32_t insn);
    unsigned (*compute_float)(struct hart *hart, enum op op, uint32_t bits);
    unsigned (*atomic)(struct hart *hart, uint64_t gva, uint32_t insn);
};

extern const struct slow_paths translated_slow_paths;

#endif
