/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer: any bytes as the symbols and the debug information of an image. The ELF around them is
 * right, so that all bytes reach the readers. The input is a byte (1: ELF of 32 bits), then the
 * sections in the order of `names`, each ended by SECT. seed_dwarf.py makes one of an image.
 */
#include "core/status.h"
#include "image/elf.h"
#include "image/symbols.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* With sanitizers; no input that is short enough for run.sh takes half of it. */
#define MOMENT_S 3

#define MARK      "SECT"
#define MARK_SIZE 4

static const char *const names[] = {
    ".symtab",     ".strtab",       ".debug_line",   ".debug_line_str", ".debug_str",
    ".debug_info", ".debug_abbrev", ".debug_ranges", ".debug_rnglists", ".debug_addr",
};

enum { COUNT = sizeof(names) / sizeof(names[0]), SECTIONS = COUNT + 2 /* none, and the names */ };

/* The parts of the file, one after the other; then the bytes of the input. */
struct file {
    union {
        Elf32_Ehdr elf32;
        Elf64_Ehdr elf64;
    } header;
    Elf32_Shdr sections32[SECTIONS];
    Elf64_Shdr sections64[SECTIONS];
    char names[256];
    const uint8_t *data;
    size_t size;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int fail(enum status status, const char *format, ...)
{
    (void)format;
    return (int)status;
}

static size_t read_bytes(const struct source *source, uint64_t offset, void *buffer, size_t length)
{
    const struct file *file = (const struct file *)source->handle;
    const uint8_t *start = (const uint8_t *)file;

    if (offset >= source->size)
        return 0;
    if (length > source->size - offset)
        length = source->size - offset;
    if (offset >= sizeof(*file))
        memcpy(buffer, file->data + (offset - sizeof(*file)), length);
    else if (length <= sizeof(*file) - offset)
        memcpy(buffer, start + offset, length);
    else
        return 0;
    return length;
}

static void add_section(struct file *file, unsigned index, const char *name, size_t offset,
                        size_t size)
{
    size_t at = 1;

    while (file->names[at]) /* after the last name */
        at += strlen(file->names + at) + 1;
    strcpy(file->names + at, name);
    file->sections32[index] = (Elf32_Shdr){
        .sh_name = (uint32_t)at, .sh_offset = (uint32_t)offset, .sh_size = (uint32_t)size};
    file->sections64[index] =
        (Elf64_Shdr){.sh_name = (uint32_t)at, .sh_offset = offset, .sh_size = size};
}

static void put_header(struct file *file, bool is_32)
{
    const uint8_t ident[EI_NIDENT] = {
        0x7f, 'E', 'L', 'F', is_32 ? ELFCLASS32 : ELFCLASS64, ELFDATA2LSB, EV_CURRENT};

    if (is_32)
        file->header.elf32 = (Elf32_Ehdr){.e_shoff = offsetof(struct file, sections32),
                                          .e_shentsize = sizeof(Elf32_Shdr),
                                          .e_shnum = SECTIONS,
                                          .e_shstrndx = SECTIONS - 1};
    else
        file->header.elf64 = (Elf64_Ehdr){.e_shoff = offsetof(struct file, sections64),
                                          .e_shentsize = sizeof(Elf64_Shdr),
                                          .e_shnum = SECTIONS,
                                          .e_shstrndx = SECTIONS - 1};
    memcpy(&file->header, ident, sizeof(ident));
}

static void put_sections(struct file *file)
{
    const uint8_t *at = file->data, *end = at + file->size;

    for (unsigned i = 0; i < COUNT && at < end; i++) {
        const uint8_t *mark = memmem(at, (size_t)(end - at), MARK, MARK_SIZE);
        const uint8_t *stop = mark ? mark : end;

        add_section(file, i + 1, names[i], sizeof(*file) + (size_t)(at - file->data),
                    (size_t)(stop - at));
        at = mark ? mark + MARK_SIZE : end;
    }
    add_section(file, SECTIONS - 1, ".shstrtab", offsetof(struct file, names), sizeof(file->names));
}

static void look_up(const struct symbols *symbols, uint64_t pc, size_t size)
{
    uint64_t offset;
    unsigned line;
    const char *name = symbols_find(symbols, pc, &offset);

    if (name && strlen(name) > size)
        abort();
    name = symbols_line(symbols, pc, &line);
    if (name && strlen(name) > size)
        abort();
    symbols_is_author(symbols, pc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct file file = {.data = data + 1, .size = size - 1};
    struct source source = {"fuzz.elf", sizeof(file) + size - 1, read_bytes, (uintptr_t)&file};
    struct symbols *symbols;
    clock_t start = clock();

    if (size == 0)
        return 0;
    put_header(&file, data[0] & 1);
    put_sections(&file);
    symbols = symbols_load(&source);
    for (uint64_t pc = 0; pc < 0x400; pc += 4)
        look_up(symbols, pc, size);
    for (uint64_t pc = 0x80000000; pc < 0x80000400; pc += 4)
        look_up(symbols, pc, size);
    symbols_free(symbols);
    if (clock() - start > MOMENT_S * CLOCKS_PER_SEC) /* a hostile image may not hold the VMM up */
        abort();
    return 0;
}
