/* ELF headers of both classes, 32 and 64 bits, as those of 64. Every number is still hostile. */
#ifndef VMM_IMAGE_ELF_H
#define VMM_IMAGE_ELF_H

#include "image.h"

#include <elf.h>
#include <stdbool.h>

/* Each reads one header, and returns false if it is not there: the file is too short, or what
 * leads to it is not what the class wants. elf_read_header: nor is it an ELF file. */
bool elf_read_header(const struct source *source, Elf64_Ehdr *header);
bool elf_read_segment(const struct source *source, const Elf64_Ehdr *elf, unsigned index,
                      Elf64_Phdr *header);
bool elf_read_section(const struct source *source, const Elf64_Ehdr *elf, unsigned index,
                      Elf64_Shdr *header);

/* The symbol with a number in a table of a class's symbols; index is not checked. */
Elf64_Sym elf_symbol(const void *table, bool class32, size_t index);
size_t elf_symbol_size(bool class32);

static inline bool elf_is_32(const Elf64_Ehdr *elf)
{
    return elf->e_ident[EI_CLASS] == ELFCLASS32;
}

#endif
