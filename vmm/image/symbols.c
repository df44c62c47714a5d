/* SPDX-License-Identifier: MIT */
/* Keeps the ELF symbol table (System V ABI, chapter 4), sorted by address. */
#include "symbols.h"

#include "elf.h"
#include "lines.h"
#include "owner.h"
#include "sections.h"

#include <stdlib.h>
#include <string.h>

#define LABEL_MAX 4096 /* bytes that a label without a size is taken to have */

struct symbol {
    uint64_t start, size;
    const char *name;
    size_t index; /* in the table of the file, which has global symbols last */
};

struct symbols {
    struct symbol *sorted; /* by ascending start */
    size_t count;
    char *names; /* the file's string table */
    struct lines *lines;
};

/* Orders by start, then by size: symbols_find takes the last one at an address, and a symbol with
 * a size has the better name. No two are equal, because each libc's qsort orders such in its way.
 */
static int by_start(const void *a, const void *b)
{
    const struct symbol *x = a, *y = b;

    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    if (x->size != y->size)
        return x->size < y->size ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

/* Returns whether a name is a compiler's own, not one of the source: a local label, which binutils
 * keep for RISC-V, or a mapping symbol there. */
static bool is_internal(const char *name)
{
    return name[0] == '$' || (name[0] == '.' && name[1] == 'L');
}

/* Copies functions, objects, and the labels of assembler code, which have no type. */
static void keep_symbols(struct symbols *symbols, const void *table, bool class32, size_t count,
                         size_t names_size)
{
    for (size_t i = 0; i < count; i++) {
        const Elf64_Sym symbol = elf_symbol(table, class32, i);
        unsigned type = ELF64_ST_TYPE(symbol.st_info);

        if ((type != STT_FUNC && type != STT_OBJECT && type != STT_NOTYPE) ||
            symbol.st_shndx == SHN_UNDEF || symbol.st_shndx >= SHN_LORESERVE ||
            symbol.st_name == 0 || symbol.st_name >= names_size ||
            is_internal(symbols->names + symbol.st_name))
            continue;
        symbols->sorted[symbols->count++] = (struct symbol){
            .start = symbol.st_value,
            .size = symbol.st_size,
            .name = symbols->names + symbol.st_name,
            .index = i,
        };
    }
    qsort(symbols->sorted, symbols->count, sizeof(symbols->sorted[0]), by_start);
}

struct symbols *symbols_load(const struct source *source)
{
    struct symbols *symbols = calloc(1, sizeof(*symbols));
    size_t table_size, names_size, count;
    Elf64_Ehdr elf;
    bool class32;
    void *table;

    if (!symbols)
        return NULL;
    symbols->lines = lines_load(source);
    symbols->names = section_read(source, ".strtab", &names_size);
    table = section_read(source, ".symtab", &table_size);
    class32 = elf_read_header(source, &elf) && elf_is_32(&elf);
    count = table_size / elf_symbol_size(class32);
    symbols->sorted = calloc(count + 1, sizeof(struct symbol));
    if (table && symbols->names && symbols->sorted)
        keep_symbols(symbols, table, class32, count, names_size);
    free(table);
    return symbols;
}

void symbols_free(struct symbols *symbols)
{
    if (!symbols)
        return;
    lines_free(symbols->lines);
    free(symbols->sorted);
    free(symbols->names);
    free(symbols);
}

const struct symbols *image_symbols(struct image *image)
{
    if (!image->symbols_read) {
        image->symbols_read = true;
        image->symbols = symbols_load(image->source);
    }
    return image->symbols;
}

void image_free_symbols(struct image *image)
{
    symbols_free(image->symbols);
    image->symbols = NULL;
    image->symbols_read = false;
}

const char *symbols_find(const struct symbols *symbols, uint64_t pc, uint64_t *offset)
{
    size_t low = 0, high = symbols ? symbols->count : 0;
    const struct symbol *symbol;

    while (low < high) { /* the last symbol that starts at or before pc */
        size_t middle = low + (high - low) / 2;

        if (symbols->sorted[middle].start <= pc)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return NULL;
    symbol = &symbols->sorted[low - 1];
    *offset = pc - symbol->start;
    if (*offset >
        (symbol->size ? symbol->size : LABEL_MAX)) /* == size: a call at the end returns there */
        return NULL;
    return symbol->name;
}

uint64_t symbols_address(const struct symbols *symbols, const char *name, uint64_t *size)
{
    for (size_t i = 0; symbols && i < symbols->count; i++) {
        if (strcmp(symbols->sorted[i].name, name) != 0)
            continue;
        *size = symbols->sorted[i].size;
        return symbols->sorted[i].start;
    }
    return 0;
}

uint64_t symbols_line_address(const struct symbols *symbols, const char *path, unsigned line)
{
    return symbols ? lines_address(symbols->lines, path, line) : 0;
}

const struct source_line *symbols_source(const struct symbols *symbols, uint64_t pc)
{
    return symbols ? lines_find(symbols->lines, pc) : NULL;
}

bool symbols_is_author(const struct symbols *symbols, uint64_t pc)
{
    const struct source_line *source = symbols_source(symbols, pc);

    return source && owner_of(source) == OWNER_AUTHOR;
}

const char *symbols_line(const struct symbols *symbols, uint64_t pc, unsigned *line)
{
    const struct source_line *source = symbols_source(symbols, pc);
    const char *slash;

    if (!source)
        return NULL;
    *line = source->line;
    slash = strrchr(source->file, '/');
    return slash ? slash + 1 : source->file;
}
