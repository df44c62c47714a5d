/* From guest addresses to names, by the image's own symbol table. */
#ifndef VMM_SYMBOLS_H
#define VMM_SYMBOLS_H

#include "image.h"

struct symbols;

/* Reads an ELF image's symbols. Returns NULL if it has none that can be read: then
 * addresses are shown as numbers. */
struct symbols *symbols_load(const struct source *source);

void symbols_free(struct symbols *symbols);

/*
 * The function, label or object that contains an address.
 *
 * symbols  may be NULL
 * offset   receives the distance from its start in bytes
 *
 * Returns its name, or NULL if none contains pc.
 */
const char *symbols_find(const struct symbols *symbols, uint64_t pc, uint64_t *offset);

#endif
