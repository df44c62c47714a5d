/* SPDX-License-Identifier: MIT */
/* Reads ELF sections (System V ABI, chapter 4). Trusts no number in the file. */
#include "sections.h"

#include "elf.h"

#include <stdlib.h>
#include <string.h>

static char *read_bytes(const struct source *source, const Elf64_Shdr *header)
{
    char *bytes;

    if (header->sh_type == SHT_NOBITS || header->sh_size == 0 || header->sh_size > SECTION_MAX)
        return NULL;
    bytes = malloc(header->sh_size + 1);
    if (!bytes)
        return NULL;
    if (source->read(source, header->sh_offset, bytes, header->sh_size) != header->sh_size) {
        free(bytes);
        return NULL;
    }
    bytes[header->sh_size] = '\0';
    return bytes;
}

void *section_read(const struct source *source, const char *name, size_t *size)
{
    Elf64_Shdr names_header, header;
    char *names, *bytes = NULL;
    Elf64_Ehdr elf;

    *size = 0;
    if (!elf_read_header(source, &elf) ||
        !elf_read_section(source, &elf, elf.e_shstrndx, &names_header))
        return NULL;
    names = read_bytes(source, &names_header);
    if (!names)
        return NULL;
    for (unsigned i = 0; elf_read_section(source, &elf, i, &header); i++) {
        if (header.sh_name >= names_header.sh_size || strcmp(names + header.sh_name, name) != 0)
            continue;
        bytes = read_bytes(source, &header);
        break;
    }
    free(names);
    if (bytes)
        *size = header.sh_size;
    return bytes;
}
