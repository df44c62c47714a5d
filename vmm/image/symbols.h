/* SPDX-License-Identifier: MIT */
/* Translates guest addresses to names and source lines, with the image's own tables. */
#ifndef IMAGE_SYMBOLS_H
#define IMAGE_SYMBOLS_H

#include "image.h"

/* Reads an ELF image's symbols and line numbers. Leaves out what is missing or damaged. Returns
 * NULL without memory; the functions below accept that NULL. */
struct symbols *symbols_load(const struct source *source);

/* Frees them. */
void symbols_free(struct symbols *symbols);

/* Returns the symbols of an opened image; NULL without memory. Reads them at the first call.
 * image_free_symbols frees them. */
const struct symbols *image_symbols(struct image *image);
void image_free_symbols(struct image *image);

/*
 * Finds the function, label or object that contains an address.
 *
 * offset  receives the distance from its start in bytes
 *
 * Returns its name, or NULL if none contains pc.
 */
const char *symbols_find(const struct symbols *symbols, uint64_t pc, uint64_t *offset);

/* Returns the start of the symbol with a name, and its size in bytes; 0 if there is none. */
uint64_t symbols_address(const struct symbols *symbols, const char *name, uint64_t *size);

/* Returns the address of a line of a file, as lines_address does. */
uint64_t symbols_line_address(const struct symbols *symbols, const char *path, unsigned line);

/* Finds an instruction's source line, as lines_find does. Sets *line and returns the file's name
 * without its directory; or returns NULL if the image does not have it. */
const char *symbols_line(const struct symbols *symbols, uint64_t pc, unsigned *line);

/* Returns an instruction's source line, as lines_find does. */
const struct source_line *symbols_source(const struct symbols *symbols, uint64_t pc);

/* Returns whether an instruction has a source line, and that is the guest author's. */
bool symbols_is_author(const struct symbols *symbols, uint64_t pc);

#endif
