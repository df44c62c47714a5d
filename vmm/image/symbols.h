/* From guest addresses to names and source lines, by what the image itself says. */
#ifndef IMAGE_SYMBOLS_H
#define IMAGE_SYMBOLS_H

#include "image.h"

/* Reads an ELF image's symbols and line numbers: as much of them as there is and can be
 * read. Returns NULL only without memory. The functions below take that NULL, too. */
struct symbols *symbols_load(const struct source *source);

void symbols_free(struct symbols *symbols);

/* Returns the symbols of an opened image, which are read at the first call; NULL without memory.
 * image_free_symbols frees them. */
const struct symbols *image_symbols(struct image *image);
void image_free_symbols(struct image *image);

/*
 * The function, label or object that contains an address.
 *
 * offset  receives the distance from its start in bytes
 *
 * Returns its name, or NULL if none contains pc.
 */
const char *symbols_find(const struct symbols *symbols, uint64_t pc, uint64_t *offset);

/* The source line an instruction comes from. Returns the file's name without its
 * directory and sets *line, or returns NULL if that is not known. */
const char *symbols_line(const struct symbols *symbols, uint64_t pc, unsigned *line);

#endif
