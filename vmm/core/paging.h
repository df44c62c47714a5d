/* SPDX-License-Identifier: MIT */
/*
 * Page tables as trees: what x86 and RISC-V have in common. A back end says where a vCPU's tree
 * begins and what an entry means; the walks are the same for all.
 */
#ifndef CORE_PAGING_H
#define CORE_PAGING_H

#include "memory.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* What an entry says. */
struct paging_entry {
    bool present;
    bool leaf;        /* maps a page; else leads to the table of the next level */
    uint64_t address; /* the GPA of the page, or of the table */
    bool read, write, execute, user;
};

/* A bit of an entry, and what the manual calls it. */
struct paging_bit {
    const char *name;
    unsigned number;
};

struct paging {
    unsigned levels;               /* 0: addresses are not translated */
    unsigned index_bits;           /* of the address, for each level */
    unsigned entry_size;           /* bytes */
    uint64_t root;                 /* the GPA of the first table */
    const char *const *names;      /* of the levels, the last one first */
    const char *absent;            /* how an entry that is not present is called */
    const char *off;               /* with levels 0: why there is no translation */
    const struct paging_bit *bits; /* of an entry, the highest first; the last one has no name */
    void (*decode)(uint64_t entry, unsigned level, struct paging_entry *out); /* level: 0 is last */

    /* Changes this to what it is with another value of the register that leads to the tables. */
    void (*load)(struct paging *paging, uint64_t value);
};

/* Where an address leads. */
struct translation {
    gpa_t gpa;
    uint64_t size; /* bytes that are mapped with it, to the end of the page */
    bool user;     /* the page is one of U-mode's, or CPL 3's */
    bool execute;  /* code can be fetched from the page */
};

/*
 * Translates as the MMU would, for an access that asks for no right, and changes nothing.
 * Returns false if gva is not mapped.
 */
bool paging_translate(const struct memory *memory, const struct paging *paging, uint64_t gva,
                      struct translation *out);

/* Writes each entry on the way of gva through the tables, a line each. */
void paging_show(const struct memory *memory, const struct paging *paging, uint64_t gva, FILE *out);

/* Draws the fields of gva, and the bits of each entry on its way. */
void paging_draw(const struct memory *memory, const struct paging *paging, uint64_t gva, FILE *out);

/* A run of virtual addresses that are mapped with the same rights to physical ones as they come. */
struct mapping {
    uint64_t gva, gpa, size; /* size: bytes */
    bool write, execute;
};

/*
 * Calls visit for each run of mapped addresses, by rising address.
 * Stops after `most` runs: hostile tables could have more than anyone can store.
 */
void paging_each(const struct memory *memory, const struct paging *paging, size_t most,
                 void (*visit)(void *context, const struct mapping *mapping), void *context);

#endif
