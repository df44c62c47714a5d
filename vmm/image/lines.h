/* SPDX-License-Identifier: MIT */
/* Translates guest addresses to source lines, with the image's DWARF line number table. */
#ifndef IMAGE_LINES_H
#define IMAGE_LINES_H

#include "image.h"

struct lines;

/* Reads the line table, which is empty if the image has none. Returns NULL without memory. */
struct lines *lines_load(const struct source *source);

/* Frees it; NULL is allowed. */
void lines_free(struct lines *lines);

/* Finds a source line, as symbols_line does; lines may be NULL. */
const char *lines_find(const struct lines *lines, uint64_t pc, unsigned *line);

#endif
