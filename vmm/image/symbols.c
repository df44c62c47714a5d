/* The ELF symbol table (System V ABI, chapter 4), sorted by address. */
#include "symbols.h"

#include "elf.h"
#include "lines.h"
#include "sections.h"

#include <stdlib.h>

#define LABEL_MAX 4096 /* bytes that a label without a size may stand for */

struct place {
    uint64_t start, size;
    const char *name;
};

struct symbols {
    struct place *places; /* by rising start */
    size_t count;
    char *names; /* the file's string table */
    struct lines *lines;
};

/* Of two at one address, the one with a size is the better name: it comes later. */
static int by_start(const void *a, const void *b)
{
    const struct place *x = a, *y = b;

    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    return (x->size > y->size) - (x->size < y->size);
}

/* Keeps functions, objects, and the labels that assembler leaves without a type. */
static void keep_places(struct symbols *symbols, const void *table, bool class32, size_t count,
                        size_t names_size)
{
    for (size_t i = 0; i < count; i++) {
        const Elf64_Sym symbol = elf_symbol(table, class32, i);
        unsigned type = ELF64_ST_TYPE(symbol.st_info);

        if ((type != STT_FUNC && type != STT_OBJECT && type != STT_NOTYPE) ||
            symbol.st_shndx == SHN_UNDEF || symbol.st_shndx >= SHN_LORESERVE ||
            symbol.st_name == 0 || symbol.st_name >= names_size ||
            symbols->names[symbol.st_name] == '$') /* RISC-V: where code and data begin */
            continue;
        symbols->places[symbols->count++] = (struct place){
            .start = symbol.st_value,
            .size = symbol.st_size,
            .name = symbols->names + symbol.st_name,
        };
    }
    qsort(symbols->places, symbols->count, sizeof(symbols->places[0]), by_start);
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
    symbols->places = calloc(count + 1, sizeof(struct place));
    if (table && symbols->names && symbols->places)
        keep_places(symbols, table, class32, count, names_size);
    free(table);
    return symbols;
}

void symbols_free(struct symbols *symbols)
{
    if (!symbols)
        return;
    lines_free(symbols->lines);
    free(symbols->places);
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
    const struct place *place;

    while (low < high) { /* the last place that starts at or before pc */
        size_t middle = low + (high - low) / 2;

        if (symbols->places[middle].start <= pc)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return NULL;
    place = &symbols->places[low - 1];
    *offset = pc - place->start;
    if (*offset > (place->size ? place->size : LABEL_MAX)) /* == size: where a last call returns */
        return NULL;
    return place->name;
}

const char *symbols_line(const struct symbols *symbols, uint64_t pc, unsigned *line)
{
    return symbols ? lines_find(symbols->lines, pc, line) : NULL;
}
