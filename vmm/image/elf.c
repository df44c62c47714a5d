/* ELF headers: System V ABI, chapters 4 and 5. */
#include "elf.h"

#include <string.h>

static bool read_exactly(const struct source *source, uint64_t offset, void *buffer, size_t size)
{
    return source->read(source, offset, buffer, size) == size;
}

static Elf64_Ehdr widen_header(const Elf32_Ehdr *narrow)
{
    Elf64_Ehdr header = {
        .e_type = narrow->e_type,
        .e_machine = narrow->e_machine,
        .e_entry = narrow->e_entry,
        .e_phoff = narrow->e_phoff,
        .e_shoff = narrow->e_shoff,
        .e_phentsize = narrow->e_phentsize,
        .e_phnum = narrow->e_phnum,
        .e_shentsize = narrow->e_shentsize,
        .e_shnum = narrow->e_shnum,
        .e_shstrndx = narrow->e_shstrndx,
    };

    memcpy(header.e_ident, narrow->e_ident, sizeof(header.e_ident));
    return header;
}

bool elf_read_header(const struct source *source, Elf64_Ehdr *header)
{
    Elf32_Ehdr narrow;

    if (!read_exactly(source, 0, &narrow, sizeof(narrow)) ||
        memcmp(narrow.e_ident, ELFMAG, SELFMAG) != 0)
        return false;
    if (narrow.e_ident[EI_CLASS] != ELFCLASS32)
        return read_exactly(source, 0, header, sizeof(*header));
    *header = widen_header(&narrow);
    return true;
}

/* Where entry number index of a table is; false if its entries have not the size they should. */
static bool entry_at(uint64_t table, unsigned index, size_t size, unsigned wanted, uint64_t *offset)
{
    return size == wanted && !__builtin_add_overflow(table, (uint64_t)index * size, offset);
}

bool elf_read_segment(const struct source *source, const Elf64_Ehdr *elf, unsigned index,
                      Elf64_Phdr *header)
{
    size_t size = elf_is_32(elf) ? sizeof(Elf32_Phdr) : sizeof(Elf64_Phdr);
    Elf32_Phdr narrow;
    uint64_t offset;

    if (index >= elf->e_phnum || !entry_at(elf->e_phoff, index, size, elf->e_phentsize, &offset))
        return false;
    if (!elf_is_32(elf))
        return read_exactly(source, offset, header, sizeof(*header));
    if (!read_exactly(source, offset, &narrow, sizeof(narrow)))
        return false;
    *header = (Elf64_Phdr){
        .p_type = narrow.p_type,
        .p_flags = narrow.p_flags,
        .p_offset = narrow.p_offset,
        .p_vaddr = narrow.p_vaddr,
        .p_paddr = narrow.p_paddr,
        .p_filesz = narrow.p_filesz,
        .p_memsz = narrow.p_memsz,
    };
    return true;
}

bool elf_read_section(const struct source *source, const Elf64_Ehdr *elf, unsigned index,
                      Elf64_Shdr *header)
{
    size_t size = elf_is_32(elf) ? sizeof(Elf32_Shdr) : sizeof(Elf64_Shdr);
    Elf32_Shdr narrow;
    uint64_t offset;

    if (index >= elf->e_shnum || !entry_at(elf->e_shoff, index, size, elf->e_shentsize, &offset))
        return false;
    if (!elf_is_32(elf))
        return read_exactly(source, offset, header, sizeof(*header));
    if (!read_exactly(source, offset, &narrow, sizeof(narrow)))
        return false;
    *header = (Elf64_Shdr){
        .sh_name = narrow.sh_name,
        .sh_type = narrow.sh_type,
        .sh_offset = narrow.sh_offset,
        .sh_size = narrow.sh_size,
    };
    return true;
}

size_t elf_symbol_size(bool class32)
{
    return class32 ? sizeof(Elf32_Sym) : sizeof(Elf64_Sym);
}

Elf64_Sym elf_symbol(const void *table, bool class32, size_t index)
{
    const Elf32_Sym *narrow = (const Elf32_Sym *)table + index;

    if (!class32)
        return ((const Elf64_Sym *)table)[index];
    return (Elf64_Sym){
        .st_name = narrow->st_name,
        .st_info = narrow->st_info,
        .st_other = narrow->st_other,
        .st_shndx = narrow->st_shndx,
        .st_value = narrow->st_value,
        .st_size = narrow->st_size,
    };
}
