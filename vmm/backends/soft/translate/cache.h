/* SPDX-License-Identifier: MIT */
/* What cache.c and block.c share: the memory for translated code, and the jumps in it. */
#ifndef BACKENDS_SOFT_TRANSLATE_CACHE_H
#define BACKENDS_SOFT_TRANSLATE_CACHE_H

#include "core/platform.h"
#include "translate.h"
#include "translated.h"

/* Bounds of the translator's memory: 16 MiB of code, 8 MiB of pages, 4 MiB of jumps. */
#ifndef TRANSLATED_BYTES
#define TRANSLATED_BYTES (16u << 20)
#define TRANSLATED_PAGES 512
#define JUMPS_MAX        100000
#define HOT              24 /* visits before a block is translated */
#endif

#define WORTH       6     /* instructions before one that has to be interpreted */
#define BLOCK_INSNS 64    /* the longest block */
#define BLOCK_BYTES 32768 /* more than it takes */

/* A jump that can lead straight to the translation of its target. Offsets in the code. */
struct jump {
    uint64_t target;              /* the guest's pc */
    struct translated_page *from; /* where it is */
    uint32_t distance;            /* of its four bytes */
    uint32_t way_out;             /* where it leads while the target is not translated */
    uint32_t page;                /* of the page that it compares; 0: it stays in its page */
    bool linked;                  /* with `page`: it is in the list of a page */
    uint32_t next;                /* in that list; 0: none */
};

struct translator {
    struct code_memory code;
    uint32_t used, begin;          /* bytes; the first are leave_cold */
    struct translated_page *pages; /* the first one has no code: all of it is cold */
    unsigned page_count;
    struct jump *jumps; /* the first one is not used */
    unsigned jump_count;
    translated_code cold; /* leave_cold: the entry of all that is not translated */
};

/* block.c: translates the block at an offset of a page. Returns NULL if it is not worth it. There
 * must be room. */
translated_code block_translate(struct soft_vm *vm, struct translated_page *page, unsigned offset);

/* emit.c: makes leave_cold, at the beginning of the code. */
void block_begin(struct translator *translator);

/* Writes four bytes of code. */
void code_write(const struct translator *translator, uint32_t at, uint32_t value);

#endif
