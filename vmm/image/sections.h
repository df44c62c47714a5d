/* SPDX-License-Identifier: MIT */
/* Reads sections of an ELF image: symbols and debug information. */
#ifndef IMAGE_SECTIONS_H
#define IMAGE_SECTIONS_H

#include "image.h"

#define SECTION_MAX (16u << 20) /* bytes */

/*
 * Reads a section into new memory. Adds a NUL, so that a string at its end is terminated.
 *
 * name  such as ".symtab"
 * size  receives its size in bytes without that NUL; 0 if it returns NULL
 *
 * Returns the bytes, which the caller frees; or NULL if the section is missing, empty, damaged or
 * larger than SECTION_MAX, or without memory.
 */
void *section_read(const struct source *source, const char *name, size_t *size);

#endif
