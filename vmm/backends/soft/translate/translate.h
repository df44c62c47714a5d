/* SPDX-License-Identifier: MIT */
/*
 * The translator: executes guest code as code of the host, which it makes of stencils. It is
 * exact: what the guest does, counts and where it stops are the interpreter's. See
 * docs/translator.md.
 */
#ifndef BACKENDS_SOFT_TRANSLATE_TRANSLATE_H
#define BACKENDS_SOFT_TRANSLATE_TRANSLATE_H

#include "../hart.h"

/* Why translated code returned. hart->pc and hart->steps are set. */
enum leave {
    LEAVE_NOT,       /* of a slow path: the block goes on */
    LEAVE_END,       /* a block has ended */
    LEAVE_RESUME,    /* within a block */
    LEAVE_INTERPRET, /* the same; the interpreter has to execute the rest of it */
    LEAVE_FAILED,    /* a slow path failed: see hart->outcome */
    LEAVE_COLD,      /* nothing was executed: the interpreter has to execute this block */
};

/* Makes vm->translator. Returns NULL, or why there is none. */
const char *translator_create(struct soft_vm *vm);
void translator_free(struct soft_vm *vm);

/* Executes translated code from hart->pc on, whose page is in the fetch TLB. Translates it first if
 * it began a block often. */
enum leave translator_run(struct hart *hart);

/* Returns what is translated of a page of code, for the fetch TLB. */
struct translated_page *translator_page(const struct soft_vm *vm, const struct code_page *code,
                                        uint64_t gva);

/* Discards what was translated of [offset, offset + size) of a page; or all. */
void translator_discard(struct soft_vm *vm, struct code_page *code, uint64_t offset, uint64_t size);
void translator_flush(struct soft_vm *vm);

#endif
