/* SPDX-License-Identifier: MIT */
/* Finds the calls by which code was inlined, with the image's DWARF debug information. */
#ifndef IMAGE_INLINES_H
#define IMAGE_INLINES_H

#include "lines.h"

struct inlines;

/*
 * Reads an image's inlined calls. Trusts no number in the file, and stops after a fixed amount of
 * work.
 *
 * lines  has the files; has to outlive the result
 * unit   memory for a unit's header
 *
 * Returns them, or NULL if there are none, or without memory.
 */
struct inlines *inlines_load(const struct source *source, const struct lines *lines,
                             struct unit *unit);

/* Frees them; NULL is allowed. */
void inlines_free(struct inlines *inlines);

/*
 * Returns the guest author's line for the instruction at pc.
 *
 * innermost  its line in the line table: the answer if that is the author's, or if no line is
 */
const struct source_line *inlines_author(const struct inlines *inlines, uint64_t pc,
                                         const struct source_line *innermost);

#endif
