/* From guest addresses to source lines: the image's DWARF line number table. */
#ifndef IMAGE_LINES_H
#define IMAGE_LINES_H

#include "image.h"

struct lines;

/* Reads the line table. Returns NULL if the image has none. */
struct lines *lines_load(const struct source *source);

void lines_free(struct lines *lines);

/* As symbols_line; lines may be NULL. */
const char *lines_find(const struct lines *lines, uint64_t pc, unsigned *line);

#endif
