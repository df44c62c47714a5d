/* The ELF symbol table (System V ABI, chapter 4), sorted by address. */
#include "symbols.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#define SYMBOLS_MAX (16u << 20) /* bytes of symbols, and of names, that we are willing to read */

struct place {
    uint64_t start, size;
    const char *name;
};

struct symbols {
    struct place *places; /* by rising start */
    size_t count;
    char *names; /* the file's string table, with a NUL behind it */
};

/* Reads a section into new memory, with a NUL behind it; NULL if it is damaged or huge. */
static void *read_section(const struct source *source, const Elf64_Shdr *section)
{
    char *bytes;

    if (section->sh_size == 0 || section->sh_size > SYMBOLS_MAX)
        return NULL;
    bytes = malloc(section->sh_size + 1);
    if (!bytes)
        return NULL;
    if (source->read(source, section->sh_offset, bytes, section->sh_size) != section->sh_size) {
        free(bytes);
        return NULL;
    }
    bytes[section->sh_size] = '\0';
    return bytes;
}

static bool read_header(const struct source *source, const Elf64_Ehdr *elf, unsigned index,
                        Elf64_Shdr *header)
{
    uint64_t offset = elf->e_shoff + (uint64_t)index * sizeof(*header);

    return elf->e_shentsize == sizeof(*header) && index < elf->e_shnum && offset >= elf->e_shoff &&
           source->read(source, offset, header, sizeof(*header)) == sizeof(*header);
}

static bool find_symbol_table(const struct source *source, const Elf64_Ehdr *elf,
                              Elf64_Shdr *header)
{
    for (unsigned i = 0; read_header(source, elf, i, header); i++)
        if (header->sh_type == SHT_SYMTAB)
            return true;
    return false;
}

static int by_start(const void *a, const void *b)
{
    const struct place *x = a, *y = b;

    return (x->start > y->start) - (x->start < y->start);
}

/* Keeps functions, objects, and the labels that assembler leaves without a type. */
static void keep_places(struct symbols *symbols, const Elf64_Sym *table, size_t count,
                           size_t names_size)
{
    for (size_t i = 0; i < count; i++) {
        unsigned type = ELF64_ST_TYPE(table[i].st_info);

        if ((type != STT_FUNC && type != STT_OBJECT && type != STT_NOTYPE) || table[i].st_shndx == SHN_UNDEF ||
            table[i].st_shndx >= SHN_LORESERVE || table[i].st_name == 0 ||
            table[i].st_name >= names_size)
            continue;
        symbols->places[symbols->count++] = (struct place){
            .start = table[i].st_value,
            .size = table[i].st_size,
            .name = symbols->names + table[i].st_name,
        };
    }
    qsort(symbols->places, symbols->count, sizeof(symbols->places[0]), by_start);
}

struct symbols *symbols_load(const struct source *source)
{
    struct symbols *symbols = calloc(1, sizeof(*symbols));
    Elf64_Shdr table_header, names_header;
    Elf64_Sym *table = NULL;
    Elf64_Ehdr elf;

    if (!symbols || source->read(source, 0, &elf, sizeof(elf)) != sizeof(elf) ||
        !find_symbol_table(source, &elf, &table_header) ||
        !read_header(source, &elf, table_header.sh_link, &names_header)) {
        free(symbols);
        return NULL;
    }
    table = read_section(source, &table_header);
    symbols->names = read_section(source, &names_header);
    symbols->places = calloc(table_header.sh_size / sizeof(*table) + 1, sizeof(struct place));
    if (!table || !symbols->names || !symbols->places) {
        free(table);
        symbols_free(symbols);
        return NULL;
    }
    keep_places(symbols, table, table_header.sh_size / sizeof(*table), names_header.sh_size);
    free(table);
    return symbols;
}

void symbols_free(struct symbols *symbols)
{
    if (!symbols)
        return;
    free(symbols->places);
    free(symbols->names);
    free(symbols);
}

const char *symbols_find(const struct symbols *symbols, uint64_t pc, uint64_t *offset)
{
    size_t low = 0, high = symbols ? symbols->count : 0;

    while (low < high) { /* the last function that starts at or before pc */
        size_t middle = low + (high - low) / 2;

        if (symbols->places[middle].start <= pc)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return NULL;

    const struct place *place = &symbols->places[low - 1];

    *offset = pc - place->start;
    if (place->size && *offset > place->size) /* == size: the return address of a last call */
        return NULL;
    return place->name;
}
