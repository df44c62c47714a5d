/* SPDX-License-Identifier: MIT */
/* Reads ELF headers (System V ABI, chapters 4 and 5). */
#include "elf.h"

#include <string.h>

static bool read_exactly(const struct source *source, uint64_t offset, void *buffer, size_t size)
{
    return source->read(source, offset, buffer, size) == size;
}

static Elf64_Ehdr widen_header(const Elf32_Ehdr *elf32)
{
    Elf64_Ehdr header = {
        .e_type = elf32->e_type,
        .e_machine = elf32->e_machine,
        .e_entry = elf32->e_entry,
        .e_phoff = elf32->e_phoff,
        .e_shoff = elf32->e_shoff,
        .e_phentsize = elf32->e_phentsize,
        .e_phnum = elf32->e_phnum,
        .e_shentsize = elf32->e_shentsize,
        .e_shnum = elf32->e_shnum,
        .e_shstrndx = elf32->e_shstrndx,
    };

    memcpy(header.e_ident, elf32->e_ident, sizeof(header.e_ident));
    return header;
}

bool elf_read_header(const struct source *source, Elf64_Ehdr *header)
{
    Elf32_Ehdr elf32;

    if (!read_exactly(source, 0, &elf32, sizeof(elf32)) ||
        memcmp(elf32.e_ident, ELFMAG, SELFMAG) != 0)
        return false;
    if (elf32.e_ident[EI_CLASS] != ELFCLASS32)
        return read_exactly(source, 0, header, sizeof(*header));
    *header = widen_header(&elf32);
    return true;
}

/* Computes the offset of a table's entry. Returns false if the entries have another size than
 * `wanted`. */
static bool entry_at(uint64_t table, unsigned index, size_t size, unsigned wanted, uint64_t *offset)
{
    return size == wanted && !__builtin_add_overflow(table, (uint64_t)index * size, offset);
}

bool elf_read_segment(const struct source *source, const Elf64_Ehdr *elf, unsigned index,
                      Elf64_Phdr *header)
{
    size_t size = elf_is_32(elf) ? sizeof(Elf32_Phdr) : sizeof(Elf64_Phdr);
    Elf32_Phdr elf32;
    uint64_t offset;

    if (index >= elf->e_phnum || !entry_at(elf->e_phoff, index, size, elf->e_phentsize, &offset))
        return false;
    if (!elf_is_32(elf))
        return read_exactly(source, offset, header, sizeof(*header));
    if (!read_exactly(source, offset, &elf32, sizeof(elf32)))
        return false;
    *header = (Elf64_Phdr){
        .p_type = elf32.p_type,
        .p_flags = elf32.p_flags,
        .p_offset = elf32.p_offset,
        .p_vaddr = elf32.p_vaddr,
        .p_paddr = elf32.p_paddr,
        .p_filesz = elf32.p_filesz,
        .p_memsz = elf32.p_memsz,
    };
    return true;
}

bool elf_read_section(const struct source *source, const Elf64_Ehdr *elf, unsigned index,
                      Elf64_Shdr *header)
{
    size_t size = elf_is_32(elf) ? sizeof(Elf32_Shdr) : sizeof(Elf64_Shdr);
    Elf32_Shdr elf32;
    uint64_t offset;

    if (index >= elf->e_shnum || !entry_at(elf->e_shoff, index, size, elf->e_shentsize, &offset))
        return false;
    if (!elf_is_32(elf))
        return read_exactly(source, offset, header, sizeof(*header));
    if (!read_exactly(source, offset, &elf32, sizeof(elf32)))
        return false;
    *header = (Elf64_Shdr){
        .sh_name = elf32.sh_name,
        .sh_type = elf32.sh_type,
        .sh_offset = elf32.sh_offset,
        .sh_size = elf32.sh_size,
    };
    return true;
}

size_t elf_symbol_size(bool class32)
{
    return class32 ? sizeof(Elf32_Sym) : sizeof(Elf64_Sym);
}

Elf64_Sym elf_symbol(const void *table, bool class32, size_t index)
{
    const Elf32_Sym *elf32 = (const Elf32_Sym *)table + index;

    if (!class32)
        return ((const Elf64_Sym *)table)[index];
    return (Elf64_Sym){
        .st_name = elf32->st_name,
        .st_info = elf32->st_info,
        .st_other = elf32->st_other,
        .st_shndx = elf32->st_shndx,
        .st_value = elf32->st_value,
        .st_size = elf32->st_size,
    };
}
