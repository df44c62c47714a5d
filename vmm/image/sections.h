/* Sections of an ELF image: what is in the file for people and debuggers. */
#ifndef IMAGE_SECTIONS_H
#define IMAGE_SECTIONS_H

#include "image.h"

/*
 * Reads a section into new memory, with a NUL behind it, so that a string in it ends.
 *
 * name  such as ".symtab"
 * size  receives its size in bytes, without that NUL; 0 if there is none
 *
 * Returns the bytes, to be freed by the caller, or NULL: the section is not there,
 * empty, damaged, or larger than SECTION_MAX.
 */
void *section_read(const struct source *source, const char *name, size_t *size);

#define SECTION_MAX (16u << 20)

#endif
