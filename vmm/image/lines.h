/* SPDX-License-Identifier: MIT */
/* Translates guest addresses to source lines, with the image's DWARF line number table. */
#ifndef IMAGE_LINES_H
#define IMAGE_LINES_H

#include "image.h"

struct lines;
struct unit; /* what the program of a compilation unit needs: its files, for example */

struct source_line {
    const char *file;      /* may begin with more directories */
    const char *directory; /* "": where the compiler ran */
    unsigned line;
};

/* Reads the line table, which is empty if the image has none. Returns NULL without memory. */
struct lines *lines_load(const struct source *source);

/* Frees it; NULL is allowed. */
void lines_free(struct lines *lines);

/* Finds the source line of an instruction; of code that was inlined from abi/ or guest-rt/, the
 * line of the call in the guest author's code. Returns NULL if the table does not have it. */
const struct source_line *lines_find(const struct lines *lines, uint64_t pc);

/* Returns the lowest address of code that a line of a file has made; 0: there is none. path: ends
 * with the file's name as the table has it. */
uint64_t lines_address(const struct lines *lines, const char *path, unsigned line);

/* Reads the header of the unit at an offset in .debug_line into *unit. *size receives how many
 * bytes were read. Returns false if there is no unit with a program. */
bool lines_read_unit(const struct lines *lines, uint64_t offset, struct unit *unit, size_t *size);

/* Returns a line of a unit's file. */
struct source_line lines_source(const struct unit *unit, uint64_t file, unsigned line);

#endif
